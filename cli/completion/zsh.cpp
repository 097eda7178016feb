// zsh: finds the command among the words, drops what leads to it, and leaves the rest to
// _arguments. (`path` is not a free name in zsh: it is PATH.)

#include <fmt/format.h>

#include "base/str.h"
#include "cli/completion/shell.h"

namespace meshfn::cli {

namespace {

constexpr std::string_view kHead = R"(#compdef meshfn
# zsh completion for meshfn: made by `meshfn completion zsh`
_meshfn() {
  local chain="" i last=1 state line
  local -a commands
  typeset -A opt_args
  for ((i = 2; i < CURRENT; i++)); do
    case "$chain/${words[i]}" in
)";

constexpr std::string_view kMiddle = R"(      *) continue ;;
    esac
    last=$i
  done
  words=(meshfn "${words[@]:$last}")
  ((CURRENT -= last - 1))
  case "$chain" in
)";

constexpr std::string_view kTail = R"(  esac
}

if [[ "${funcstack[1]}" == _meshfn ]]; then
  _meshfn "$@"
else
  compdef _meshfn meshfn
fi
)";

/// `text` inside single quotes, the characters that _arguments and _describe read escaped.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') safe += '\\';
    if (c == '\'') {
      safe += "'\\''";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// The action part of a spec: words, files, or nothing but the message.
std::string action(const std::vector<std::string_view>& words, Completes completes) {
  if (!words.empty()) return fmt::format("({})", fmt::join(words, " "));
  if (completes == Completes::file) return "_files";
  if (completes == Completes::directory) return "_files -/";
  return " ";
}

std::string spec(const Vocabulary& vocabulary, const Option& option) {
  std::string tail = fmt::format("[{}]", escaped(option.help));
  const bool switch_only = option.value.empty();
  if (!switch_only) {
    tail += fmt::format(":{}:{}", escaped(option.value),
                        action(words_for(vocabulary, option), option.completes));
  }
  const std::string_view equals = switch_only ? "" : "=";
  const std::string_view star = option.repeatable ? "*" : "";
  if (option.letter == '\0') {
    return fmt::format("'{}--{}{}{}'", star, option.name, equals, tail);
  }
  const std::string_view plus = switch_only ? "" : "+";
  const std::string exclusive =
      option.repeatable ? "*" : fmt::format("(-{} --{})", option.letter, option.name);
  return fmt::format("'{}'{{-{}{},--{}{}}}'{}'", exclusive, option.letter, plus, option.name,
                     equals, tail);
}

std::string spec(const Vocabulary& vocabulary, const Operand& operand) {
  return fmt::format("'{}:{}:{}'", operand.repeatable ? "*" : "", escaped(operand.name),
                     action(words_for(vocabulary, operand), operand.completes));
}

std::string arguments(const Vocabulary& vocabulary, const Stop& stop) {
  std::string text = "_arguments -s -S";
  for (const Option* option : options_at(vocabulary, stop)) {
    text += " \\\n        " + spec(vocabulary, *option);
  }
  for (const Operand& operand : stop.command->operands) {
    text += " \\\n        " + spec(vocabulary, operand);
  }
  return text;
}

std::string group(const Vocabulary& vocabulary, const Stop& stop) {
  std::string text = "      commands=(\n";
  for (const Command* child : stop.command->subcommands) {
    text += fmt::format("        '{}:{}'\n", child->name, escaped(child->summary));
  }
  return text + fmt::format(
                    "      )\n      {} \\\n        '1: :->commands'\n"
                    "      [[ $state == commands ]] && "
                    "_describe -t commands command commands\n",
                    arguments(vocabulary, stop));
}

std::string entry(const Vocabulary& vocabulary, const Stop& stop) {
  const std::string pattern = stop.chain.empty() ? "\"\"" : stop.chain;
  const std::string body = stop.command->subcommands.empty()
                               ? "      " + arguments(vocabulary, stop) + "\n"
                               : group(vocabulary, stop);
  return fmt::format("    {})\n{}      ;;\n", pattern, body);
}

}  // namespace

std::string zsh_script(const Vocabulary& vocabulary) {
  const std::vector<Stop> all = stops(vocabulary.program);
  std::string text(kHead);
  for (const Stop& stop : all) {
    if (stop.chain.empty()) continue;
    text += fmt::format("      {}) chain={} ;;\n", fmt::join(stop.spellings, " | "), stop.chain);
  }
  text += kMiddle;
  for (const Stop& stop : all) text += entry(vocabulary, stop);
  return text + std::string(kTail);
}

}  // namespace meshfn::cli
