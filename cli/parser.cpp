#include "cli/parser.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "cli/catalogue.h"
#include "cli/help.h"

namespace meshfn::cli {

namespace {

using Path = std::vector<const Command*>;

/// The commands that were named, and the words left for the last of them.
struct Choice {
  Path path;
  std::vector<std::string> rest;
};

bool is_flag(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// Every option that the last command of `path` understands.
std::vector<const Option*> options_of(const Path& path) {
  std::vector<const Option*> options;
  for (const Option& option : path.back()->options) options.push_back(&option);
  if (path.size() == 1) return options;
  for (const Option& option : path.front()->options) options.push_back(&option);
  return options;
}

std::string spelled(const Option& option) { return fmt::format("--{}", option.name); }

/// "did you mean `x`? See `meshfn X --help`", as far as there is a guess.
std::string hint(const Path& path, std::string_view word,
                 const std::vector<std::string_view>& candidates) {
  const std::string guess = did_you_mean(word, candidates);
  const std::string help = fmt::format("`{} --help`", full_name(path));
  return guess.empty() ? fmt::format("see {}", help) : fmt::format("{} See {}", guess, help);
}

/// Whether `word` is a global option that takes the next word as its value.
bool takes_next(const Command& program, std::string_view word) {
  return std::any_of(program.options.begin(), program.options.end(), [&](const Option& option) {
    return !option.value.empty() && word == spelled(option);
  });
}

tl::unexpected<Error> unknown_command(const Path& path, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command* command : path.back()->subcommands) {
    names.push_back(command->name);
    if (!command->alias.empty()) names.push_back(command->alias);
  }
  const std::string_view parent = path.size() > 1 ? path.back()->name : "";
  return usage_error(
      fmt::format("unknown {}{}command `{}`", parent, parent.empty() ? "" : " ", word),
      hint(path, word, names));
}

/// Finds the command; flags may stand before and between its words.
Result<Choice> choose(const Command& program, const std::vector<std::string>& words) {
  Choice choice{{&program}, {}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const Command& current = *choice.path.back();
    if (current.subcommands.empty() || word == "--") {
      choice.rest.insert(choice.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                         words.end());
      break;
    }
    if (is_flag(word)) {
      choice.rest.push_back(word);
      if (takes_next(program, word) && i + 1 < words.size()) choice.rest.push_back(words[++i]);
      continue;
    }
    const Command* next = find_command(current, word);
    if (next == nullptr) return unknown_command(choice.path, word);
    choice.path.push_back(next);
  }
  return choice;
}

void declare(CLI::App& app, const Option& option) {
  const std::string names = option.letter == '\0'
                                ? spelled(option)
                                : fmt::format("-{},{}", option.letter, spelled(option));
  if (option.value.empty()) {
    app.add_flag(names)->disable_flag_override();
    return;
  }
  // One value each time, so that `-o json PATH` leaves PATH alone.
  app.add_option(names)->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

tl::unexpected<Error> unreadable(const Path& path, const CLI::ParseError& problem) {
  // CLI11's messages start with the option's name: "--output: 1 required …", "quiet was given …".
  const std::string text = problem.what();
  const std::string start = text.substr(0, text.find_first_of(": "));
  for (const Option* option : options_of(path)) {
    const std::string name = spelled(*option);
    if (start != name && start != option->name) continue;
    if (option->value.empty()) {
      return usage_error(fmt::format("`{}` takes no value", name), hint(path, "", {}));
    }
    return usage_error(fmt::format("`{}` needs a value: {}", name, option->value),
                       hint(path, "", {}));
  }
  return usage_error(fmt::format("could not read the command line: {}", text), hint(path, "", {}));
}

tl::unexpected<Error> unknown_flag(const Path& path, std::string_view word) {
  std::vector<std::string> names;
  for (const Option* option : options_of(path)) names.push_back(spelled(*option));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view flag = word.substr(0, word.find('='));
  return usage_error(fmt::format("unknown flag `{}`", flag), hint(path, flag, candidates));
}

/// The part of `value` that has to be one of the choices: of `FORMAT[:FILE]` the format.
std::string_view chosen(const Option& option, std::string_view value) {
  return option.value.find("[:") == std::string_view::npos ? value
                                                           : value.substr(0, value.find(':'));
}

Result<void> check_choice(std::string_view what, std::string_view value,
                          std::span<const std::string_view> choices) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
    return {};
  }
  const std::vector<std::string_view> names(choices.begin(), choices.end());
  std::string guess = did_you_mean(value, names);
  if (guess.empty()) guess = fmt::format("it is one of {}", str::join(names, ", "));
  return usage_error(fmt::format("unknown value `{}` for {}", value, what), guess);
}

/// Sorts what CLI11 did not recognise into operands and unknown flags.
Result<void> take_operands(const Path& path, const std::vector<std::string>& remaining,
                           Args& args) {
  bool only_operands = false;
  for (const std::string& word : remaining) {
    if (!only_operands && word == "--") {
      only_operands = true;
    } else if (!only_operands && is_flag(word)) {
      return unknown_flag(path, word);
    } else {
      args.add_operand(word);
    }
  }
  return {};
}

Result<void> check_operands(const Path& path, const Args& args) {
  const std::span<const Operand> expected = path.back()->operands;
  const std::vector<std::string>& given = args.operands();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool surplus = i >= expected.size() && (expected.empty() || !expected.back().repeatable);
    if (surplus) {
      return usage_error(fmt::format("unexpected argument `{}`", given[i]), hint(path, "", {}));
    }
    const Operand& operand = expected[std::min(i, expected.size() - 1)];
    const auto known = check_choice(operand.name, given[i], operand.choices);
    if (!known) return known;
  }
  for (std::size_t i = given.size(); i < expected.size(); ++i) {
    if (!expected[i].required) continue;
    std::string what_to_do =
        expected[i].choices.empty()
            ? hint(path, "", {})
            : fmt::format("it is one of {}", fmt::join(expected[i].choices, ", "));
    return usage_error(fmt::format("`{}` needs {}", full_name(path), expected[i].name),
                       std::move(what_to_do));
  }
  return {};
}

