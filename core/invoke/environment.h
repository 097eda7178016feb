#pragma once

// One execution environment of AWS Lambda: a runtime process, the API that feeds it, its limits
// and its log. It starts with the first invocation, stays warm for the next, and is started anew
// after a crash or a timeout, as in the cloud. Several environments are several objects.

#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

class Environment : public Instance {
 public:
  /// Checks that `function` can be run here. Nothing is started yet. `clock` outlives the object.
  static Result<std::unique_ptr<Environment>> create(function::Function function, Settings settings,
                                                     const Clock& clock);

  ~Environment() override;

  std::optional<Outcome> invoke(const Call& call) override;

  /// Of our own clients only: others do not tell it.
  std::string_view interpreter_version() const override;

 private:
  class State;
  explicit Environment(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meshfn::invoke
