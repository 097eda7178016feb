// bash: one function of three `case` tables. Written for bash 3.2 too, which macOS has.

#include <fmt/format.h>

#include "base/str.h"
#include "cli/completion/shell.h"

namespace meshfn::cli {

namespace {

constexpr std::string_view kHead = R"(# bash completion for meshfn: made by `meshfn completion bash`
_meshfn_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_meshfn_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$1" -- "$cur")
}

_meshfn() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" chain="" i
  COMPREPLY=()
  # bash splits words at `=` and `:`, so --flag=value and FORMAT:FILE arrive in parts.
  if [[ $cur == "=" || $cur == ":" ]]; then
    [[ $cur == ":" ]] && prev=":"
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $prev == ":" ]]; then
    _meshfn_files -f
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$chain/${COMP_WORDS[i]}" in
)";

constexpr std::string_view kTail = R"(  esac
}

complete -F _meshfn meshfn
)";

/// The statement that offers `words`, or files; "" where there is nothing to offer.
std::string offer(const std::vector<std::string_view>& words, Completes completes) {
  if (!words.empty()) return fmt::format("_meshfn_words \"{}\"", fmt::join(words, " "));
  if (completes == Completes::file) return "_meshfn_files -f";
  if (completes == Completes::directory) return "_meshfn_files -d";
  return "";
}

std::string chains(const std::vector<Stop>& all) {
  std::string text;
  for (const Stop& stop : all) {
    if (stop.chain.empty()) continue;
    text += fmt::format("      {}) chain={} ;;\n", fmt::join(stop.spellings, " | "), stop.chain);
  }
  return text + "    esac\n  done\n  case \"$chain $prev\" in\n";
}

/// A row for every option that takes a value, so that the value is not taken for an operand.
std::string values(const Vocabulary& vocabulary, const Stop& stop) {
  std::string text;
  for (const Option* option : options_at(vocabulary, stop)) {
    if (option->value.empty()) continue;
    std::string pattern = fmt::format("\"{} --{}\"", stop.chain, option->name);
    if (option->letter != '\0') pattern += fmt::format(" | \"{} -{}\"", stop.chain, option->letter);
    std::string action = offer(words_for(vocabulary, *option), option->completes);
    if (!action.empty()) action += "; ";
    text += fmt::format("    {}) {}return ;;\n", pattern, action);
  }
  return text;
}

std::string operands(const Vocabulary& vocabulary, const Command& command) {
  std::vector<std::string_view> names;
  for (const Command* child : command.subcommands) names.push_back(child->name);
  if (!names.empty()) return offer(names, Completes::nothing);
  for (const Operand& operand : command.operands) {
    std::string action = offer(words_for(vocabulary, operand), operand.completes);
    if (!action.empty()) return action;
  }
  return "";
}

std::string words(const Vocabulary& vocabulary, const Stop& stop) {
  std::vector<std::string> flags;
  for (const Option* option : options_at(vocabulary, stop)) {
    flags.push_back(fmt::format("--{}", option->name));
  }
  std::string rest = operands(vocabulary, *stop.command);
  if (rest.empty()) rest = ":";
  const std::string pattern = stop.chain.empty() ? "\"\"" : stop.chain;
  return fmt::format(
      "    {})\n      if [[ $cur == -* ]]; then _meshfn_words \"{}\"; else {}; fi\n      ;;\n",
      pattern, str::join(flags, " "), rest);
}

}  // namespace

std::string bash_script(const Vocabulary& vocabulary) {
  const std::vector<Stop> all = stops(vocabulary.program);
  std::string text = std::string(kHead) + chains(all);
  for (const Stop& stop : all) text += values(vocabulary, stop);
  text += "  esac\n  case \"$chain\" in\n";
  for (const Stop& stop : all) text += words(vocabulary, stop);
  return text + std::string(kTail);
}

}  // namespace meshfn::cli
