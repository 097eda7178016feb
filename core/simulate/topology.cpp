#include "simulate/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/json.h"
#include "base/str.h"
#include "source/file.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"
#include "yaml/value.h"
#include "yaml/writer.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::json;
using Edges = std::map<std::pair<std::string, std::string>, double>;

constexpr double kMostCalls = 20;     ///< calls of one service by one request that are written out
constexpr double kLeastShare = 1e-4;  ///< of a request's calls; below it nobody would see it
constexpr double kLeastOwnShare = 0.05;  ///< of a service's durations that are not those of calls
constexpr int kReplicas = 2;
constexpr std::string_view kOutside = "unknown";  ///< Istio's name for what has no sidecar

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Topology topology_of(const Edges& edges, std::set<std::string> services, bool rates) {
  Topology out;
  out.rates = rates;
  for (const auto& [pair, weight] : edges) {
    if (!pair.first.empty()) services.insert(pair.first);
    services.insert(pair.second);
    out.edges.push_back({pair.first, pair.second, weight});
  }
  out.services.assign(services.begin(), services.end());
  return out;
}

/// `{"data": [{"parent": "a", "child": "b", "callCount": 1}]}`
Topology from_jaeger(const Json& data) {
  Edges edges;
  for (const Json& one : data) {
    const std::string from = text_at(one, "parent");
    const std::string to = text_at(one, "child");
    const auto count = one.find("callCount");
    if (from.empty() || to.empty() || count == one.end() || !count->is_number()) continue;
    edges[{from, to}] += count->get<double>();
  }
  return topology_of(edges, {}, false);
}

/// "reviews.default.svc.cluster.local" as "reviews".
std::string short_name(const std::string& host) { return host.substr(0, host.find('.')); }

/// Who a sample's labels name: OpenTelemetry's service graph, or Istio's workloads.
std::pair<std::string, std::string> ends_of(const Json& labels) {
  if (labels.contains("server")) return {text_at(labels, "client"), text_at(labels, "server")};
  std::string to = text_at(labels, "destination_service_name");
  if (to.empty()) to = short_name(text_at(labels, "destination_service"));
  if (to.empty()) to = text_at(labels, "destination_workload");
  std::string from = text_at(labels, "source_canonical_service");
  if (from.empty()) from = text_at(labels, "source_app");
  if (from.empty()) from = text_at(labels, "source_workload");
  return {from == kOutside ? "" : from, to == kOutside ? "" : to};
}

/// `{"data": {"result": [{"metric": {…}, "value": [1700000000, "12.5"]}]}}`
Topology from_prometheus(const Json& result) {
  Edges edges;
  for (const Json& sample : result) {
    if (!sample.contains("metric") || !sample.contains("value")) continue;
    const auto [from, to] = ends_of(sample.at("metric"));
    const Json& value = sample.at("value");
    if (to.empty() || !value.is_array() || value.size() != 2 || !value[1].is_string()) continue;
    const std::string text = value[1].get<std::string>();
    double rate = 0;
    std::from_chars(text.data(), text.data() + text.size(), rate);
    if (std::isfinite(rate) && rate > 0) edges[{from, to}] += rate;
  }
  return topology_of(edges, {}, true);
}

tl::unexpected<Error> unknown(const std::string& path) {
  return fail(
      fmt::format("`{}` names no service that calls another", path),
      "give Jaeger's /api/dependencies, a Prometheus answer over istio_requests_total, Kubernetes "
      "manifests or a docker-compose file");
}

tl::unexpected<Error> no_json(const std::string& path) {
  return fail(fmt::format("`{}` is no JSON that can be read", path),
              "save the answer of the server as it is");
}

Result<Topology> from_json(std::string_view text, const std::string& path) {
  const Json json = parse_json(text);
  try {
    if (json.is_discarded()) return no_json(path);
    const Json& data = json.is_object() && json.contains("data") ? json.at("data") : json;
    Topology out;
    if (data.is_array()) out = from_jaeger(data);
    if (data.is_object() && data.contains("result")) out = from_prometheus(data.at("result"));
    if (out.services.empty()) return unknown(path);
    return out;
  } catch (const Json::exception&) {
    return no_json(path);
  }
}

/// Names in `depends_on`, which is a list or a map.
std::vector<std::string> names_in(const yaml::Value* depends) {
  std::vector<std::string> names;
  if (depends == nullptr) return names;
  if (depends->is_map()) return depends->keys();
  for (const yaml::Value& one : depends->items()) names.push_back(one.text());
  return names;
}

