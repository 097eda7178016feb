#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/str.h"

namespace meshfn::cli {

namespace {

using Path = std::vector<const Command*>;

/// A line of a two-column list.
struct Row {
  std::string left;
  std::string right;
};

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;
constexpr std::size_t kWidestLeft = 28;

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// Two aligned columns; a left side that is too wide gets a line of its own.
std::string columns(const std::vector<Row>& rows, std::size_t width) {
  std::size_t widest = 0;
  for (const Row& row : rows) {
    const std::size_t size = str::display_width(row.left);
    if (size <= kWidestLeft) widest = std::max(widest, size);
  }
  const std::size_t start = kIndent + widest + kGap;
  std::string text;
  for (const Row& row : rows) {
    const std::size_t size = str::display_width(row.left);
    text += spaces(kIndent) + row.left;
    if (!row.right.empty()) {
      text += size > widest ? "\n" + spaces(start) : spaces(start - kIndent - size);
      text += str::replace_all(str::wrap(row.right, width - start), "\n", "\n" + spaces(start));
    }
    text += '\n';
  }
  return text;
}

std::string section(std::string_view title, const std::string& body) {
  return body.empty() ? "" : fmt::format("\n{}:\n{}", title, body);
}

/// A command line; one that is too long goes on in the next line, as a shell reads it.
std::string command_line(std::string_view line, std::size_t width) {
  return spaces(kIndent) +
         str::replace_all(str::wrap(line, width - kIndent - 2, kIndent + 2), "\n", " \\\n");
}

/// Meanings stand beside the lines where all fit, and below them otherwise.
std::string examples(const Command& command, std::size_t width) {
  std::size_t widest = 0;
  std::size_t longest_meaning = 0;
  for (const Example& example : command.examples) {
    widest = std::max(widest, str::display_width(example.line));
    longest_meaning = std::max(longest_meaning, str::display_width(example.what));
  }
  const bool beside = kIndent + widest + kGap + longest_meaning <= width;
  std::string text;
  for (const Example& example : command.examples) {
    text += command_line(example.line, width);
    text += beside ? spaces(widest - str::display_width(example.line) + kGap)
                   : "\n" + spaces(kIndent + 4);
    text += std::string(example.what) + "\n";
  }
  return text;
}

std::string operands(const Command& command, std::size_t width) {
  std::vector<Row> rows;
  for (const Operand& operand : command.operands) {
    std::string right(operand.help);
    if (!operand.choices.empty()) {
      right += fmt::format(" (one of: {})", fmt::join(operand.choices, ", "));
    }
    rows.push_back({std::string(operand.name), right});
  }
  return columns(rows, width);
}

std::string subcommands(const Command& command, std::size_t width) {
  std::vector<Row> rows;
  for (const Command* child : command.subcommands) {
    rows.push_back({std::string(child->name), std::string(child->summary)});
  }
  return columns(rows, width);
}

std::string meaning(const Option& option) {
  std::vector<std::string> facts;
  if (!option.choices.empty()) {
    facts.push_back(fmt::format("one of: {}", fmt::join(option.choices, ", ")));
  }
  if (!option.fallback.empty()) facts.push_back(fmt::format("default: {}", option.fallback));
  if (option.repeatable) facts.emplace_back("repeatable");
  std::string text(option.help);
  if (!facts.empty()) text += fmt::format(" ({})", fmt::join(facts, "; "));
  return text;
}

/// The options in their groups, groups in the order of their first option.
std::string option_groups(std::span<const Option> options, std::size_t width) {
  std::vector<std::pair<std::string_view, std::vector<Row>>> groups;
  for (const Option& option : options) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& known) { return known.first == option.group; });
    if (group == groups.end()) group = groups.insert(groups.end(), {option.group, {}});
    group->second.push_back({signature(option), meaning(option)});
  }
  std::string text;
  for (const auto& [title, rows] : groups) text += section(title, columns(rows, width));
  return text;
}

std::string farewell(const Path& path) {
  const Command& command = *path.back();
  if (path.size() == 1) {
    return "\n`meshfn COMMAND --help` says more about a command, `meshfn explain RULE` about a "
           "finding.\n";
  }
  if (!command.subcommands.empty()) {
    return fmt::format("\n`{} COMMAND --help` says more about a command.\n", full_name(path));
  }
  return "";
}

}  // namespace

std::string full_name(const Path& path) {
  std::vector<std::string_view> names;
  for (const Command* command : path) names.push_back(command->name);
  return str::join(names, " ");
}

std::string usage(const Path& path) {
  const Command& command = *path.back();
  std::string text = full_name(path);
  if (!command.subcommands.empty()) return text + " COMMAND [flags]";
  for (const Operand& operand : command.operands) {
    const std::string name = fmt::format("{}{}", operand.name, operand.repeatable ? "..." : "");
    text += operand.required ? " " + name : " [" + name + "]";
  }
  return text + " [flags]";
}

std::string signature(const Option& option) {
  std::string text = option.letter == '\0' ? "    " : fmt::format("-{}, ", option.letter);
  text += fmt::format("--{}", option.name);
  if (!option.value.empty()) text += fmt::format(" {}", option.value);
  return text;
}

std::string help(const Path& path, std::size_t width) {
  width = std::clamp<std::size_t>(width, 40, 100);
  const Command& command = *path.back();
  std::string text = str::wrap(command.summary, width) + "\n";
  text += section("Examples", examples(command, width));
  text += fmt::format("\nUsage: {}\n", usage(path));
  if (!command.alias.empty()) text += fmt::format("Alias: {}\n", command.alias);
  if (!command.description.empty()) {
    text += "\n" + str::wrap(str::trim(command.description), width) + "\n";
  }
  text += section("Commands", subcommands(command, width));
  text += section("Arguments", operands(command, width));
  text += option_groups(command.options, width);
  if (path.size() > 1) text += option_groups(path.front()->options, width);
  return text + str::wrap(farewell(path), width);
}

}  // namespace meshfn::cli
