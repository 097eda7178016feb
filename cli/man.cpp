#include "cli/man.h"

#include <fmt/format.h>

#include <vector>

#include "base/str.h"
#include "cli/catalogue.h"
#include "cli/help.h"

namespace meshfn::cli {

namespace {

using Path = std::vector<const Command*>;

constexpr std::string_view kExitStatus = R"(.SH EXIT STATUS
.TP
.B 0
done, and the answer is good
.TP
.B 1
done, and the answer is bad: findings at or above \-\-fail\-on, a failed function, a missed expectation
.TP
.B 2
wrong usage or configuration
.TP
.B 3
input unreadable or unparsable, nothing to check, or a needed runtime is missing
.TP
.B 70
a bug of meshfn
.TP
.B 130
interrupted
.SH ENVIRONMENT
.TP
.BR FORCE_COLOR ", " NO_COLOR ", " CLICOLOR_FORCE ", " TERM
the first that is set decides about colour, unless \-\-color does
.TP
.B COLUMNS
the width of help
)";

/// `text` for a roff line: hyphens stay hyphens, backslashes are printed, and no line starts with
/// a control character.
std::string roff(std::string_view text) {
  std::string safe;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) safe += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else if (c == '`') {
      safe += '\'';
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string paragraphs(std::string_view text) {
  return str::replace_all(roff(str::trim(text)), "\n\n", "\n.PP\n") + "\n";
}

std::string option_entry(const Option& option) {
  std::string facts;
  if (!option.choices.empty())
    facts += fmt::format("; one of: {}", fmt::join(option.choices, ", "));
  if (!option.fallback.empty()) facts += fmt::format("; default: {}", option.fallback);
  if (option.repeatable) facts += "; repeatable";
  return fmt::format(".TP\n.B {}\n{}\n", roff(str::trim(signature(option))),
                     roff(std::string(option.help) + facts));
}

std::string options(const Command& command) {
  std::string text;
  for (const Option& option : command.options) text += option_entry(option);
  return text;
}

std::string entry(const Path& path) {
  const Command& command = *path.back();
  std::string text = fmt::format(".SS {}\n{}.\n", roff(usage(path)), roff(command.summary));
  if (!command.alias.empty()) text += fmt::format("Alias: {}.\n", roff(command.alias));
  if (!command.description.empty()) text += ".PP\n" + paragraphs(command.description);
  for (const Operand& operand : command.operands) {
    std::string help(operand.help);
    if (!operand.choices.empty()) {
      help += fmt::format("; one of: {}", fmt::join(operand.choices, ", "));
    }
    text += fmt::format(".TP\n.I {}\n{}\n", roff(operand.name), roff(help));
  }
  text += options(command);
  for (const Example& example : command.examples) {
    text += fmt::format(".PP\n{}:\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(example.what),
                        roff(example.line));
  }
  return text;
}

std::string entries(const Path& path) {
  std::string text;
  for (const Command* child : path.back()->subcommands) {
    Path below = path;
    below.push_back(child);
    text += child->subcommands.empty() ? entry(below) : entries(below);
  }
  return text;
}

}  // namespace

std::string manual(const Command& program) {
  std::string text = fmt::format(".TH MESHFN 1 \"\" \"meshfn {}\" \"User Commands\"\n", version());
  text += fmt::format(".SH NAME\nmeshfn \\- {}\n", roff(str::lower(program.summary)));
  text += ".SH SYNOPSIS\n.B meshfn\n.I COMMAND\n[flags]\n";
  text += ".SH DESCRIPTION\n" + paragraphs(program.description);
  text += ".SH OPTIONS\nEvery command understands these.\n" + options(program);
  text += ".SH COMMANDS\n" + entries({&program});
  return text + std::string(kExitStatus);
}

}  // namespace meshfn::cli
