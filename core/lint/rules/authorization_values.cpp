// The values in an Istio AuthorizationPolicy: addresses, accounts, domains, ports, paths and the
// keys of conditions.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// Reports the values of `values` and `notValues` of a condition that `problem` refuses.
template <class Problem>
void check_values(yaml::Node condition, Problem problem, Findings& found) {
  istio::each_item(condition, "values", "notValues", [&](yaml::Node item) {
    const std::string message = item.text().empty() ? "" : problem(item.text());
    if (!message.empty()) found.add(item.where(), message);
  });
}

/// The same for a list of a source or operation.
template <class Problem>
void check_items(yaml::Node part, std::string_view field, std::string_view twin, Problem problem,
                 Findings& found) {
  istio::each_item(part, field, twin, [&](yaml::Node item) {
    const std::string message = item.text().empty() ? "" : problem(item.text());
    if (!message.empty()) found.add(item.where(), message);
  });
}

void addresses_can_be_read(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_source(policy, [&](yaml::Node source) {
      check_items(source, "ipBlocks", "notIpBlocks", istio::ip_range_problem, found);
      check_items(source, "remoteIpBlocks", "notRemoteIpBlocks", istio::ip_range_problem, found);
    });
    istio::each_condition(policy, [&](yaml::Node condition) {
      const std::string_view key = condition.find("key").text();
      if (key != "source.ip" && key != "remote.ip" && key != "destination.ip") return;
      check_values(condition, istio::ip_range_problem, found);
    });
  });
}

/// `name` or `namespace/name`, without wildcards.
std::string account_problem(std::string_view text) {
  constexpr std::size_t kMost = 320;
  if (text.size() > kMost) return "a service account has at most 320 characters";
  if (text.find('*') != std::string_view::npos) {
    return fmt::format("service account `{}` has a wildcard, and accounts have none", text);
  }
  const auto parts = str::split(text, '/');
  if (parts.size() > 2) return fmt::format("`{}` has more than one slash", text);
  const bool half = std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
  return half ? fmt::format("`{}` is half of `namespace/account`", text) : "";
}

/// A domain with at most one `*`, at an end; `slashes` are refused in lists but not in conditions.
std::string trust_domain_problem(std::string_view text, bool slashes) {
  const auto stars = std::count(text.begin(), text.end(), '*');
  if (stars > 1) return fmt::format("trust domain `{}` has more than one wildcard", text);
  if (stars == 1 && !text.starts_with('*') && !text.ends_with('*')) {
    return fmt::format("the wildcard of trust domain `{}` is not at an end", text);
  }
  const bool path = !slashes && text.find('/') != std::string_view::npos;
  return path ? fmt::format("`{}` is no trust domain: it has a slash", text) : "";
}

void accounts_can_be_read(const Mesh& mesh, Findings& found) {
  const auto list_problem = [](std::string_view text) { return trust_domain_problem(text, false); };
  const auto value_problem = [](std::string_view text) { return trust_domain_problem(text, true); };
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_source(policy, [&](yaml::Node source) {
      check_items(source, "serviceAccounts", "notServiceAccounts", account_problem, found);
      check_items(source, "trustDomains", "notTrustDomains", list_problem, found);
    });
    istio::each_condition(policy, [&](yaml::Node condition) {
      const std::string_view key = condition.find("key").text();
      if (key == "source.serviceAccount") check_values(condition, account_problem, found);
      if (key == "source.trustDomain") check_values(condition, value_problem, found);
    });
  });
}

std::string port_problem(std::string_view text) {
  constexpr int kMost = 65535;
  int number = -1;
  const auto end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool fits = error == std::errc() && rest == end && number >= 0 && number <= kMost;
  return fits ? "" : fmt::format("`{}` is no port number from 0 to 65535", text);
}

void ports_are_numbers(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_operation(policy, [&](yaml::Node operation) {
      check_items(operation, "ports", "notPorts", port_problem, found);
    });
    istio::each_condition(policy, [&](yaml::Node condition) {
      if (condition.find("key").text() != "destination.port") return;
      check_values(condition, port_problem, found);
    });
  });
}

/// Characters that a literal segment of a templated path may have (Envoy's URI template matcher).
bool is_path_literal(std::string_view text) {
  constexpr std::string_view kOthers = "-._~%!$&'()+,;:@=";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return word || kOthers.find(c) != std::string_view::npos;
  });
}

/// Paths with `{*}` for one segment and `{**}` for the rest.
std::string path_problem(std::string_view path) {
  const bool templated =
      path.find("{*}") != std::string_view::npos || path.find("{**}") != std::string_view::npos;
  std::string_view inner = path;
  while (inner.starts_with('/')) inner.remove_prefix(1);
  while (inner.ends_with('/')) inner.remove_suffix(1);
  bool ended = false;
  for (const std::string_view segment : str::split(inner, '/')) {
    const bool placeholder = segment == "{*}" || segment == "{**}";
    if (placeholder && ended) {
      return fmt::format("`{{**}}` is not the last placeholder of `{}`", path);
    }
    ended = ended || segment == "{**}";
    if (placeholder) continue;
    if (templated && segment.empty()) return fmt::format("`{}` has an empty segment", path);
    if (segment.find_first_of("{}") != std::string_view::npos) {
      return fmt::format(
          "segment `{}` has braces: only whole segments `{{*}}` and `{{**}}` are "
          "placeholders",
          segment);
    }
    if (templated && !is_path_literal(segment)) {
      return fmt::format("segment `{}` cannot stand beside a placeholder", segment);
    }
  }
  return {};
}

void paths_can_be_read(const Mesh& mesh, Findings& found) {
  istio::each_policy(mesh, [&](const Object& policy) {
    istio::each_operation(policy, [&](yaml::Node operation) {
      check_items(operation, "paths", "notPaths", path_problem, found);
    });
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1611",
     .name = "authorization-address",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Addresses of an AuthorizationPolicy are IP addresses or ranges",
     .why = "Requests are compared with addresses, never with names. Istio's webhook refuses "
            "what is neither an address nor a range.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        ipBlocks: [10.0.0.0/33] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        ipBlocks: [10.0.0.0/24]
)",
     .aliases = "IST0106",
     .check = addresses_can_be_read},
    {.id = "MF1612",
     .name = "authorization-account",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Accounts and trust domains of a policy are well-formed",
     .why = "`serviceAccounts` are `name` or `namespace/name` without wildcards, and trust "
            "domains have one `*` at most, at an end. Istio's webhook refuses others.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        serviceAccounts: [shop/*] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - from:
    - source:
        serviceAccounts: [shop/front]
)",
     .aliases = "IST0106",
     .check = accounts_can_be_read},
    {.id = "MF1613",
     .name = "authorization-port",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Ports of an AuthorizationPolicy are port numbers",
     .why = "Ports are compared as numbers; names of ports are not looked up. Istio's webhook "
            "refuses anything else.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        ports: [http] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        ports: ["8080"]
)",
     .aliases = "IST0106",
     .check = ports_are_numbers},
    {.id = "MF1614",
     .name = "authorization-path",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Placeholders of a path are whole segments",
     .why = "`{*}` stands for one segment and `{**}` for all that follow. Istio's webhook "
            "refuses braces in other places, and characters that no such path can have.",
     .bad = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        paths: ["/orders/{id}/items"] #!
)",
     .good = R"(apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        paths: ["/orders/{*}/items"]
)",
     .aliases = "IST0106",
     .check = paths_can_be_read},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family authorization_value_rules() { return kRules; }

}  // namespace meshfn::lint
