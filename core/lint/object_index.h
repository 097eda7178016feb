#pragma once

// From a place in a file to the object it belongs to.

#include <map>
#include <optional>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "resource/mesh.h"

namespace meshfn::lint {

/// The objects of a mesh by file and offset; the mesh outlives it. Sorted when first asked, as
/// there may be nothing to ask for. Not for several threads.
class ObjectIndex {
 public:
  explicit ObjectIndex(const resource::Mesh& mesh) : mesh_(mesh) {}

  /// The object whose text holds the start of `where`; null outside of objects.
  const resource::Object* at(const source::Location& where) const;

 private:
  using ByFile = std::map<const source::File*, std::vector<const resource::Object*>>;

  const ByFile& objects() const;

  const resource::Mesh& mesh_;
  mutable std::optional<ByFile> objects_;
};

/// What identifies an object in results; the namespace is the effective one.
diagnostic::ResourceRef reference_to(const resource::Object& object);

/// Fills resource, document and pointer of every finding that has a place.
void annotate(std::vector<diagnostic::Diagnostic>& findings, const ObjectIndex& objects,
              const std::map<const source::File*, const yaml::Tree*>& trees);

}  // namespace meshfn::lint
