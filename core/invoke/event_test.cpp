#include "invoke/event_test.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "function/event/sample.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

namespace meshfn::invoke {

namespace {

using yaml::bad_value;
using yaml::MapReader;
using yaml::Node;

/// A YAML value as JSON, read as Kubernetes reads it.
Json json_of(Node node) {
  if (node.is_mapping()) {
    Json object = Json::object();
    for (const auto [key, value, merged] : node.entries()) {
      object[std::string(key.text())] = json_of(value);
    }
    return object;
  }
  if (node.is_sequence()) {
    Json array = Json::array();
    for (const Node item : node.items()) array.push_back(json_of(item));
    return array;
  }
  if (node.is_null()) return {};
  const std::string text(node.text());
  switch (node.type()) {
    case yaml::ScalarType::boolean:
      return yaml::to_bool(text).value_or(false);
    case yaml::ScalarType::integer:
      if (const auto value = yaml::to_int(text)) return *value;
      break;
    case yaml::ScalarType::floating:
      if (const auto value = yaml::to_double(text)) return *value;
      break;
    default:
      break;
  }
  return text;
}

class FileReader {
 public:
  FileReader(const Files& files, const std::string& path) : files_(files) {
    file_.path = path;
    file_.project = path::parent(path);
  }

  void read(Node root) {
    MapReader map(root, "event test", problems_);
    map.string("apiVersion");
    map.string("kind");
    if (const auto project = map.string("project")) {
      file_.project = path::join(path::parent(file_.path), *project);
    }
    function_ = map.string("function").value_or("");
    if (!map.require("tests")) return;
    for (const Node test : map.list("tests")) read_test(test);
    map.done();
  }

  EventTestFile take() { return std::move(file_); }

  const yaml::Problems& problems() const { return problems_; }

 private:
  void read_test(Node node) {
    MapReader map(node, "test", problems_);
    EventTest test;
    test.where = source::to_string(node.where());
    if (map.require("name")) test.name = map.string("name").value_or("");
    test.function = map.string("function").value_or(function_);
    test.event = read_event(map);
    if (const Node expect = map.find("expect")) test.expect = read_expectation(expect);
    map.done();
    file_.tests.push_back(std::move(test));
  }

  std::string read_event(MapReader& map) {
    const Node event = map.find("event");
    const auto path = map.string("event-file");
    const Node make = map.find("make");
    if (int{static_cast<bool>(event)} + int{path.has_value()} + int{static_cast<bool>(make)} > 1) {
      bad_value(problems_, map.node().where(), "give one of event, event-file and make");
    }
    if (event) return json_of(event).dump();
    if (make) return made_event(make);
    if (!path) return "{}";
    auto text = files_.read(path::join(path::parent(file_.path), *path));
    if (text && !is_json(*text)) text = fail(fmt::format("`{}` is not JSON", *path));
    if (!text) bad_value(problems_, map.where("event-file"), text.error().message);
    return text.value_or("{}");
  }

  /// A call of the generator: what `meshfn event make` takes.
  std::string made_event(Node node) {
    MapReader map(node, "make", problems_);
    function::Recipe recipe;
    if (map.require("source")) recipe.chain = map.string("source").value_or("");
    recipe.compact = true;
    if (const Node body = map.find("body")) {
      recipe.body = body.is_scalar() ? std::string(body.text()) : json_of(body).dump();
    }
    for (const auto& [key, value, merged] : map.entries("set")) {
      recipe.set.emplace_back(
          key.text(), value.is_scalar() ? std::string(value.text()) : json_of(value).dump());
    }
    const auto number = [&](std::string_view key) { return map.integer(key, 0, 1'000'000); };
    if (const auto records = number("records")) recipe.records = *records;
    if (const auto poison = number("poison")) recipe.poison = *poison;
    recipe.seed = static_cast<std::uint64_t>(number("seed").value_or(0));
    map.done();
    auto event = function::make_event(recipe);
    if (!event) bad_value(problems_, node.where(), event.error().message, event.error().hint);
    return event.value_or("{}");
  }

  Expectation read_expectation(Node node) {
    static constexpr std::string_view kStatuses[] = {"ok",    "function-error", "timeout",
                                                     "crash", "init-error",     "out-of-memory"};
    MapReader map(node, "expect", problems_);
    Expectation expect;
    expect.status = map.choice("status", kStatuses).value_or("ok");
    if (const Node response = map.find("response")) expect.response = json_of(response);
    expect.paths = conditions(map, "json", "matches");
    expect.outputs = conditions(map, "outputs", "");
    if (const Node schema = map.find("schema")) expect.schema = read_schema(schema);
    expect.logs = map.strings("log");
    expect.http_status = map.integer("http-status", 100, 599);
    if (const auto most = map.duration("max-duration")) {
      expect.max_duration_ms = std::chrono::duration<double, std::milli>(*most).count();
    }
    if (const auto most = map.string("max-memory")) {
      const auto bytes = parse_size(*most);
      if (!bytes) bad_value(problems_, map.where("max-memory"), "a size such as 128MB is wanted");
      expect.max_memory_mb = static_cast<std::int64_t>(bytes.value_or(0) >> 20U);
    }
    expect.snapshot = map.boolean("snapshot").value_or(false);
    map.done();
    return expect;
  }

