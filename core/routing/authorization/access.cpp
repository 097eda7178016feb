#include "routing/authorization/access.h"

#include <algorithm>

namespace meshfn::routing {

namespace {

/// What the pods of a gateway are to the pods behind them.
Caller behind(const Target& gateway, const Caller& caller) {
  Caller out;
  out.name_space = gateway.scope;
  out.account = "default";
  if (gateway.workload != nullptr && gateway.workload->service_account) {
    out.account = std::string(*gateway.workload->service_account);
  }
  out.token = caller.token;
  out.remote_ip = caller.remote_ip.empty() ? caller.ip : caller.remote_ip;
  return out;
}

std::optional<std::uint32_t> port_of(const Destination& to, const Request& request,
                                     const Answer& answer) {
  if (to.port) return to.port;
  const auto& ports = answer.virtual_host->ports;
  if (request.gateway == "mesh") {
    if (const auto port = request.effective_port()) return port;
  }
  return ports.size() == 1 ? std::optional(ports.front()) : std::nullopt;
}

}  // namespace

Request forwarded(const Route& route, const Match& match, const Request& request) {
  Request out = request;
  out.path = rewritten_path(route, match, request);
  if (route.rewrite && !route.rewrite->authority.empty()) {
    out.authority = route.rewrite->authority;
  }
  for (const HeaderChange& change : route.headers) {
    if (change.response) continue;
    switch (change.op) {
      case HeaderChange::Op::remove:
        out.headers.erase(change.name);
        break;
      case HeaderChange::Op::set:
        out.headers[change.name] = change.value;
        break;
      case HeaderChange::Op::add: {
        std::string& value = out.headers[change.name];
        value += (value.empty() ? "" : ",") + change.value;
        break;
      }
    }
  }
  return out;
}

std::vector<Access> access_of(const resource::Mesh& mesh, const Caller& caller,
                              const Request& request, const Answer& answer) {
  std::vector<Access> out;
  if (answer.route == nullptr) return out;
  Caller source = caller;
  if (request.gateway != "mesh") {
    for (Target& gateway : gateway_targets(mesh, request.gateway, answer.listener->port, request)) {
      source = behind(gateway, caller);
      Verdict verdict = judge(mesh, caller, request, gateway);
      out.push_back({std::move(gateway), std::move(verdict)});
    }
  }
  if (answer.route->redirect || answer.route->direct_response) return out;
  const Request sent = forwarded(*answer.route, *answer.match, request);
  for (const Destination& to : answer.route->destinations) {
    if (to.weight == 0) continue;
    for (Target& target : targets_of(mesh, to, port_of(to, request, answer), sent)) {
      Verdict verdict = judge(mesh, source, sent, target);
      out.push_back({std::move(target), std::move(verdict)});
    }
  }
  return out;
}

}  // namespace meshfn::routing
