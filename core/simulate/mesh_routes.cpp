// The route of every call, asked of the routing room.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/str.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"
#include "routing/istio_route.h"
#include "routing/linkerd.h"
#include "routing/mesh_table.h"
#include "routing/router.h"
#include "simulate/from_mesh.h"

namespace meshfn::simulate {

namespace kubernetes = resource::kubernetes;

double proxy_share(double percent) {
  return static_cast<double>(static_cast<std::uint32_t>(percent * 10'000)) / 1'000'000;
}

namespace {

/// How many attempts go to one priority before it is left, with `retryRemoteLocalities` (pilot
/// retry.go, previous_priorities).
constexpr std::uint32_t kPriorityUpdates = 2;

/// A legacy route of Linkerd tries again until it succeeds or the budget is empty; this is as often
/// as a request can.
constexpr std::uint32_t kUncountedRetries = 255;

std::optional<std::uint16_t> status_of(std::string_view word) {
  std::uint16_t code = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), code);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return code;
}

/// `503` or, as Linkerd has it, `500-503`; nothing when it is neither.
bool add_statuses(std::string_view word, std::vector<std::uint16_t>& out) {
  constexpr std::uint16_t kHighest = 599;
  const std::size_t dash = word.find('-');
  const auto first = status_of(word.substr(0, dash));
  const auto last = dash == word.npos ? first : status_of(word.substr(dash + 1));
  if (!first || !last) return false;
  for (std::uint16_t code = *first; code <= std::min(*last, kHighest); ++code) out.push_back(code);
  return true;
}

/// Named words are classes, numbers and their ranges are status codes.
void set_retry_on(const std::string& words, RetryPolicy& out) {
  out.on = 0;
  for (const std::string_view part : str::split(words, ',')) {
    const std::string_view word = str::trim(part);
    out.on |= add_statuses(word, out.status_codes) ? kRetryStatusCodes : retry_class(word);
  }
}

RetryPolicy retry_policy(const routing::Retries& from) {
  RetryPolicy out;
  out.retries = from.budget ? kUncountedRetries : from.attempts.value;
  set_retry_on(from.on.value, out);
  if (from.per_try.value) out.per_try_timeout = from.per_try.value->count();
  if (from.backoff.value) out.base_interval = from.backoff.value->count();
  out.avoid_previous_hosts = from.ignore_previous_hosts.value;
  if (from.remote_localities.value) out.other_priorities = kPriorityUpdates;
  return out;
}

constexpr std::uint16_t kBrokenStatus = 500;

class Router {
 public:
  Router(Scenario& scenario, const resource::Mesh& mesh) : scenario_(scenario), mesh_(mesh) {
    for (const ServiceSpec& service : scenario.services) {
      names_.emplace(full_name(service.name, mesh), service.name);
    }
  }

  Route route(const Call& call, const std::string& name_space, const Labels& labels,
              const std::string& gateway, const std::string& host) {
    routing::Request request;
    request.authority = host.empty() ? full_name(call.to, mesh_) : host;
    request.method = call.method;
    const std::size_t question = call.path.find('?');
    request.path = call.path.substr(0, question);
    for (const auto& [name, value] : call.headers) request.headers[str::lower(name)] = value;
    if (!gateway.empty()) request.gateway = gateway;
    if (gateway.empty()) request.port = port_of(call.to);
    const bool opaque = gateway.empty() && is_opaque(call.to);
    if (opaque) request.protocol = routing::Protocol::tcp;
    request.source_namespace = name_space;
    request.source_labels.insert(labels.begin(), labels.end());
    const routing::Route* found = router(name_space).answer(request).route;
    if (found != nullptr && gateway.empty() && !heeds(found->dialect)) found = nullptr;
    Route out = found == nullptr ? Route{} : convert(*found);
    if (found == nullptr) out.retry = default_retry();
    if (found != nullptr) set_budget(*found, out);
    if (found == nullptr || (out.destinations.empty() && out.direct_status == 0)) {
      out.destinations.push_back({call.to, "", 100});
    }
    if (opaque) out.retry = {};
    apply(call.policy, out);
    return out;
  }

 private:
  /// Whether the port that is called carries bytes to Istio's proxies. Then a request stands for a
  /// connection: no route of HTTP holds, and nothing is tried again.
  bool is_opaque(const std::string& name) {
    if (scenario_.plane() != DataPlane::istio) return false;
    const auto place = routing::service_of(full_name(name, mesh_));
    if (!place) return false;
    const kubernetes::Service* service = mesh_.service(place->name_space, place->name);
    const std::uint32_t number = port_of(name);
    const kubernetes::ServicePort* port = service == nullptr ? nullptr : service->port(number);
    if (port == nullptr || !kubernetes::is_opaque(kubernetes::traffic_of(*port))) return false;
    if (opaque_.insert(name).second) {
      scenario_.assumptions.push_back(fmt::format(
          "a request to `{}` is a connection that is not tried again, as {} makes its port {} no "
          "HTTP",
          name, line_of(port->node), number));
    }
    return true;
  }

  /// Whether the clients' proxies read such rules; clients without a mesh read none.
  bool heeds(routing::Dialect dialect) const {
    const DataPlane plane = scenario_.plane();
    if (plane == DataPlane::istio || dialect == routing::Dialect::kubernetes) return true;
    return plane == DataPlane::linkerd && dialect != routing::Dialect::istio;
  }

  /// The budget of a ServiceProfile is that of the clusters its routes lead to, unless the scenario
  /// has one of its own.
  void set_budget(const routing::Route& from, const Route& to) {
    if (!from.retries->budget) return;
    const routing::RetryBudget& budget = *from.retries->budget;
    for (ServiceSpec& service : scenario_.services) {
      const bool leads_here = std::any_of(
          to.destinations.begin(), to.destinations.end(),
          [&](const Destination& destination) { return destination.service == service.name; });
      if (!leads_here || service.own.budget) continue;
      service.policy.retry_budget = {budget.ratio, static_cast<double>(budget.per_second),
                                     budget.window.count()};
    }
  }

  /// Of a host without any rules.
  RetryPolicy default_retry() const {
    if (scenario_.plane() != DataPlane::istio) return row_of(scenario_.plane()).retry();
    return retry_policy(*routing::default_retries(mesh_));
  }

  const routing::Router& router(const std::string& name_space) {
    const auto found = routers_.find(name_space);
    if (found != routers_.end()) return found->second;
    return routers_.emplace(name_space, table(name_space)).first->second;
  }

  const routing::Table& table(const std::string& name_space) {
    const auto found = tables_.find(name_space);
    if (found != tables_.end()) return found->second;
    routing::IstioOptions options;
    options.client_namespace = name_space;
    return tables_.emplace(name_space, routing::mesh_table(mesh_, options)).first->second;
  }

  std::uint32_t port_of(const std::string& name) const {
    for (const ServiceSpec& service : scenario_.services) {
      if (service.name == name) return service.port;
    }
    return 80;
  }

  Destination destination(const routing::Destination& from) const {
    const auto found = names_.find(from.host);
    return {found == names_.end() ? from.host : found->second, from.subset, from.weight};
  }

  /// Whether the destination waits for traffic that a planned change will bring.
  bool is_canary(const Destination& to) const {
    return std::any_of(
        scenario_.changes.begin(), scenario_.changes.end(), [&](const ChangeSpec& c) {
          return c.canary && c.canary->service == to.service && c.canary->subset == to.subset;
        });
  }

  /// Backends that cannot be used take their share as answers with 500.
  static void answer_for_broken(const routing::Route& from, Route& out) {
    double broken = 0;
    for (const routing::Destination& one : from.destinations) {
      if (!one.broken.empty()) broken += one.weight;
    }
    if (broken == 0) return;
    out.abort_share = broken / static_cast<double>(from.total_weight());
    out.abort_status = kBrokenStatus;
    if (out.destinations.empty()) out.direct_status = kBrokenStatus;
  }

  Route convert(const routing::Route& from) const {
    Route out;
    for (const routing::Destination& one : from.destinations) {
      if (!one.broken.empty()) continue;
      Destination to = destination(one);
      if (one.weight > 0 || from.destinations.size() == 1 || is_canary(to)) {
        out.destinations.push_back(std::move(to));
      }
    }
    answer_for_broken(from, out);
    if (from.timeout.value) out.timeout = from.timeout.value->count();
    // A host without any rules has no retries of its own in the table: the data
    // plane's default, which is none in Linkerd.
    const bool defaults =
        from.dialect == routing::Dialect::kubernetes && !routing::linkerd_reads_services(mesh_);
    out.retry = defaults ? default_retry() : retry_policy(*from.retries);
    if (from.fault && from.fault->delay) {
      out.delay = from.fault->delay->fixed.count();
      out.delay_share = proxy_share(from.fault->delay->percent);
    }
    if (from.fault && from.fault->abort) {
      const std::uint32_t status = from.fault->abort->http_status;
      out.abort_status = static_cast<std::uint16_t>(status == 0 ? 503 : status);
      out.abort_share = proxy_share(from.fault->abort->percent);
    }
    for (const auto& mirror : from.mirrors) {
      out.mirrors.push_back({destination(mirror.to), proxy_share(mirror.percent)});
    }
    if (from.redirect) out.direct_status = static_cast<std::uint16_t>(from.redirect->code);
    if (from.direct_response) {
      out.direct_status = static_cast<std::uint16_t>(from.direct_response->status);
    }
    if (from.where.file != nullptr) {
      out.where = fmt::format("{}:{}", from.where.file->path(),
                              from.where.file->position(from.where.span.begin).line);
    }
    return out;
  }

  Scenario& scenario_;
  const resource::Mesh& mesh_;
  std::set<std::string> opaque_;              ///< services whose ports were told to carry bytes
  std::map<std::string, std::string> names_;  ///< full name to the scenario's
  std::map<std::string, routing::Table> tables_;
  std::map<std::string, routing::Router> routers_;  ///< of the tables
};

}  // namespace

void add_routes_of(Scenario& scenario, const resource::Mesh& mesh) {
  Router router(scenario, mesh);
  for (ServiceSpec& service : scenario.services) {
    const std::string name_space = namespace_of(service.name, mesh);
    for (WorkloadSpec& workload : service.workloads) {
      for (const Step& step : service.script) {
        for (const Call& call : step) {
          if (call.to.empty()) continue;
          workload.routes.push_back(router.route(call, name_space, workload.labels, "", ""));
        }
      }
    }
  }
  for (LoadSpec& load : scenario.load) {
    load.route = router.route(load.call, mesh.settings().default_namespace, load.labels,
                              load.gateway, load.host);
  }
}

void complete_from_mesh(Scenario& scenario, const resource::Mesh& mesh) {
  find_data_plane(scenario, mesh);
  add_services_of(scenario, mesh);
  add_external_services_of(scenario, mesh);
  for (ServiceSpec& service : scenario.services) {
    service.policy = row_of(scenario.plane()).policy();
  }
  add_linkerd_policies_of(scenario, mesh);
  add_defaults_of(scenario, mesh);
  add_policies_of(scenario, mesh);
  add_routes_of(scenario, mesh);
  const auto ignored = list_not_modelled(mesh, scenario.plane());
  scenario.not_modelled.insert(scenario.not_modelled.end(), ignored.begin(), ignored.end());
}

}  // namespace meshfn::simulate
