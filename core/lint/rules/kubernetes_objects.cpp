// What holds for objects of every kind.

#include <fmt/format.h>

#include <map>
#include <string>

#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

void an_object_is_defined_once(const Mesh& mesh, Findings& found) {
  std::map<std::string, const Object*> seen;
  for (const Object& object : mesh.objects()) {
    if (object.name.value.empty() || object.kind.value.empty()) continue;
    const std::string key = fmt::format("{} {} {} {}", object.group(), object.kind.value,
                                        object.scope, object.name.value);
    const auto [first, is_new] = seen.emplace(key, &object);
    if (is_new || object.context) continue;
    // In files side by side they may be variants to choose from.
    const bool same_file = first->second->where().file == object.where().file;
    auto& finding = found.add(object.where(), fmt::format("{} `{}` is defined twice",
                                                          object.kind.value, object.name.value));
    finding.relate(first->second->where(), "first defined here")
        .with_help("the one that is applied last replaces the other");
    if (!same_file) finding.with_severity(Severity::info);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF4021",
     .name = "object-defined-twice",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "An object is defined once",
     .why = "Of two documents with one kind, namespace and name the one that is applied last "
            "replaces the other. In files side by side they may be variants to choose from, "
            "which is said as an info.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop} #!
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 81}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
)",
     .check = an_object_is_defined_once},
};
static_assert(ids_ascend(kRules));

}  // namespace

std::span<const Rule> kubernetes_object_rules() { return kRules; }

}  // namespace meshfn::lint