Result<Topology> from_compose(std::string_view text, const std::string& path) {
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(store.add(path, std::string(text)), problems);
  if (yaml::first_error(problems) != nullptr) return tl::unexpected(yaml::to_error(problems));
  if (tree->documents().empty()) return unknown(path);
  const yaml::Value document = yaml::Value::from(tree->documents().front().root);
  const yaml::Value* const services = document.is_map() ? document.find("services") : nullptr;
  if (services == nullptr || !services->is_map() || services->empty()) return unknown(path);
  Edges edges;
  for (const std::string& name : services->keys()) {
    const yaml::Value& service = *services->find(name);
    if (!service.is_map()) continue;
    for (const std::string& other : names_in(service.find("depends_on"))) {
      if (!other.empty()) edges[{name, other}] = 1;
    }
  }
  Topology out = topology_of(edges, {services->keys().begin(), services->keys().end()}, false);
  out.notes.emplace_back("calls are guessed from depends_on: one for each request");
  return out;
}

/// Whether the first document is an object of Kubernetes.
bool is_kubernetes(std::string_view text, const std::string& path) {
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(store.add(path, std::string(text)), problems);
  if (tree->documents().empty()) return false;
  const yaml::Node root = tree->documents().front().root;
  return root.is_mapping() && root.find("apiVersion") && root.find("kind");
}

/// What of the services is not known.
std::string assumed(const Topology& topology) {
  bool durations = !topology.services.empty();
  bool workloads = durations;
  for (const std::string& name : topology.services) {
    const auto known = topology.details.find(name);
    const bool here = known != topology.details.end();
    durations = durations && here && !known->second.durations.empty();
    workloads = workloads && here && !known->second.workloads.is_null();
  }
  if (workloads) return "concurrency and service times are assumed: replace them";
  if (durations) return "endpoints and concurrency are assumed: replace them";
  return "endpoints, concurrency and service times are assumed: replace them";
}

class Writer {
 public:
  Writer(const Topology& topology, double rate) : topology_(topology), rate_(rate) {
    keep_edges();
    find_requests();
  }

  yaml::Value services() const {
    yaml::Value out = yaml::Value::map();
    for (const std::string& name : topology_.services) {
      const auto known = topology_.details.find(name);
      const TopologyService detail =
          known == topology_.details.end() ? TopologyService() : known->second;
      yaml::Value service = yaml::Value::map({{"port", std::uint32_t{detail.port}}});
      if (detail.workloads.is_null()) {
        service.set("endpoints", kReplicas);
        service.set("concurrency", 32);
        service.set("service-time", own_time(name, detail));
      } else {
        service.set("workloads", detail.workloads);
      }
      service.set_unless_empty("calls", calls(name));
      out.set(name, std::move(service));
    }
    return out;
  }

  yaml::Value load() const {
    yaml::Value out = yaml::Value::list();
    for (const auto& [name, rate] : entries_) {
      out.add(yaml::Value::map(
          {{"from", "clients"},
           {"to", name},
           {"arrivals", yaml::Value::map({{"poisson", fmt::format("{:.6g}/s", rate)}})}}));
    }
    return out;
  }

  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  static double mean_of(const TopologyService& detail) {
    double sum = 0;
    double weights = 0;
    for (const TopologyService::Duration& d : detail.durations) {
      sum += d.milliseconds * d.weight;
      weights += d.weight;
    }
    return weights > 0 ? sum / weights : 0;
  }

  /// Durations at a server hold those of its calls; what is left when their means are taken off is
  /// its own share, by which all are shortened.
  yaml::Value own_time(const std::string& name, const TopologyService& detail) const {
    const double mean = mean_of(detail);
    if (mean <= 0) {
      return yaml::Value::map({{"exponential", yaml::Value::map({{"mean", "5ms"}})}});
    }
    double called = 0;
    const auto callees = callees_.find(name);
    if (callees != callees_.end()) {
      for (const TopologyEdge* edge : callees->second) {
        const auto known = topology_.details.find(edge->to);
        const double requests = requests_.at(name);
        if (known == topology_.details.end() || requests <= 0) continue;
        called += edge->weight / requests * mean_of(known->second);
      }
    }
    const double share = std::max(kLeastOwnShare, 1 - called / mean);
    yaml::Value samples = yaml::Value::list();
    for (const TopologyService::Duration& d : detail.durations) {
      samples.add(fmt::format("{:.4g}ms {:.4g}", d.milliseconds * share, d.weight));
    }
    return yaml::Value::map({{"empirical", std::move(samples)}});
  }

