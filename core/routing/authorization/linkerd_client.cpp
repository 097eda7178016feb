#include "routing/authorization/linkerd_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/network.h"
#include "base/str.h"
#include "resource/linkerd/values.h"

namespace meshfn::routing::linkerd {

namespace {

using resource::Mesh;
using resource::Object;
using yaml::Node;

/// What the control plane takes for the cluster unless it is told otherwise.
constexpr std::array<std::string_view, 5> kClusterNetworks = {
    "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"};

std::string account_identity(const Mesh& mesh, std::string_view account, std::string_view scope) {
  return fmt::format("{}.{}.serviceaccount.identity.linkerd.{}", account, scope,
                     mesh.settings().cluster_domain);
}

/// `*` is everybody, `*.x` whoever ends in `.x`.
bool identity_matches(std::string_view pattern, std::string_view identity) {
  if (pattern == "*") return true;
  if (pattern.starts_with("*.")) return identity.ends_with(pattern.substr(1));
  return pattern == identity;
}

Clause identity_clause(const Mesh& mesh, const Caller& caller,
                       const std::vector<std::string>& patterns, source::Location where) {
  const auto identity = identity_of(caller, mesh);
  Clause out;
  out.where = where;
  out.holds = identity && std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
                return identity_matches(pattern, *identity);
              });
  const std::string is = identity ? fmt::format("identity is `{}`", *identity)
                                  : std::string("the client has no identity");
  out.text = out.holds ? is : fmt::format("{}, not `{}`", is, str::join(patterns, "` or `"));
  return out;
}

bool in_network(Node network, const std::string& ip) {
  const auto address = parse_network(ip);
  const auto block = parse_network(network.find("cidr").text());
  if (!address || !block || !contains(*block, *address)) return false;
  const auto excepts = [&](Node except) {
    const auto hole = parse_network(except.text());
    return hole && contains(*hole, *address);
  };
  const Node except = network.find("except");
  if (except.is_scalar()) return !excepts(except);
  for (const Node one : except.items()) {
    if (excepts(one)) return false;
  }
  return true;
}

Clause network_clause(Node networks, const std::string& ip) {
  Clause out;
  out.where = networks.where();
  std::vector<std::string> blocks;
  for (const Node network : networks.items()) {
    blocks.emplace_back(network.find("cidr").text());
    out.holds = out.holds || in_network(network, ip);
  }
  const std::string is = ip.empty() ? "address is not known" : fmt::format("address is `{}`", ip);
  out.text = out.holds ? is : fmt::format("{}, not in `{}`", is, str::join(blocks, "` or `"));
  return out;
}

void add_names(std::vector<std::string>& patterns, Node names) {
  for (const Node name : names.items()) patterns.emplace_back(name.text());
}

std::vector<std::string> mesh_tls_patterns(const Mesh& mesh, const Object& authentication) {
  std::vector<std::string> out;
  add_names(out, authentication.spec.find("identities"));
  for (const Node reference : authentication.spec.find("identityRefs").items()) {
    const std::string_view name = reference.find("name").text();
    if (reference.find("kind").text() == "Namespace") {
      out.push_back(account_identity(mesh, "*", name));
      continue;
    }
    const std::string_view scope = reference.find("namespace").text();
    out.push_back(account_identity(mesh, name, scope.empty() ? authentication.scope : scope));
  }
  return out;
}

const Object* find_policy(const Mesh& mesh, std::string_view kind, std::string_view scope,
                          std::string_view name) {
  for (const Object* object : mesh.of_kind(resource::linkerd::kPolicyGroup, kind)) {
    if (object->name.value == name && object->scope == scope) return object;
  }
  return nullptr;
}

}  // namespace

std::optional<std::string> identity_of(const Caller& caller, const Mesh& mesh) {
  if (caller.plain || caller.name_space.empty()) return std::nullopt;
  return account_identity(mesh, caller.account.empty() ? "default" : caller.account,
                          caller.name_space);
}

Asked client_of(const Mesh& mesh, Node client, std::string_view scope, const Caller& caller) {
  Asked out;
  if (const Node networks = client.find("networks")) {
    out.push_back(network_clause(networks, caller.ip));
  }
  if (client.find("unauthenticated").text() == "true") return out;
  const Node tls = client.find("meshTLS");
  if (tls.find("unauthenticatedTLS").text() == "true") {
    if (caller.plain) out.push_back({"the client does not speak TLS", false, tls.where()});
    return out;
  }
  std::vector<std::string> patterns;
  add_names(patterns, tls.find("identities"));
  for (const Node account : tls.find("serviceAccounts").items()) {
    const std::string_view named = account.find("namespace").text();
    patterns.push_back(
        account_identity(mesh, account.find("name").text(), named.empty() ? scope : named));
  }
  out.push_back(identity_clause(mesh, caller, patterns, tls ? tls.where() : client.where()));
  return out;
}

Asked authentication(const Mesh& mesh, Node reference, std::string_view scope,
                     const Caller& caller) {
  const std::string_view kind = reference.find("kind").text();
  const std::string_view name = reference.find("name").text();
  const std::string_view named = reference.find("namespace").text();
  const std::string_view home = named.empty() ? scope : named;
  if (kind == "ServiceAccount") {
    return {identity_clause(mesh, caller, {account_identity(mesh, name, home)}, reference.where())};
  }
  const Object* found = find_policy(mesh, kind, home, name);
  if (found == nullptr) {
    return {{fmt::format("there is no {} `{}/{}`, so the policy has no effect", kind, home, name),
             false, reference.where()}};
  }
  if (kind == "NetworkAuthentication") {
    return {network_clause(found->spec.find("networks"), caller.ip)};
  }
  return {identity_clause(mesh, caller, mesh_tls_patterns(mesh, *found), found->where())};
}

Asked default_policy(const Mesh& mesh, std::string_view mode, source::Location where,
                     const Caller& caller) {
  if (mode == "deny") return {{"the policy is `deny`", false, where}};
  Asked out;
  if (mode.starts_with("cluster-")) {
    const auto address = parse_network(caller.ip);
    const bool inside =
        address && std::any_of(kClusterNetworks.begin(), kClusterNetworks.end(), [&](auto block) {
          return contains(*parse_network(block), *address);
        });
    // Who has an identity and no known address is a pod of the cluster.
    const bool pod = caller.ip.empty() && !caller.name_space.empty();
    out.push_back({inside || pod ? "the client is inside the cluster"
                                 : "the client is not inside the cluster networks",
                   inside || pod, where});
  }
  if (mode.ends_with("-authenticated")) {
    out.push_back(identity_clause(mesh, caller, {"*"}, where));
  }
  return out;
}

}  // namespace meshfn::routing::linkerd
