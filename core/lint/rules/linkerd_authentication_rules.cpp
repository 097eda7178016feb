// Who a client is: mesh identities and networks.

#include <fmt/format.h>

#include "base/network.h"
#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::kPolicy;
using linkerd::Reference;
using linkerd::refers_to;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;

void identities_are_names(const Object& object, const Mesh&, Findings& found) {
  if (!objects::is(object, kPolicy, "MeshTLSAuthentication")) return;
  for (const yaml::Node item : object.spec.find("identities").items()) {
    const std::string problem = linkerd::identity_problem(item.text());
    if (problem.empty()) continue;
    found.add(item.where(), fmt::format("`{}` is no identity: {}", item.text(), problem));
  }
}

void identity_references_are_admitted(const Object& object, const Mesh&, Findings& found) {
  if (!objects::is(object, kPolicy, "MeshTLSAuthentication")) return;
  for (const yaml::Node item : object.spec.find("identityRefs").items()) {
    const Reference ref = linkerd::policy_reference(item, object.scope);
    const bool space = refers_to(ref, "", "Namespace");
    if (!space && !refers_to(ref, "", "ServiceAccount")) {
      found
          .add(objects::place(item, "kind"),
               fmt::format("{} has no identities", linkerd::describe(ref)))
          .with_help("references are to ServiceAccounts and Namespaces, both without group");
      continue;
    }
    if (ref.name.empty()) found.add(item.where(), "this reference has no name");
    if (const yaml::Node name_space = item.find("namespace"); space && name_space) {
      found.add(name_space.where(), "a Namespace is in no namespace")
          .with_help("remove `namespace`");
    }
  }
}

/// ServiceAccounts whose identity an object asks for.
std::vector<Reference> accounts_of(const Object& object) {
  std::vector<Reference> out;
  if (objects::is(object, kPolicy, "MeshTLSAuthentication")) {
    for (const yaml::Node item : object.spec.find("identityRefs").items()) {
      const Reference ref = linkerd::policy_reference(item, object.scope);
      if (refers_to(ref, "", "ServiceAccount")) out.push_back(ref);
    }
  } else if (objects::is(object, kPolicy, "ServerAuthorization")) {
    for (const yaml::Node item : object.spec.at("client", "meshTLS", "serviceAccounts").items()) {
      out.push_back(linkerd::policy_reference(item, object.scope));
    }
  }
  return out;
}

void accounts_exist(const Mesh& mesh, Findings& found) {
  const KindIndex accounts(mesh, "", "ServiceAccount");
  const auto check = [&](const Object& object) {
    for (const Reference& ref : accounts_of(object)) {
      // Every namespace has its `default` account without anybody writing it down.
      if (ref.name == "default" || accounts.found(ref.scope, ref.name) != Found::missing) continue;
      found
          .add(ref.where(), fmt::format("ServiceAccount `{}` does not exist in namespace `{}`",
                                        ref.name, ref.scope))
          .with_help(accounts.hint(ref.scope, ref.name));
    }
  };
  objects::each(mesh, kPolicy, "MeshTLSAuthentication", check);
  objects::each(mesh, kPolicy, "ServerAuthorization", check);
}

/// The lists of networks of an object, wherever its kind has them.
yaml::Node networks_of(const Object& object) {
  if (objects::is(object, kPolicy, "NetworkAuthentication") ||
      objects::is(object, kPolicy, "EgressNetwork")) {
    return object.spec.find("networks");
  }
  if (objects::is(object, kPolicy, "ServerAuthorization")) {
    return object.spec.at("client", "networks");
  }
  return {};
}

void check_exception(const Network& network, yaml::Node cidr, yaml::Node except, Findings& found) {
  const auto excepted = parse_network(except.text());
  if (!excepted) {
    found.add(except.where(), fmt::format("`{}` is neither an address nor a block", except.text()));
  } else if (contains(*excepted, network)) {
    found.add(except.where(),
              fmt::format("`{}` takes out the whole of `{}`", except.text(), cidr.text()));
  } else if (!contains(network, *excepted)) {
    found.add(except.where(), fmt::format("`{}` is not inside `{}`", except.text(), cidr.text()));
  }
}

void networks_are_admitted(const Object& object, const Mesh&, Findings& found) {
  const yaml::Node networks = networks_of(object);
  if (networks.is_sequence() && networks.size() == 0 &&
      object.kind.value != "ServerAuthorization") {
    found.add(networks.where(), "the list of networks is empty");
  }
  for (const yaml::Node item : networks.items()) {
    const yaml::Node cidr = item.find("cidr");
    if (!cidr.is_scalar()) continue;
    const auto network = parse_network(cidr.text());
    if (!network) {
      found.add(cidr.where(), fmt::format("`{}` is neither an address nor a block", cidr.text()));
      continue;
    }
    for (const yaml::Node except : item.find("except").items()) {
      check_exception(*network, cidr, except, found);
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3140",
     .name = "linkerd-identity",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Mesh identities are SPIFFE IDs or DNS names",
     .why = "Linkerd's webhook refuses other text. A ServiceAccount's identity is "
            "`name.namespace.serviceaccount.identity.linkerd.cluster.local`, and `*` stands for "
            "whole leading labels only.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identities:
  - front*.shop.serviceaccount.identity.linkerd.cluster.local #!
  - spiffe://example.com/front/ #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identities:
  - "*.shop.serviceaccount.identity.linkerd.cluster.local"
  - spiffe://example.com/front
)",
     .check = Each<identities_are_names>::run},
    {.id = "MF3141",
     .name = "linkerd-identity-reference",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Identities are those of ServiceAccounts and Namespaces",
     .why = "Linkerd's webhook refuses references to other kinds, without a name, and to a "
            "Namespace in a namespace.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identityRefs:
  - {kind: Service, name: front} #!
  - {kind: Namespace, name: shop, namespace: shop} #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identityRefs:
  - {kind: ServiceAccount, name: front, namespace: store}
  - {kind: Namespace, name: shop}
)",
     .check = Each<identity_references_are_admitted>::run},
    {.id = "MF3142",
     .name = "linkerd-identity-missing",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "ServiceAccounts whose identity is asked for exist",
     .why = "No client can have the identity of an account that does not exist, so those meant by "
            "it are refused with 403.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identityRefs:
  - {kind: ServiceAccount, name: fornt} #!
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: front, namespace: shop}
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: front, namespace: shop}
spec:
  identityRefs:
  - {kind: ServiceAccount, name: front}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: front, namespace: shop}
)",
     .check = accounts_exist},
    {.id = "MF3143",
     .name = "linkerd-network",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Networks are blocks, and exceptions lie inside them",
     .why = "Linkerd's webhook refuses text that is no address or block, exceptions outside of "
            "their block, exceptions that leave nothing of it, and empty lists.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: office, namespace: shop}
spec:
  networks:
  - cidr: 10.300.0.0/16 #!
  - cidr: 10.1.1.0/24
    except:
    - 10.1.0.0/16 #!
    - 192.168.0.1 #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: office, namespace: shop}
spec:
  networks:
  - cidr: 10.1.0.0/16
    except:
    - 10.1.1.0/24
    - 10.1.0.1
)",
     .check = Each<networks_are_admitted>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_authentication_rules() { return kRules; }

}  // namespace meshfn::lint
