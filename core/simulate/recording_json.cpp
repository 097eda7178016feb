#include "simulate/recording_json.h"

#include <algorithm>

#include "base/json.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

/// Names of log entries are compared and shown, never owned.
constexpr std::string_view kLogKinds[] = {"fault",  "fault-end", "removed",  "added",
                                          "return", "unhealthy", "ejection", "failfast",
                                          "shut",   "scale",     "rollout"};

Json counts_json(const Counts& c) { return {c.started, c.ok, c.failed, c.attempts, c.causes}; }

Counts counts_of(const Json& json) {
  Counts c;
  c.started = json.at(0).get<std::uint64_t>();
  c.ok = json.at(1).get<std::uint64_t>();
  c.failed = json.at(2).get<std::uint64_t>();
  c.attempts = json.at(3).get<std::uint64_t>();
  c.causes = json.at(4).get<decltype(c.causes)>();
  return c;
}

void add_histogram(const Histogram& histogram, Json& out) {
  Json buckets = Json::array();
  for (const Histogram::Bucket& b : histogram.buckets()) buckets.push_back({b.lower, b.count});
  out["sum"] = histogram.sum();
  out["max"] = histogram.max();
  out["buckets"] = std::move(buckets);
}

Histogram histogram_of(const Json& json) {
  std::vector<Histogram::Bucket> buckets;
  for (const Json& b : json.at("buckets")) {
    buckets.push_back({b.at(0).get<std::uint64_t>(), 0, b.at(1).get<std::uint64_t>()});
  }
  Histogram out;
  out.restore(buckets, json.at("sum").get<std::uint64_t>(), json.at("max").get<Time>());
  return out;
}

Json tally_json(const Tally& tally) {
  Json out = {{"counts", counts_json(tally.counts)}};
  add_histogram(tally.latency, out);
  return out;
}

Tally tally_of(const Json& json) {
  Tally tally;
  tally.counts = counts_of(json.at("counts"));
  tally.latency = histogram_of(json);
  return tally;
}

Json function_json(const FunctionRecord& f, bool course) {
  Json numbers = Json::array();
  for (const std::uint64_t* number : sums_of(f)) numbers.push_back(*number);
  Json out = {{"endpoint", f.endpoint},
              {"numbers", std::move(numbers)},
              {"refused", f.refused},
              {"most", {f.most_environments, f.most_waiting}}};
  add_histogram(f.age, out);
  if (course) out["course"] = f.course;
  return out;
}

FunctionRecord function_of(const Json& json) {
  FunctionRecord f;
  f.endpoint = json.at("endpoint").get<std::uint32_t>();
  std::size_t i = 0;
  for (std::uint64_t* number : sums_of(f)) {
    *number = json.at("numbers").at(i++).get<std::uint64_t>();
  }
  f.refused = json.at("refused").get<decltype(f.refused)>();
  f.most_environments = json.at("most").at(0).get<std::uint32_t>();
  f.most_waiting = json.at("most").at(1).get<std::uint64_t>();
  f.age = histogram_of(json);
  if (json.contains("course")) f.course = json.at("course").get<decltype(f.course)>();
  return f;
}

Json endpoint_json(const EndpointRecord& e) {
  return {e.requests, e.errors,  e.refused,   e.busy,
          e.latency,  e.ejected, e.most_busy, e.most_queued};
}

EndpointRecord endpoint_of(const Json& json) {
  EndpointRecord e;
  e.requests = json.at(0).get<std::uint64_t>();
  e.errors = json.at(1).get<std::uint64_t>();
  e.refused = json.at(2).get<std::uint64_t>();
  e.busy = json.at(3).get<Time>();
  e.latency = json.at(4).get<Time>();
  e.ejected = json.at(5).get<Time>();
  e.most_busy = json.at(6).get<std::uint32_t>();
  e.most_queued = json.at(7).get<std::uint32_t>();
  return e;
}

Json window_json(const Window& w) {
  return {w.started, w.ok, w.failed, w.retries, w.ejected, w.mean, w.p50, w.p99};
}

Window window_of(const Json& json) {
  Window w;
  w.started = json.at(0).get<std::uint64_t>();
  w.ok = json.at(1).get<std::uint64_t>();
  w.failed = json.at(2).get<std::uint64_t>();
  w.retries = json.at(3).get<std::uint64_t>();
  w.ejected = json.at(4).get<std::uint64_t>();
  w.mean = json.at(5).get<double>();
  w.p50 = json.at(6).get<double>();
  w.p99 = json.at(7).get<double>();
  return w;
}

LogEntry entry_of(const Json& json) {
  const auto kind = json.at(1).get<std::string>();
  const auto* known = std::find(std::begin(kLogKinds), std::end(kLogKinds), kind);
  const std::string_view name = known == std::end(kLogKinds) ? "note" : *known;
  return {json.at(0).get<Time>(), name, json.at(2).get<std::string>()};
}

