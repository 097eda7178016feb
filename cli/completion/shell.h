#pragma once

// Completion scripts from the tables. Commands, flags, choices and rule ids are baked in, so that
// TAB runs nothing. The same bytes are committed in completions/ for packagers.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace meshfn::cli {

/// What the scripts complete.
struct Vocabulary {
  const Command& program;
  std::vector<std::string_view> rules;  ///< what Completes::rule offers
};

/// One shell.
struct Shell {
  std::string_view name;  ///< "bash"
  std::string_view file;  ///< its script in completions/
  std::string_view use;   ///< how to load it, one line
  std::string (*script)(const Vocabulary& vocabulary);
};

/// All shells, in the order of help.
std::span<const Shell> shells();

/// A command with the chain of words that leads to it: "/event/make", "" for the program.
struct Stop {
  std::string chain;
  std::vector<std::string> spellings;  ///< `chain` and its form with the alias
  const Command* command;
};

/// Every command of `program`, itself first, parents before children.
std::vector<Stop> stops(const Command& program);

/// The options that are understood at `stop`: its own and, below the program, the global ones.
std::vector<const Option*> options_at(const Vocabulary& vocabulary, const Stop& stop);

/// The words that may stand as the value: the choices, or the rules.
std::vector<std::string_view> words_for(const Vocabulary& vocabulary, const Option& option);
std::vector<std::string_view> words_for(const Vocabulary& vocabulary, const Operand& operand);

std::string bash_script(const Vocabulary& vocabulary);
std::string zsh_script(const Vocabulary& vocabulary);
std::string fish_script(const Vocabulary& vocabulary);

}  // namespace meshfn::cli
