// What was to be filled in or made before the files are applied, and was not.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/practice_families.h"
#include "lint/written.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// What a template or a shell was to replace in a text; empty when nothing is left.
std::string placeholder_in(std::string_view text) {
  const bool marked =
      std::any_of(text.begin(), text.end(), [](char c) { return c == '{' || c == '<'; });
  if (!marked) return {};
  if (text.find("<no value>") != std::string_view::npos) return "<no value>";
  const bool any =
      text.find("{{") != std::string_view::npos || text.find("${") != std::string_view::npos;
  std::string left;
  if (any) {
    re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                           R"((\{\{.*?\}\}|\$\{[A-Za-z_]\w*\}))", &left);
  }
  return left;
}

void check(yaml::Node text, Findings& found) {
  const std::string left = placeholder_in(text.text());
  if (left.empty()) return;
  found.add(text.where(), fmt::format("`{}` was not replaced", left))
      .with_help("render the template, or run envsubst, before this is applied");
}

/// Whether every text of the object is plain, so that a placeholder in it is one that was left.
bool is_plain(const Object& object) {
  constexpr std::array<std::string_view, 4> kGroups = {
      "networking.istio.io", "security.istio.io", "gateway.networking.k8s.io", "policy.linkerd.io"};
  const auto group = object.group();
  return object.kind.value != "EnvoyFilter" &&
         std::find(kGroups.begin(), kGroups.end(), group) != kGroups.end();
}

void nothing_is_left_to_replace(const Object& object, const Mesh&, Findings& found) {
  check(object.name.node, found);
  check(object.name_space.node, found);
  for (const yaml::Entry label : object.metadata.find("labels").entries()) {
    check(label.value, found);
  }
  if (!is_plain(object) || !may_hold(object, {"{{", "${", "<no"})) return;
  each_text(object.spec, [&](yaml::Node text) { check(text, found); });
}

/// Whether two names differ by a letter too many or two that changed places. By another letter they
/// may be two on purpose, as `team-a` and `team-b` are, and so by a number at the end.
bool is_slip(std::string_view name, std::string_view meant) {
  if (edit_distance(name, meant) != 1) return false;
  const auto numbered = [](std::string_view text) {
    return !text.empty() && text.back() >= '0' && text.back() <= '9';
  };
  if (name.size() != meant.size()) return !numbered(name) && !numbered(meant);
  std::string left(name);
  std::string right(meant);
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

void namespaces_of_objects_exist(const Mesh& mesh, Findings& found) {
  std::vector<std::string_view> names;
  for (const Object* name_space : mesh.of_kind("", "Namespace")) {
    names.push_back(name_space->name.value);
  }
  std::set<std::string_view> said(names.begin(), names.end());
  std::string_view last;
  for (const Object& object : mesh.objects()) {
    // Neighbours are of one namespace mostly.
    if (!last.empty() && object.scope == last) continue;
    last = object.scope;
    const std::string_view text = object.name_space.value;
    if (object.context || text.empty() || text == "default" || text.starts_with("kube-")) continue;
    if (text == mesh.settings().istio_namespace || !said.insert(text).second) continue;
    // Others may be made elsewhere; one that is spelt nearly alike was to be this one.
    const auto meant = std::find_if(names.begin(), names.end(),
                                    [&](std::string_view known) { return is_slip(text, known); });
    if (meant == names.end()) continue;
    found.add(object.name_space.where(), fmt::format("the input has no Namespace `{}`", text))
        .with_help(fmt::format("did you mean `{}`?", *meant));
  }
}

constexpr Rule kRules[] = {
    {.id = "MF0012",
     .name = "placeholder-left",
     .severity = Severity::error,
     .group = "yaml",
     .summary = "What a template or a shell replaces is replaced",
     .why = "A placeholder that is still there was meant for Helm, envsubst or the like. The "
            "cluster takes it for a text, or refuses it for reasons that do not name the "
            "cause.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - name: ${ROUTE} #!
    route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - name: all
    route: [{destination: {host: reviews}}]
)",
     .check = Each<nothing_is_left_to_replace>::run},
    {.id = "MF4022",
     .name = "object-namespace-misspelt",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "The namespaces of objects are spelt like those that are made",
     .why = "An object of a namespace that does not exist is refused. Where the input creates "
            "Namespaces, one that is spelt nearly like one of them is a slip.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: prices, namespace: shopp} #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: prices, namespace: shop}
)",
     .check = namespaces_of_objects_exist},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family leftover_rules() { return kRules; }

}  // namespace meshfn::lint
