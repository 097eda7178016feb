// The route of every call, asked of the routing room.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/str.h"
#include "routing/istio_route.h"
#include "routing/linkerd.h"
#include "routing/mesh_table.h"
#include "routing/router.h"
#include "simulate/from_mesh.h"

namespace meshfn::simulate {

double proxy_share(double percent) {
  return static_cast<double>(static_cast<std::uint32_t>(percent * 10'000)) / 1'000'000;
}

namespace {

/// How many attempts go to one priority before it is left, with `retryRemoteLocalities` (pilot
/// retry.go, previous_priorities).
constexpr std::uint32_t kPriorityUpdates = 2;

/// Named words are classes, numbers are status codes.
void set_retry_on(const std::string& words, RetryPolicy& out) {
  out.on = 0;
  for (const std::string_view part : str::split(words, ',')) {
    const std::string_view word = str::trim(part);
    std::uint16_t code = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), code);
    if (error == std::errc() && end == word.data() + word.size()) {
      out.status_codes.push_back(code);
      out.on |= kRetryStatusCodes;
    } else {
      out.on |= retry_class(word);
    }
  }
}

RetryPolicy retry_policy(const routing::Retries& from) {
  RetryPolicy out;
  out.retries = from.attempts.value;
  set_retry_on(from.on.value, out);
  if (from.per_try.value) out.per_try_timeout = from.per_try.value->count();
  if (from.backoff.value) out.base_interval = from.backoff.value->count();
  out.avoid_previous_hosts = from.ignore_previous_hosts.value;
  if (from.remote_localities.value) out.other_priorities = kPriorityUpdates;
  return out;
}

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
    request.source_namespace = name_space;
    request.source_labels.insert(labels.begin(), labels.end());
    const routing::Route* found = router(name_space).answer(request).route;
    if (found != nullptr && gateway.empty() && !heeds(found->dialect)) found = nullptr;
    Route out = found == nullptr ? Route{} : convert(*found);
    if (found == nullptr) out.retry = default_retry();
    if (found == nullptr || (out.destinations.empty() && out.direct_status == 0)) {
      out.destinations.push_back({call.to, "", 100});
    }
    apply(call.policy, out);
    return out;
  }

 private:
  /// Whether the clients' proxies read such rules; clients without a mesh read none.
  bool heeds(routing::Dialect dialect) const {
    const DataPlane plane = scenario_.plane();
    if (plane == DataPlane::istio || dialect == routing::Dialect::kubernetes) return true;
    return plane == DataPlane::linkerd && dialect != routing::Dialect::istio;
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

  Route convert(const routing::Route& from) const {
    Route out;
    for (const routing::Destination& one : from.destinations) {
      Destination to = destination(one);
      if (one.weight > 0 || from.destinations.size() == 1 || is_canary(to)) {
        out.destinations.push_back(std::move(to));
      }
    }
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
