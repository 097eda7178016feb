#pragma once

// Names of namespaces in resources that are about others: a typo shows or permits nothing, in
// silence.

#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "resource/mesh.h"

namespace meshfn::lint {

/// The Namespaces of the input, asked for by `mesh.derived<Namespaces>()`.
class Namespaces {
 public:
  /// The mesh outlives it.
  explicit Namespaces(const resource::Mesh& mesh);

  /// Reports that no Namespace is called `name`: an info unless the input is complete or the name
  /// looks like a typo of one that is there, for others may be created elsewhere. Says nothing when
  /// the input has no Namespace at all, or `name` is assumed or empty.
  void check(std::string_view name, source::Location where, diagnostic::Findings& found) const;

 private:
  const resource::Mesh& mesh_;
  std::vector<std::string_view> names_;
};

}  // namespace meshfn::lint
