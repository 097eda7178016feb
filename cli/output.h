#pragma once

// `-o/--output FORMAT[:FILE]`, the same in every command: repeatable, so that one run prints text
// and writes SARIF. A command puts `output_option(kFormats)` in its options, asks `outputs()` where
// to write what, and hands each text to `write_output()`:
//
//   const auto wanted = outputs(args);
//   if (!wanted) return tl::unexpected(wanted.error());
//   for (const Output& output : *wanted) { … write_output(context, output, text_in(output.format))
//   … }

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace meshfn::cli {

/// One result that was asked for.
struct Output {
  std::string format;  ///< one of the option's choices
  std::string file;    ///< empty: standard output

  bool to_stdout() const { return file.empty(); }
};

/// The row for a command's table. `formats` outlives it; the first one is the default. The parser
/// refuses a format that is not listed and says which one was probably meant.
constexpr Option output_option(std::span<const std::string_view> formats) {
  return {.name = "output",
          .letter = 'o',
          .value = "FORMAT[:FILE]",
          .help = "how to print the result, and where to",
          .fallback = formats.front(),
          .choices = formats,
          .repeatable = true,
          .group = "Output"};
}

/// What `-o` asked for, in order. `FORMAT:-` is standard output; two results for standard output
/// or for the same file, and an empty file name, are usage errors.
Result<std::vector<Output>> outputs(const Args& args);

/// Whether text for `output` is to be coloured: never in a file.
bool coloured(const Terminal& terminal, const Output& output);

/// Writes a whole result to its place; a file appears in one step or not at all.
Result<void> write_output(Context& context, const Output& output, std::string_view text);

}  // namespace meshfn::cli