  std::vector<PathCondition> conditions(MapReader& map, std::string_view equal,
                                        std::string_view match) {
    std::vector<PathCondition> found;
    for (const auto& [key, value, merged] : map.entries(equal)) {
      found.push_back({std::string(key.text()), json_of(value), ""});
      check_path(key, found.back().path);
    }
    if (match.empty()) return found;
    for (const auto& [key, value, merged] : map.entries(match)) {
      found.push_back({std::string(key.text()), std::nullopt, std::string(value.text())});
      check_path(key, found.back().path);
      const re2::RE2 pattern(found.back().matches, re2::RE2::Quiet);
      if (!pattern.ok()) bad_value(problems_, value.where(), pattern.error());
    }
    return found;
  }

  void check_path(Node key, const std::string& path) {
    const auto checked = json_path(Json(), path);
    if (!checked) bad_value(problems_, key.where(), checked.error().message);
  }

  /// Written here, or the name of a file.
  Json read_schema(Node node) {
    if (!node.is_scalar()) return json_of(node);
    const auto text = files_.read(path::join(path::parent(file_.path), node.text()));
    Json schema = text ? parse_json(*text) : Json();
    if (!text || schema.is_discarded()) {
      bad_value(problems_, node.where(), text ? "the schema is not JSON" : text.error().message);
      return Json(true);
    }
    return schema;
  }

  const Files& files_;
  EventTestFile file_;
  std::string function_;
  yaml::Problems problems_;
};

std::string joined(const std::vector<Json>& values) {
  if (values.empty()) return "nothing";
  std::string text;
  for (const Json& value : values) {
    text += (text.empty() ? "" : ", ") + value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void check_paths(const std::vector<PathCondition>& conditions, const Json& document,
                 std::string_view what, std::vector<std::string>& failures) {
  for (const PathCondition& condition : conditions) {
    const auto found = json_path(document, condition.path);
    const std::vector<Json> values = found.value_or(std::vector<Json>());
    bool holds = !values.empty();
    for (const Json& value : values) {
      const bool fine = condition.equals
                            ? differences(*condition.equals, value).empty()
                            : re2::RE2::PartialMatch(text_of(value), condition.matches);
      holds = holds && fine;
    }
    if (holds) continue;
    failures.push_back(condition.equals
                           ? fmt::format("{}{} is {}, not {}", what, condition.path, joined(values),
                                         condition.equals->dump())
                           : fmt::format("{}{} is {}, which does not match `{}`", what,
                                         condition.path, joined(values), condition.matches));
  }
}

void check_limits(const Expectation& expect, const Outcome& outcome,
                  std::vector<std::string>& failures) {
  if (expect.http_status) {
    const int status = outcome.http ? outcome.http->status : 0;
    if (status != *expect.http_status) {
      failures.push_back(fmt::format("the HTTP status is {}, not {}", status, *expect.http_status));
    }
  }
  if (expect.max_duration_ms && outcome.duration_ms > *expect.max_duration_ms) {
    failures.push_back(fmt::format("it took {:.2f} ms, more than {:.2f} ms", outcome.duration_ms,
                                   *expect.max_duration_ms));
  }
  if (expect.max_memory_mb && outcome.max_memory_mb > *expect.max_memory_mb) {
    failures.push_back(fmt::format("it used {} MB, more than {} MB", outcome.max_memory_mb,
                                   *expect.max_memory_mb));
  }
}

}  // namespace

Result<EventTestFile> read_event_tests(const Files& files, const std::string& path) {
  Result<std::string> text = files.read(path);
  if (!text) return tl::unexpected(text.error());
  const source::File file(path, std::move(*text));
  yaml::Problems problems;
  const std::unique_ptr<yaml::Tree> tree = yaml::read(file, problems);
  if (!problems.empty()) return tl::unexpected(yaml::to_error(problems));
  FileReader reader(files, path);
  for (const yaml::Document& document : tree->documents()) reader.read(document.root);
  if (!reader.problems().empty()) return tl::unexpected(yaml::to_error(reader.problems()));
  EventTestFile read = reader.take();
  if (read.tests.empty()) {
    return fail(fmt::format("`{}` holds no event test", path), "write them under `tests:`");
  }
  return read;
}

Json response_of(const Outcome& outcome) {
  Json value = parse_json(outcome.payload);
  return value.is_discarded() ? Json(outcome.payload) : value;
}

std::vector<std::string> unmet(const Expectation& expect, const Outcome& outcome,
                               const std::optional<Json>& snapshot) {
  std::vector<std::string> failures;
  const Json response = response_of(outcome);
  if (to_string(outcome.status) != expect.status) {
    failures.push_back(fmt::format("the status is {}, not {}: {}", to_string(outcome.status),
                                   expect.status, outcome.payload));
  }
  if (expect.response) {
    for (const std::string& one : differences(*expect.response, response)) {
      failures.push_back("response " + one);
    }
  }
  check_paths(expect.paths, response, "", failures);
  const Json outputs = parse_json(outcome.outputs);
  check_paths(expect.outputs, outputs.is_discarded() ? Json::object() : outputs, "outputs ",
              failures);
  if (expect.schema) {
    for (const std::string& one : schema_faults(response, *expect.schema)) {
      failures.push_back("schema " + one);
    }
  }
  std::string log;
  for (const std::string& line : outcome.logs) log += line + "\n";
  for (const std::string& wanted : expect.logs) {
    if (log.find(wanted) == std::string::npos) {
      failures.push_back(fmt::format("the log does not contain `{}`", wanted));
    }
  }
  check_limits(expect, outcome, failures);
  if (expect.snapshot && snapshot) {
    for (const std::string& one : differences(*snapshot, response)) {
      failures.push_back("snapshot " + one);
    }
  }
  return failures;
}

}  // namespace meshfn::invoke