/// Moves the values of `option` from CLI11 to `args`, checked against its choices.
Result<void> take_option(const CLI::App& app, const Option& option, Args& args) {
  if (!option.fallback.empty()) args.set_fallback(option.name, option.fallback);
  const CLI::Option& parsed = *app.get_option(spelled(option));
  if (parsed.count() == 0) return {};
  const std::vector<std::string>& values = parsed.results();
  for (const std::string& value : values) {
    if (option.value.empty()) break;
    const auto known =
        check_choice(fmt::format("`{}`", spelled(option)), chosen(option, value), option.choices);
    if (!known) return known;
  }
  args.set(option.name, option.value.empty() ? std::vector<std::string>() : values);
  return {};
}

}  // namespace

Result<Invocation> parse(const Command& program, const std::vector<std::string>& words) {
  Result<Choice> choice = choose(program, words);
  if (!choice) return tl::unexpected(choice.error());
  Invocation invocation{std::move(choice->path), {}};
  const std::vector<const Option*> options = options_of(invocation.path);

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const Option* option : options) declare(app, *option);
  try {
    std::vector<std::string> backwards(choice->rest.rbegin(), choice->rest.rend());
    app.parse(backwards);
  } catch (const CLI::ParseError& problem) {
    return unreadable(invocation.path, problem);
  }

  if (const auto taken = take_operands(invocation.path, app.remaining(), invocation.args); !taken) {
    return tl::unexpected(taken.error());
  }
  for (const Option* option : options) {
    if (const auto taken = take_option(app, *option, invocation.args); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  if (invocation.args.has("help") || invocation.args.has("version")) return invocation;
  if (const auto fit = check_operands(invocation.path, invocation.args); !fit) {
    return tl::unexpected(fit.error());
  }
  return invocation;
}

}  // namespace meshfn::cli
