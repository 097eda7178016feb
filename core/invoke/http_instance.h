#pragma once

// Functions that are HTTP servers: Google's Functions Framework, Azure's custom handlers, and the
// shims that make any Azure or Google function one. The process is started on a free port, asked
// once it listens, and stays warm. What is sent and what an answer means is said by a Contract.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/process.h"
#include "invoke/http.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

/// How one platform talks to a function that is a server.
class Contract {
 public:
  Contract() = default;
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;
  virtual ~Contract() = default;

  /// What to start so that it listens on `port`. Called for each start.
  virtual Program program(std::uint16_t port) const = 0;

  /// What the started server is asked first, so that its functions are known; an empty target:
  /// nothing. Asked before the first event is looked at.
  virtual http::Request index() const { return {}; }

  /// Takes the answer to `index`. The error is what the user is told.
  virtual Result<void> indexed(const http::Response&) { return {}; }

  /// The request that carries the event. Nothing when the platform answers it itself, as when no
  /// route fits: the answer is in `outcome` then.
  virtual std::optional<http::Request> request(const Call& call, Outcome& outcome) = 0;

  /// Turns the server's answer into the outcome, which has its request id and limits. `log` is
  /// what the function printed meanwhile.
  virtual void answer(http::Response response, std::string_view log, Outcome& outcome) = 0;

  /// Whether a failed event is handed out again after `attempts` attempts. What the last one
  /// leaves behind (a dead letter) may be added to `outcome`.
  virtual bool retries(int /*attempts*/, Outcome&) { return false; }

  /// What to do about a process that ended while it was loading, by what it printed; may be empty.
  virtual std::string hint(std::string_view /*log*/) const { return {}; }
};

class HttpInstance : public Instance {
 public:
  /// Starts the server at once when the contract has to look at its functions.
  static Result<std::unique_ptr<Instance>> create(function::Function function, Settings settings,
                                                  std::unique_ptr<Contract> contract);
  ~HttpInstance() override;

  std::optional<Outcome> invoke(const Call& call) override;
  std::string_view interpreter_version() const override;

 private:
  class State;
  explicit HttpInstance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meshfn::invoke
