#pragma once

// The documents of a run as values that can be changed: what `--suggest` proposes is tried by
// reading the changed documents again, so what is shown is what was simulated.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/value.h"

namespace meshfn::simulate {

/// A scenario and the mesh that goes with it, as they were read.
struct Drafts {
  yaml::Value scenario;
  std::vector<yaml::Value> mesh;
  std::string name_space = "default";  ///< of objects and services that name none
};

/// One value to write, at the keys and indices between the dots of `path`.
struct Edit {
  enum class Target : std::uint8_t {
    destination_rule,  ///< `path` below spec.trafficPolicy of the rule for `service`
    virtual_service,   ///< below every HTTP route that goes to `service`
    annotation,        ///< of the Service; `path` is its whole name
    scenario_service,  ///< below the scenario's `service`
    scenario           ///< below the scenario itself
  };

  Target target;
  std::string service;
  std::string path;
  yaml::Value value;
};

/// Edits that belong together, and what they are called.
struct Change {
  std::string what;
  std::vector<Edit> edits;
};

/// Both changes as one.
Change together(const Change& a, const Change& b);

/// Drafts with a change in them.
struct ChangedDrafts {
  Drafts drafts;
  std::vector<std::size_t> objects;   ///< places of the mesh's documents that changed, ascending
  bool scenario = false;              ///< whether the scenario changed
  std::vector<std::string> settings;  ///< "DestinationRule shop: trafficPolicy.…: 5"
  std::size_t fields = 0;             ///< single values that are new or different
};

/// Writes the change. An object that is missing is added, a DestinationRule with what a wildcard's
/// rule said about the service so far, because only the most specific rule counts.
ChangedDrafts change_drafts(const Drafts& drafts, const Change& change);

/// Whether the mesh has a Service of that name.
bool has_service(const Drafts& drafts, std::string_view service);

/// What is to be applied: the mesh objects that changed, whole, and the scenario when it changed.
std::string to_yaml(const ChangedDrafts& changed);

}  // namespace meshfn::simulate