  /// The busiest first; one that would close a cycle of those is left out.
  void keep_edges() {
    std::vector<const TopologyEdge*> edges;
    for (const TopologyEdge& edge : topology_.edges) edges.push_back(&edge);
    std::stable_sort(edges.begin(), edges.end(), [](const TopologyEdge* a, const TopologyEdge* b) {
      return a->weight > b->weight;
    });
    for (const TopologyEdge* edge : edges) {
      if (!edge->from.empty() && reaches(edge->to, edge->from)) {
        left_out_.push_back(
            fmt::format("{} -> {} would close a cycle and is left out", edge->from, edge->to));
        continue;
      }
      kept_.push_back(edge);
      if (!edge->from.empty()) callees_[edge->from].push_back(edge);
    }
    for (auto& [from, list] : callees_) {
      std::sort(list.begin(), list.end(),
                [](const TopologyEdge* a, const TopologyEdge* b) { return a->to < b->to; });
    }
  }

  bool reaches(const std::string& from, const std::string& to) const {
    std::set<std::string> seen{from};
    std::vector<std::string> open{from};
    while (!open.empty()) {
      const std::string name = std::move(open.back());
      open.pop_back();
      if (name == to) return true;
      const auto found = callees_.find(name);
      if (found == callees_.end()) continue;
      for (const TopologyEdge* edge : found->second) {
        if (seen.insert(edge->to).second) open.push_back(edge->to);
      }
    }
    return false;
  }

  /// What reaches each service; one that nobody calls is an entry.
  void find_requests() {
    std::map<std::string, double> inside;
    for (const TopologyEdge* edge : kept_) {
      requests_[edge->to] += edge->weight;
      (edge->from.empty() ? entries_ : inside)[edge->to] += edge->weight;
    }
    for (const std::string& name : topology_.services) {
      if (inside.contains(name) || entries_.contains(name)) continue;
      double most = 0;  // its busiest call happens once a request
      for (const TopologyEdge* edge : callees_[name]) most = std::max(most, edge->weight);
      requests_[name] = most;
      entries_[name] = topology_.rates ? std::max(most, 1.0) : rate_;
    }
  }

  yaml::Value calls(const std::string& name) const {
    yaml::Value out = yaml::Value::list();
    const auto found = callees_.find(name);
    if (found == callees_.end()) return out;
    for (const TopologyEdge* edge : found->second) {
      const double requests = requests_.at(name);
      double left = std::min(kMostCalls, requests > 0 ? edge->weight / requests : 1);
      for (; left >= 1 - kLeastShare; left -= 1) {
        out.add(yaml::Value::map({{"to", edge->to}}));
      }
      if (left < kLeastShare) continue;
      out.add(yaml::Value::map(
          {{"to", edge->to}, {"probability", fmt::format("{:.4g}%", left * 100)}}));
    }
    return out;
  }

  const Topology& topology_;
  double rate_;
  std::map<std::string, std::vector<const TopologyEdge*>> callees_;
  std::vector<const TopologyEdge*> kept_;
  std::map<std::string, double> requests_;
  std::map<std::string, double> entries_;
  std::vector<std::string> left_out_;
};

}  // namespace

Result<Topology> read_topology(std::string_view text, const std::string& path) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return unknown(path);
  const bool json = text[first] == '{' || text[first] == '[';
  if (json) return from_json(text, path);
  return is_kubernetes(text, path) ? topology_of_kubernetes(text, path) : from_compose(text, path);
}

std::string to_scenario(const Topology& topology, const std::string& name, double rate) {
  const Writer writer(topology, rate);
  std::vector<std::string> notes = topology.notes;
  notes.insert(notes.end(), writer.left_out().begin(), writer.left_out().end());
  notes.emplace_back(assumed(topology));
  notes.emplace_back("calls are assumed to happen one after the other");
  if (!topology.rates) notes.push_back(fmt::format("the load of {:.6g}/s is assumed", rate));
  yaml::Value out = yaml::Value::map();
  out.set("apiVersion", yaml::Value("meshfn.dev/v1"));
  out.set("kind", "Scenario");
  out.set("name", name);
  out.set("duration", "60s");
  out.set("services", writer.services());
  out.set("load", writer.load());
  return "# " + str::join(notes, "\n# ") + "\n" + yaml::write(out);
}

}  // namespace meshfn::simulate
