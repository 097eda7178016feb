#pragma once

// When expectations are missed: which change of a setting would meet them. Settings are tried one
// at a time and then in pairs, those that touch the fewest fields first; how much is tried is
// bounded by events, so equal inputs give equal proposals.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/compare.h"
#include "simulate/draft.h"

namespace meshfn::simulate {

/// A change that was tried, and what it did.
struct Proposal {
  std::string what;                   ///< "outlier detection of shop"
  std::size_t fields = 0;             ///< single values that it adds or changes
  std::vector<std::string> settings;  ///< each of them with its new value
  std::string yaml;                   ///< the changed objects, ready to apply
  bool scenario = false;              ///< whether it changes the scenario, not only the mesh
  Comparison comparison;              ///< as it is, and with the change
};

struct Suggestion {
  std::string scenario;
  std::vector<std::string> expectations;
  std::size_t tried = 0;            ///< changes that were simulated
  std::size_t left_out = 0;         ///< changes beyond the bound
  bool met = false;                 ///< nothing has to change
  std::uint32_t confirmed = 0;      ///< seeds with which the proposal was tried in the end
  std::optional<Proposal> best;     ///< meets the expectations with the fewest fields
  std::optional<Proposal> nearest;  ///< when none does: the one that comes closest, if any helps

  bool passed() const { return met || best.has_value(); }
};

/// From changed documents to a scenario that can be laid out. Called from several threads.
using ReadDrafts = std::function<Result<Scenario>(const Drafts&)>;

/// Everything worth trying against what `before` shows, the most promising services first. Times
/// are taken from `calm`, a run in which nothing breaks.
std::vector<Change> changes_for(const Drafts& drafts, const Answer& before, const Answer& calm);

/// Fails when the drafts cannot be simulated as they are, or when they expect nothing.
Result<Suggestion> suggest(const Drafts& drafts, const ReadDrafts& read, std::uint32_t replications,
                           unsigned threads);

/// "1 field is enough: outlier detection of shop", and what it costs when the success rate falls.
std::string conclusion(const Suggestion& suggestion);

}  // namespace meshfn::simulate
