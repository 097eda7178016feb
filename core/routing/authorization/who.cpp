#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "resource/linkerd/values.h"
#include "routing/authorization/access.h"
#include "routing/authorization/istio.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;
using yaml::Node;

constexpr std::size_t kMostOperations = 32;

using Account = std::pair<std::string, std::string>;  ///< namespace and name

/// `td/ns/NAMESPACE/sa/NAME` without wildcards.
std::optional<Account> account_of(std::string_view principal) {
  const auto parts = str::split(principal, '/');
  if (parts.size() != 5 || parts[1] != "ns" || parts[3] != "sa") return std::nullopt;
  if (principal.find('*') != principal.npos) return std::nullopt;
  return Account(parts[2], parts[4]);
}

void add_named(const Object& policy, std::set<Account>& accounts) {
  for (const Node rule : policy.spec.find("rules").items()) {
    for (const Node from : rule.find("from").items()) {
      const Node source = from.find("source");
      for (const Node principal : source.find("principals").items()) {
        if (const auto account = account_of(principal.text())) accounts.insert(*account);
      }
      for (const Node name : source.find("serviceAccounts").items()) {
        const std::size_t slash = name.text().find('/');
        const bool whole = slash != std::string_view::npos;
        accounts.emplace(whole ? name.text().substr(0, slash) : policy.scope,
                         whole ? name.text().substr(slash + 1) : name.text());
      }
    }
  }
}

/// The accounts that Linkerd's policies name, in whichever of its three ways.
void add_linkerd_named(const Mesh& mesh, std::set<Account>& accounts) {
  const auto add = [&](Node reference, const Object& owner) {
    const Node scope = reference.find("namespace");
    const std::string_view name = reference.find("name").text();
    if (!name.empty()) accounts.emplace(scope ? scope.text() : owner.scope, name);
  };
  const auto add_accounts = [&](Node references, const Object& owner) {
    for (const Node reference : references.items()) {
      if (reference.find("kind").text() == "ServiceAccount") add(reference, owner);
    }
  };
  constexpr std::string_view kGroup = resource::linkerd::kPolicyGroup;
  for (const Object* policy : mesh.of_kind(kGroup, "AuthorizationPolicy")) {
    add_accounts(policy->spec.find("requiredAuthenticationRefs"), *policy);
  }
  for (const Object* one : mesh.of_kind(kGroup, "MeshTLSAuthentication")) {
    add_accounts(one->spec.find("identityRefs"), *one);
  }
  for (const Object* one : mesh.of_kind(kGroup, "ServerAuthorization")) {
    for (const Node account : one->spec.at("client", "meshTLS", "serviceAccounts").items()) {
      add(account, *one);
    }
  }
}

std::vector<Caller> callers_of(const Mesh& mesh) {
  std::set<Account> accounts;
  for (const Workload& workload : mesh.all<Workload>()) {
    const std::string_view account = workload.service_account.value_or("default");
    accounts.emplace(workload.scope, account);
  }
  for (const Object* policy : mesh.of_kind("security.istio.io", "AuthorizationPolicy")) {
    add_named(*policy, accounts);
  }
  add_linkerd_named(mesh, accounts);
  std::vector<Caller> out;
  for (const auto& [scope, name] : accounts) {
    Caller caller;
    caller.name_space = scope;
    caller.account = name;
    out.push_back(std::move(caller));
  }
  out.emplace_back();
  out.back().plain = true;
  return out;
}

/// A path that `pattern` means.
std::string sample_path(std::string_view pattern) {
  std::string out = str::replace_all(pattern, "{**}", "x");
  out = str::replace_all(out, "{*}", "x");
  if (out.starts_with('*')) out = "/x" + out.substr(1);
  if (out.ends_with('*')) out.pop_back();
  return out.empty() || !out.starts_with('/') ? "/" + out : out;
}

std::string sample_method(std::string_view pattern) {
  const std::string out = str::replace_all(pattern, "*", "");
  return out.empty() ? "GET" : out;
}

using Operation = std::pair<std::string, std::string>;  ///< path and method

