#pragma once

// The annotations that Istio documents: where each may stand, and what its value may be.

#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace meshfn::lint::istio {

struct Annotation {
  std::string_view name;
  std::string_view kinds;  ///< space-separated; "" for any
  bool deprecated = false;
  /// Why a value is refused; empty when it is taken. Null: any value.
  std::string (*problem)(std::string_view value) = nullptr;

  bool allows(std::string_view kind) const;
};

/// The annotation called `name`; null when Istio has none.
const Annotation* find_annotation(std::string_view name);

/// The name of every annotation, for suggestions.
std::vector<std::string_view> annotation_names();

/// Whether Istio would read an annotation of this name, if it knew it.
bool is_istio_annotation(std::string_view name);

/// Whether a controller writes it, so that it says nothing about what the user meant.
bool is_written_by_istio(std::string_view name);

}  // namespace meshfn::lint::istio
