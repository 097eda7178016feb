#pragma once

// Which requests change their answer between two versions of the routing YAML: the question of
// whoever reviews the change.

#include <cstddef>
#include <string>
#include <vector>

#include "routing/table.h"

namespace meshfn::render {

/// What becomes of a request in its parts, each as text; empty: nothing of the kind.
/// Names of rules and places are no part of it.
struct Outcome {
  std::string target;  ///< destinations, a redirect, an answer, or that nothing takes it
  std::string rewrite;
  std::string timeout;
  std::string retries;
  std::string mirror;
  std::string fault;
  std::string headers;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const routing::Answer& answer, const routing::Request& request);

/// The parts in one line.
std::string outcome_words(const Outcome& outcome);

/// The same in one go: two tables that give the same text treat the request the same.
std::string outcome(const routing::Answer& answer, const routing::Request& request);

/// Requests that change from one outcome to another, told by one of them.
struct Difference {
  routing::Request example;  ///< the first found
  std::string before;
  std::string after;
  std::string before_origin;  ///< "http[0] at old.yaml:12"; empty when lost
  std::string after_origin;
  std::size_t requests = 0;
};

struct RouteDiff {
  std::size_t asked = 0;
  std::vector<Difference> differences;  ///< in the order found
};

/// Sends `requests` through both.
RouteDiff diff(const routing::Table& before, const routing::Table& after,
               const std::vector<routing::Request>& requests);

/// Probing requests of both tables, at most 100 000.
std::vector<routing::Request> requests_of(const routing::Table& before,
                                          const routing::Table& after);

/// For people; empty when nothing differs.
std::string diff_text(const RouteDiff& diff);
std::string diff_json(const RouteDiff& diff);

}  // namespace meshfn::render
