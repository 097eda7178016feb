#include "cli/completion/shell.h"

namespace meshfn::cli {

namespace {

constexpr Shell kShells[] = {
    {"bash", "meshfn.bash", "source <(meshfn completion bash)", bash_script},
    {"zsh", "_meshfn", "source <(meshfn completion zsh)", zsh_script},
    {"fish", "meshfn.fish", "meshfn completion fish | source", fish_script},
};

void collect(const Command& command, const std::string& chain, std::vector<Stop>& found) {
  for (const Command* child : command.subcommands) {
    Stop stop{chain + "/" + std::string(child->name), {}, child};
    stop.spellings.push_back(stop.chain);
    if (!child->alias.empty()) stop.spellings.push_back(chain + "/" + std::string(child->alias));
    found.push_back(stop);
    collect(*child, stop.chain, found);
  }
}

std::vector<std::string_view> words_for(const Vocabulary& vocabulary,
                                        std::span<const std::string_view> choices,
                                        Completes completes) {
  if (!choices.empty()) return {choices.begin(), choices.end()};
  if (completes == Completes::rule) return vocabulary.rules;
  return {};
}

}  // namespace

std::span<const Shell> shells() { return kShells; }

std::vector<Stop> stops(const Command& program) {
  std::vector<Stop> found = {{"", {}, &program}};
  collect(program, "", found);
  return found;
}

std::vector<const Option*> options_at(const Vocabulary& vocabulary, const Stop& stop) {
  std::vector<const Option*> options;
  for (const Option& option : stop.command->options) options.push_back(&option);
  if (stop.command == &vocabulary.program) return options;
  for (const Option& option : vocabulary.program.options) options.push_back(&option);
  return options;
}

std::vector<std::string_view> words_for(const Vocabulary& vocabulary, const Option& option) {
  return words_for(vocabulary, option.choices, option.completes);
}

std::vector<std::string_view> words_for(const Vocabulary& vocabulary, const Operand& operand) {
  return words_for(vocabulary, operand.choices, operand.completes);
}

}  // namespace meshfn::cli
