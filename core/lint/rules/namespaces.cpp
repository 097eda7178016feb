#include "lint/rules/namespaces.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "lint/objects.h"

namespace meshfn::lint {

Namespaces::Namespaces(const resource::Mesh& mesh) : mesh_(mesh) {
  for (const resource::Object* one : mesh.of_kind("", "Namespace")) names_.push_back(*one->name);
  std::sort(names_.begin(), names_.end());
}

void Namespaces::check(std::string_view name, source::Location where,
                       diagnostic::Findings& found) const {
  const bool closed = mesh_.settings().closed_world;
  if ((names_.empty() && !closed) || name.empty()) return;
  if (std::binary_search(names_.begin(), names_.end(), name)) return;
  if (objects::is_assumed_namespace(mesh_, name)) return;
  const std::string hint = did_you_mean(name, names_);
  auto& finding = found.add(where, fmt::format("there is no Namespace `{}`", name));
  if (hint.empty() && !closed) finding.with_severity(diagnostic::Severity::info);
  finding.with_help(hint);
}

}  // namespace meshfn::lint
