// fish: one condition, `__meshfn_at CHAIN`, and a `complete` line for everything that may stand
// there.

#include <fmt/format.h>

#include "base/str.h"
#include "cli/completion/shell.h"

namespace meshfn::cli {

namespace {

constexpr std::string_view kHead = R"(# fish completion for meshfn: made by `meshfn completion fish`
function __meshfn_at
    set -l chain ""
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        switch "$chain/$word"
)";

constexpr std::string_view kMiddle = R"(        end
    end
    test "$chain" = "$argv[1]"
end

complete -c meshfn -f
)";

std::string in_quotes(std::string_view text) {
  std::string safe = str::replace_all(text, "\\", "\\\\");
  return "'" + str::replace_all(safe, "'", "\\'") + "'";
}

std::string line(const Stop& stop, std::string_view rest) {
  const std::string condition =
      stop.chain.empty() ? "__meshfn_at \"\"" : "__meshfn_at " + stop.chain;
  return fmt::format("complete -c meshfn -n '{}' {}\n", condition, rest);
}

/// The value of an option: what it needs, and what is offered.
std::string value(const Vocabulary& vocabulary, const Option& option) {
  if (option.value.empty()) return "";
  const std::vector<std::string_view> words = words_for(vocabulary, option);
  if (!words.empty())
    return fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(words, " "))));
  if (option.completes == Completes::file) return " -r -F";
  if (option.completes == Completes::directory) return " -x -a '(__fish_complete_directories)'";
  return " -x";
}

std::string option_line(const Vocabulary& vocabulary, const Stop& stop, const Option& option) {
  std::string text;
  if (option.letter != '\0') text += fmt::format("-s {} ", option.letter);
  text +=
      fmt::format("-l {}{} -d {}", option.name, value(vocabulary, option), in_quotes(option.help));
  return line(stop, text);
}

std::string operand_line(const Vocabulary& vocabulary, const Stop& stop, const Operand& operand) {
  const std::vector<std::string_view> words = words_for(vocabulary, operand);
  if (!words.empty()) {
    return line(stop,
                fmt::format("-a {} -d {}", in_quotes(fmt::format("{}", fmt::join(words, " "))),
                            in_quotes(operand.name)));
  }
  if (operand.completes == Completes::file) return line(stop, "-F");
  if (operand.completes == Completes::directory) {
    return line(stop, "-a '(__fish_complete_directories)'");
  }
  return "";
}

}  // namespace

std::string fish_script(const Vocabulary& vocabulary) {
  const std::vector<Stop> all = stops(vocabulary.program);
  std::string text(kHead);
  for (const Stop& stop : all) {
    if (stop.chain.empty()) continue;
    text += fmt::format("            case {}\n                set chain {}\n",
                        fmt::join(stop.spellings, " "), stop.chain);
  }
  text += kMiddle;
  for (const Stop& stop : all) {
    for (const Command* child : stop.command->subcommands) {
      text += line(stop, fmt::format("-a {} -d {}", child->name, in_quotes(child->summary)));
    }
    for (const Operand& operand : stop.command->operands) {
      text += operand_line(vocabulary, stop, operand);
    }
    for (const Option* option : options_at(vocabulary, stop)) {
      text += option_line(vocabulary, stop, *option);
    }
  }
  return text;
}

}  // namespace meshfn::cli
