#pragma once

// Lifts a check of one resource to a check of the mesh, so that a rule is a function of what it
// judges. Objects given only as context are passed over: they are referred to, not judged.

#include "diagnostic/diagnostic.h"
#include "resource/mesh.h"

namespace meshfn::lint {

/// One check of one type, as `Each` needs it.
template <auto Check>
struct Lifted;

template <class R, void (*Function)(const R&, const resource::Mesh&, diagnostic::Findings&)>
struct Lifted<Function> {
  static void all(const resource::Mesh& mesh, diagnostic::Findings& found) {
    for (const R& resource : mesh.template all<R>()) {
      if (!resource.context) Function(resource, mesh, found);
    }
  }

  static void one(const void* resource, const resource::Mesh& mesh, diagnostic::Findings& found) {
    Function(*static_cast<const R*>(resource), mesh, found);
  }

  static constexpr diagnostic::Check::Part kPart{one, resource::subject_of<R>()};
};

/// `Each<check>::run` is the `check` of a rule about resources of one type, `Each<one, other>::run`
/// that of a rule about two.
template <auto... Checks>
struct Each {
  static void all(const resource::Mesh& mesh, diagnostic::Findings& found) {
    (Lifted<Checks>::all(mesh, found), ...);
  }

  static constexpr diagnostic::Check run{all, {{Lifted<Checks>::kPart...}}};
};

/// Whether the ids of a family ascend and its names are given; for static_assert.
template <class Rules>
constexpr bool ids_ascend(const Rules& rules) {
  for (std::size_t i = 1; i < std::size(rules); ++i) {
    if (rules[i - 1].id >= rules[i].id) return false;
  }
  return true;
}

}  // namespace meshfn::lint