/// A list of lists, each item by `write`.
template <class T, class Write>
Json nested(const std::vector<std::vector<T>>& lists, const Write& write) {
  Json out = Json::array();
  for (const auto& list : lists) {
    Json one = Json::array();
    for (const T& item : list) one.push_back(write(item));
    out.push_back(std::move(one));
  }
  return out;
}

template <class T, class Read>
std::vector<std::vector<T>> nested_of(const Json& json, const Read& read) {
  std::vector<std::vector<T>> out;
  for (const Json& list : json) {
    out.emplace_back();
    for (const Json& item : list) out.back().push_back(read(item));
  }
  return out;
}

/// The single numbers, in one order for writing and reading.
template <class Record>
auto numbers_of(Record& r) {
  return std::array{&r.log_dropped,      &r.events, &r.retries,   &r.timeouts, &r.ejections,
                    &r.ejections_denied, &r.panics, &r.in_flight, &r.shed};
}

}  // namespace

Json recording_json(const Recording& record, bool course) {
  Json clusters = Json::array();
  for (const Tally& tally : record.clusters) clusters.push_back(tally_json(tally));
  Json edges = Json::array();
  for (const Counts& counts : record.edges) edges.push_back(counts_json(counts));
  Json endpoints = Json::array();
  for (const EndpointRecord& e : record.endpoints) endpoints.push_back(endpoint_json(e));
  Json functions = Json::array();
  for (const FunctionRecord& f : record.functions) functions.push_back(function_json(f, course));
  Json fleets = Json::array();
  for (const FleetRecord& f : record.fleets) {
    fleets.push_back({f.started, f.stopped, f.most, f.least, f.ready});
  }
  Json windows = Json::array();
  Json log = Json::array();
  if (course) {
    for (const Window& w : record.windows) windows.push_back(window_json(w));
    for (const LogEntry& e : record.log) log.push_back({e.at, std::string(e.kind), e.text});
  }
  Json numbers = Json::array();
  for (const std::uint64_t* number : numbers_of(record)) numbers.push_back(*number);
  return {{"loads", nested(record.loads, tally_json)},
          {"clusters", std::move(clusters)},
          {"edges", std::move(edges)},
          {"phases", nested(record.phases, counts_json)},
          {"traffic", record.traffic},
          {"endpoints", std::move(endpoints)},
          {"functions", std::move(functions)},
          {"fleets", std::move(fleets)},
          {"ready", record.ready},
          {"windows", std::move(windows)},
          {"log", std::move(log)},
          {"detected", record.detected},
          {"numbers", std::move(numbers)}};
}

Recording recording_of(const Json& json) {
  Recording record;
  record.loads = nested_of<Tally>(json.at("loads"), tally_of);
  for (const Json& one : json.at("clusters")) record.clusters.push_back(tally_of(one));
  for (const Json& one : json.at("edges")) record.edges.push_back(counts_of(one));
  record.phases = nested_of<Counts>(json.at("phases"), counts_of);
  record.traffic = json.at("traffic").get<decltype(record.traffic)>();
  for (const Json& one : json.at("endpoints")) record.endpoints.push_back(endpoint_of(one));
  for (const Json& one : json.at("functions")) record.functions.push_back(function_of(one));
  for (const Json& one : json.at("fleets")) {
    record.fleets.push_back({one.at(0).get<std::uint64_t>(), one.at(1).get<std::uint64_t>(),
                             one.at(2).get<std::uint64_t>(), one.at(3).get<std::uint64_t>(),
                             one.at(4).get<Time>()});
  }
  record.ready = json.at("ready").get<decltype(record.ready)>();
  for (const Json& one : json.at("windows")) record.windows.push_back(window_of(one));
  for (const Json& one : json.at("log")) record.log.push_back(entry_of(one));
  record.detected = json.at("detected").get<decltype(record.detected)>();
  std::size_t i = 0;
  for (std::uint64_t* number : numbers_of(record)) {
    *number = json.at("numbers").at(i++).get<std::uint64_t>();
  }
  return record;
}

bool same_shape(const Recording& a, const Recording& b) {
  const auto alike = [](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](const auto& p, const auto& q) { return p.size() == q.size(); });
  };
  return alike(a.loads, b.loads) && alike(a.phases, b.phases) && alike(a.traffic, b.traffic) &&
         a.clusters.size() == b.clusters.size() && a.edges.size() == b.edges.size() &&
         a.endpoints.size() == b.endpoints.size() && a.functions.size() == b.functions.size() &&
         a.fleets.size() == b.fleets.size() && a.ready.size() == b.ready.size() &&
         a.detected.size() == b.detected.size();
}

}  // namespace meshfn::simulate
