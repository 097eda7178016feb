// What holds for objects of every kind.

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

void report_second(const Object& first, const Object& second, Findings& found) {
  auto& finding = found.add(second.where(), fmt::format("{} `{}` is defined twice",
                                                        second.kind.value, second.name.value));
  finding.relate(first.where(), "first defined here")
      .with_help("the one that is applied last replaces the other");
  // In files side by side they may be variants to choose from.
  const bool same_file = first.where().file == second.where().file;
  if (!same_file) finding.with_severity(Severity::info);
}

/// Whether the mesh knows another object by the kind, namespace and name of one of these. Nearly
/// never, which is told apart without an index for each kind.
bool may_repeat(const Mesh& mesh, const Mesh::Objects& objects) {
  return std::any_of(objects.begin(), objects.end(), [&](const Object* object) {
    return mesh.find(object->kind.value, object->scope, object->name.value) != object;
  });
}

void an_object_is_defined_once(const Mesh& mesh, Findings& found) {
  for (const auto& [group_kind, objects] : mesh.kinds()) {
    if (group_kind.second.empty() || !may_repeat(mesh, objects)) continue;
    std::map<std::array<std::string_view, 3>, const Object*> seen;
    for (const Object* object : objects) {
      if (object->name.value.empty()) continue;
      const auto [first, is_new] =
          seen.try_emplace({object->cluster, object->scope, object->name.value}, object);
      if (!is_new && !object->context) report_second(*first->second, *object, found);
    }
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

Family kubernetes_object_rules() { return kRules; }

}  // namespace meshfn::lint