void add_operation(Node operation, std::set<Operation>& out) {
  std::vector<std::string> paths;
  std::vector<std::string> methods;
  for (const char* field : {"paths", "notPaths"}) {
    for (const Node path : operation.find(field).items()) paths.push_back(sample_path(path.text()));
  }
  for (const char* field : {"methods", "notMethods"}) {
    for (const Node method : operation.find(field).items()) {
      methods.push_back(sample_method(method.text()));
    }
  }
  if (paths.empty()) paths.emplace_back("/");
  if (methods.empty()) methods.emplace_back("GET");
  for (const std::string& path : paths) {
    for (const std::string& method : methods) {
      if (out.size() < kMostOperations) out.emplace(path, method);
    }
  }
}

bool has_server(const Object& route) {
  for (const Node parent : route.spec.find("parentRefs").items()) {
    if (parent.find("kind").text() == "Server") return true;
  }
  return false;
}

/// What a match of an HTTPRoute or a GRPCRoute takes.
Operation operation_of(Node match, bool grpc) {
  const Node method = match.find("method");
  if (!grpc) {
    const Node path = match.at("path", "value");
    return {path ? std::string(path.text()) : "/", method ? std::string(method.text()) : "GET"};
  }
  const auto part = [&](const char* name) {
    const Node node = method.find(name);
    return node ? std::string(node.text()) : std::string("x");
  };
  return {fmt::format("/{}/{}", part("service"), part("method")), "POST"};
}

/// Paths and methods of routes that are attached to Linkerd's Servers of a namespace.
void add_server_routes(const Mesh& mesh, std::string_view scope, std::set<Operation>& out) {
  for (const std::string_view group :
       {resource::linkerd::kPolicyGroup, resource::gateway_api::kGroup}) {
    for (const std::string_view kind : {"HTTPRoute", "GRPCRoute"}) {
      for (const Object* route : mesh.of_kind(group, kind)) {
        if (route->scope != scope || !has_server(*route)) continue;
        for (const Node rule : route->spec.find("rules").items()) {
          for (const Node match : rule.find("matches").items()) {
            if (out.size() >= kMostOperations) return;
            out.insert(operation_of(match, kind == "GRPCRoute"));
          }
        }
      }
    }
  }
}

std::set<Operation> operations_of(const Mesh& mesh, const std::vector<Target>& targets) {
  std::set<Operation> out = {{"/", "GET"}};
  for (const Target& target : targets) {
    if (!target.http) continue;
    for (const Object* policy : mesh.of_kind("security.istio.io", "AuthorizationPolicy")) {
      if (!istio::is_for(mesh, *policy, target)) continue;
      for (const Node rule : policy->spec.find("rules").items()) {
        for (const Node to : rule.find("to").items()) add_operation(to.find("operation"), out);
      }
    }
    add_server_routes(mesh, target.scope, out);
  }
  return out;
}

WhoCell cell_of(const Mesh& mesh, const Caller& caller, const Request& request,
                const std::vector<Target>& targets) {
  WhoCell out;
  out.caller = caller;
  std::size_t allowed = 0;
  for (const Target& target : targets) {
    Verdict verdict = judge(mesh, caller, request, target);
    if (verdict.allowed) ++allowed;
    const bool first = &target == &targets.front();
    if (first || (!verdict.allowed && out.verdict.allowed)) out.verdict = std::move(verdict);
  }
  out.allowed = allowed == targets.size();
  out.differs = allowed > 0 && !out.allowed;
  return out;
}

}  // namespace

std::vector<WhoColumn> who_reaches(const Mesh& mesh, const Service& service) {
  const std::vector<Caller> callers = callers_of(mesh);
  std::vector<WhoColumn> out;
  Destination to;
  to.host = fqdn(*service.name, service.scope);
  for (const auto& port : service.ports) {
    const auto number = static_cast<std::uint32_t>(port.port.value);
    const std::vector<Target> targets = targets_of(mesh, to, number, Request{});
    for (const auto& [path, method] : operations_of(mesh, targets)) {
      WhoColumn column{to.host, number, {}, {}};
      column.request.authority = fmt::format("{}:{}", to.host, number);
      column.request.path = path;
      column.request.method = method;
      for (const Caller& caller : callers) {
        column.cells.push_back(cell_of(mesh, caller, column.request, targets));
      }
      out.push_back(std::move(column));
    }
  }
  return out;
}

}  // namespace meshfn::routing
