#pragma once

// What is asked of one function: an event, how often, in how many environments, and in which way.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "function/project.h"
#include "invoke/figures.h"
#include "invoke/instance.h"
#include "invoke/platform.h"

namespace meshfn::invoke {

/// How a function is invoked, and how often.
struct Plan {
  const Host* host = nullptr;
  function::Function function;
  Settings settings;
  Call call;
  std::int64_t repeats = 1;  ///< in the last environment, warm after the first
  std::int64_t cold = 0;     ///< environments, each started anew; 0 is one
  bool async = false;        ///< as an event that is retried and then goes to its destination
  Assumptions assumptions = {};
};

/// What came of a plan.
struct Done {
  std::vector<Outcome> outcomes;
  std::string version;       ///< of the interpreter, by its own word
  bool interrupted = false;  ///< a signal ended it; the outcomes are those before
};

/// Cold environments first, each for one invocation; the last one then stays for the repeats. Of a
/// batch the outcome says what the event source does then. Fails when a function cannot be started.
Result<Done> carry_out(const Plan& plan, const Clock& clock);

}  // namespace meshfn::invoke
