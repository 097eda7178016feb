#include "invoke/batch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

/// One record of the batch.
struct Record {
  std::string id;
  std::string group = {};  ///< MessageGroupId of FIFO queues
  std::int64_t receive_count = 0;
};

struct Batch {
  std::string source;
  bool fifo = false;
  std::vector<Record> records;
};

/// What the function says has failed. `all` when the whole batch has.
struct Failures {
  bool all = false;
  std::vector<std::string> ids;
};

std::string text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return {};
  return object[name].is_string() ? object[name].get<std::string>() : object[name].dump();
}

const Json& member(const Json& object, const char* name) {
  static const Json kNone;
  return object.is_object() && object.contains(name) ? object[name] : kNone;
}

std::optional<Record> read_record(const Json& record, const std::string& source) {
  if (source == "aws:sqs") {
    const Json& attributes = member(record, "attributes");
    return Record{text(record, "messageId"), text(attributes, "MessageGroupId"),
                  std::atoll(text(attributes, "ApproximateReceiveCount").c_str())};
  }
  if (source == "aws:kinesis") return Record{text(member(record, "kinesis"), "sequenceNumber")};
  if (source == "aws:dynamodb") return Record{text(member(record, "dynamodb"), "SequenceNumber")};
  return std::nullopt;
}

std::optional<Batch> read_batch(const std::string& event) {
  const Json document = parse_json(event);
  const Json& records = member(document, "Records");
  if (!records.is_array() || records.empty()) return std::nullopt;
  Batch batch;
  batch.source = text(records.front(), "eventSource");
  batch.fifo = text(records.front(), "eventSourceARN").ends_with(".fifo");
  for (const Json& record : records) {
    std::optional<Record> read = read_record(record, batch.source);
    if (!read) return std::nullopt;
    batch.records.push_back(std::move(*read));
  }
  return batch;
}

bool has(const Batch& batch, const std::string& id) {
  return std::any_of(batch.records.begin(), batch.records.end(),
                     [&](const Record& record) { return record.id == id; });
}

/// AWS takes no list, an empty or a null one for success; an item without a known identifier fails
/// the whole batch.
Failures read_failures(const Batch& batch, const std::string& payload,
                       std::vector<std::string>& notes) {
  const Json document = parse_json(payload);
  const Json& list = member(document, "batchItemFailures");
  Failures failures;
  if (list.is_null()) return failures;
  if (!list.is_array()) {
    notes.emplace_back("batchItemFailures is not a list: the whole batch fails");
    return {true, {}};
  }
  for (const Json& item : list) {
    const std::string id = text(item, "itemIdentifier");
    if (!id.empty() && has(batch, id)) {
      failures.ids.push_back(id);
      continue;
    }
    notes.push_back(id.empty() ? "an item has no itemIdentifier: the whole batch fails"
                               : fmt::format("itemIdentifier `{}` is none of this batch: the whole "
                                             "batch fails",
                                             id));
    failures.all = true;
  }
  return failures;
}

bool is_failed(const Failures& failures, const std::string& id) {
  return failures.all ||
         std::find(failures.ids.begin(), failures.ids.end(), id) != failures.ids.end();
}

/// After a failure the later messages of the same group must fail too, or they overtake it.
void check_order(const Batch& batch, const Failures& failures, std::vector<std::string>& notes) {
  std::vector<std::string> blocked;
  for (const Record& record : batch.records) {
    const bool after = std::find(blocked.begin(), blocked.end(), record.group) != blocked.end();
    if (is_failed(failures, record.id)) {
      blocked.push_back(record.group);
    } else if (after) {
      notes.push_back(fmt::format(
          "`{}` was handled although an earlier message of group `{}` failed: the order of the "
          "FIFO queue is broken; report every message after the first failure",
          record.id, record.group));
    }
  }
}

void judge_queue(const Batch& batch, const Failures& failures, const function::BatchPolicy& policy,
                 BatchVerdict& verdict) {
  for (const Record& record : batch.records) {
    if (!is_failed(failures, record.id)) {
      verdict.done.push_back(record.id);
    } else if (policy.max_receive_count > 0 && record.receive_count >= policy.max_receive_count) {
      verdict.dead.push_back(record.id);
    } else {
      verdict.retried.push_back(record.id);
    }
  }
  if (batch.fifo) check_order(batch, failures, verdict.notes);
}

/// Everything from the first failure on comes again: a stream has one checkpoint, not a list.
void judge_stream(const Batch& batch, const Failures& failures, const function::BatchPolicy& policy,
                  int attempt, BatchVerdict& verdict) {
  const auto first =
      std::find_if(batch.records.begin(), batch.records.end(),
                   [&](const Record& record) { return is_failed(failures, record.id); });
  const bool used_up = policy.retries >= 0 && attempt > policy.retries;
  for (auto record = batch.records.begin(); record != batch.records.end(); ++record) {
    if (record < first) {
      verdict.done.push_back(record->id);
    } else {
      (used_up ? verdict.dead : verdict.retried).push_back(record->id);
    }
  }
  const std::size_t again = verdict.retried.size();
  if (policy.bisects && failures.all && again > 1) {
    verdict.notes.push_back(
        fmt::format("BisectBatchOnFunctionError: comes again as two batches of {} and {} records",
                    again / 2, again - again / 2));
  }
  if (used_up && !verdict.dead.empty() && policy.on_failure.empty()) {
    verdict.notes.emplace_back(
        "the retries are used up and there is no OnFailure destination: "
        "these records are lost");
  }
}

}  // namespace

std::optional<BatchVerdict> judge_batch(const std::string& event, const Outcome& outcome,
                                        const function::BatchPolicy& policy, int attempt) {
  const std::optional<Batch> batch = read_batch(event);
  if (!batch) return std::nullopt;
  BatchVerdict verdict{.source = batch->source};
  Failures failures{!outcome.ok(), {}};
  if (outcome.ok()) {
    std::vector<std::string> notes;
    const Failures reported = read_failures(*batch, outcome.payload, notes);
    if (policy.reports_failures) {
      failures = reported;
      verdict.notes = notes;
    } else if (reported.all || !reported.ids.empty()) {
      verdict.notes.emplace_back(
          "the function reports batchItemFailures, but its event source does not ask for them "
          "(FunctionResponseTypes: [ReportBatchItemFailures]): they are ignored");
    }
  }
  if (batch->source == "aws:sqs") {
    judge_queue(*batch, failures, policy, verdict);
  } else {
    judge_stream(*batch, failures, policy, attempt, verdict);
  }
  return verdict;
}

std::string batch_outputs(const BatchVerdict& verdict) {
  Json result = {{"source", verdict.source}};
  result[verdict.source == "aws:sqs" ? "deleted" : "passed"] = verdict.done;
  result["retried"] = verdict.retried;
  result["deadLettered"] = verdict.dead;
  result["notes"] = verdict.notes;
  return Json{{"batch", result}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshfn::invoke
