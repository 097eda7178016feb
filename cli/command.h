#pragma once

// A command is one value: help, man page, completions, did-you-mean and the parser read it, and
// nothing else mentions the command by name. Each file in cli/commands/ defines one and
// cli/catalogue.cpp lists it.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "cli/terminal.h"

namespace meshfn::cli {

/// Exit codes, the same in every output format (DESIGN section 2).
enum ExitCode : int {
  kOk = 0,  ///< done, and the answer is good
  kBadAnswer =
      1,       ///< done, and the answer is bad: findings, a failed function, a missed expectation
  kUsage = 2,  ///< wrong usage or configuration
  kInput = 3,  ///< input unreadable, nothing to check, or a runtime is missing
  kBug = 70,   ///< a bug of ours
  kInterrupted = 130,  ///< Ctrl-C
};

/// What a value completes to in a shell.
enum class Completes { nothing, file, directory, rule };

/// One flag. `value` is empty for a switch.
struct Option {
  std::string_view name;                           ///< "output", without dashes
  char letter = '\0';                              ///< 'o', or none
  std::string_view value = {};                     ///< "FORMAT", shown in help; empty: a switch
  std::string_view help = {};                      ///< lower case, no full stop
  std::string_view fallback = {};                  ///< default, shown in help and returned by Args
  std::span<const std::string_view> choices = {};  ///< allowed values; empty: any
  bool repeatable = false;
  std::string_view group = "Options";  ///< heading in help
  Completes completes = Completes::nothing;
};

/// A command line that works as it stands, and what it does.
struct Example {
  std::string_view line;
  std::string_view what;
};

/// One positional argument.
struct Operand {
  std::string_view name;  ///< "PATH"
  std::string_view help = {};
  bool required = false;
  bool repeatable = false;
  std::span<const std::string_view> choices = {};
  Completes completes = Completes::nothing;
};

/// What the user typed, checked against the tables.
class Args {
 public:
  /// Whether the option was given.
  bool has(std::string_view option) const;
  /// Its last value, or its fallback, or "".
  std::string_view value(std::string_view option) const;
  /// All its values in order; empty when not given and there is no fallback.
  std::vector<std::string> values(std::string_view option) const;

  /// Positional arguments in order, those after `--` included.
  const std::vector<std::string>& operands() const { return operands_; }

  /// Operand `index`, or "".
  std::string_view operand(std::size_t index) const;

  // For the parser.
  void set(std::string_view option, std::vector<std::string> values);
  void set_fallback(std::string_view option, std::string_view value);

  void add_operand(std::string value) { operands_.push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::map<std::string, std::string, std::less<>> fallbacks_;
  std::vector<std::string> operands_;
};

/// Everything a command may touch besides its arguments.
struct Context {
  Terminal& terminal;
  Files& files;
  std::string working_directory;
  std::map<std::string, std::string> environment;
  /// What is large and may live as long as the process, which then ends without tearing it down.
  std::vector<std::shared_ptr<const void>> kept = {};
};

struct Command {
  std::string_view name;
  std::string_view alias = {};
  std::string_view summary = {};      ///< one line, upper case first letter, no full stop
  std::string_view description = {};  ///< paragraphs; Markdown light (backquotes, blank lines)
  std::span<const Example> examples = {};
  std::span<const Operand> operands = {};
  std::span<const Option> options = {};
  std::span<const Command* const> subcommands = {};  ///< instead of `run`
  /// Does the work: results to terminal.out, words to terminal.err. A returned Error is printed
  /// by `main` in the house form and mapped to an exit code.
  Result<ExitCode> (*run)(Context& context, const Args& args) = nullptr;
};

}  // namespace meshfn::cli
