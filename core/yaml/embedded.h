#pragma once

// YAML or JSON that stands as text inside YAML: `mesh` of Istio's ConfigMap, the annotation
// `proxy.istio.io/config`. It is read like a file, and its places are places of the file around it.

#include <memory>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "source/file.h"
#include "yaml/node.h"

namespace meshfn::yaml {

class Embedded {
 public:
  /// Reads the text of a scalar, whose tree outlives it.
  explicit Embedded(Node text);

  /// The first document; absent when the text is empty or cannot be read.
  Node root() const;

  /// What is wrong with the text as YAML; places are those of `where`.
  std::vector<diagnostic::Diagnostic> problems() const;

  /// Where a place of the inner text stands in the file; the whole scalar when escapes or folding
  /// lie between them.
  source::Location where(const source::Location& inner) const;

  source::Location where(Node inner) const { return where(inner.where()); }

 private:
  Node outer_;
  std::unique_ptr<source::File> file_;
  std::vector<diagnostic::Diagnostic> problems_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace meshfn::yaml
