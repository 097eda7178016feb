#pragma once

// The figures of the theory for a series of invocations: the work of a trigger T = W x E, the work
// of the executions F (memory x time) with its price, and the allocation R = C / N.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "function/project.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// What is assumed about a trigger, beside what was measured.
struct Assumptions {
  double weight = 1;         ///< W: work of one execution, in the user's own unit
  double rate = 1;           ///< events a second that the function is to bear
  double available = 1'000;  ///< C: environments that the account gives it at once
};

struct Figures {
  std::string trigger;     ///< what the event looks like: "http", "sqs", …, "direct"
  std::size_t executions;  ///< E
  double work;             ///< T = W x E
  double gb_seconds;       ///< F, of the billed time
  double price;            ///< US dollars, executions included
  double needed;           ///< N: environments at once for the rate, by Little's law
  double allocation;       ///< R = C / N; below 1 events are throttled or wait
};

/// REQUIRES: `outcomes` is not empty.
Figures figures_of(const function::Function& function, const std::string& event,
                   const std::vector<Outcome>& outcomes, const Assumptions& assumptions);

/// What called, by the shape of the event.
std::string trigger_of(const std::string& event);

/// `{"trigger": {kind, weight, executions, work}, "gbSeconds", "priceUsd", "concurrency":
/// {available, needed, ratio}}`.
std::string to_json(const Figures& figures, const Assumptions& assumptions);

/// The same in one line for people, without a line break.
std::string to_text(const Figures& figures, const Assumptions& assumptions);

}  // namespace meshfn::invoke
