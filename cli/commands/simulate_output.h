#pragma once

// How the questions of `meshfn simulate` print their answers: every place of `-o`, each with the
// writer of its format.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/str.h"
#include "cli/output.h"
#include "simulate/formats.h"

namespace meshfn::cli {

/// Threads that a simulation may use.
inline unsigned thread_count() { return std::max(1U, std::thread::hardware_concurrency()); }

/// The row of the format that an output asked for.
inline const simulate::Format& format_of(const Output& output) {
  return *std::find_if(std::begin(simulate::kFormats), std::end(simulate::kFormats),
                       [&](const auto& format) { return format.name == output.format; });
}

/// Writes `result` to every place that was asked for, by one of a format's writers.
template <class Answer>
Result<void> write_all(Context& context, const Args& args, const Answer& result,
                       std::string (*simulate::Format::*writer)(const Answer&,
                                                                const simulate::TextStyle&),
                       const std::optional<simulate::RunFigures>& run = {}) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    const simulate::TextStyle style{coloured(context.terminal, output), context.terminal.width,
                                    run};
    const std::string text = (format_of(output).*writer)(result, style);
    if (const auto written = write_output(context, output, text); !written) return written;
  }
  return {};
}

/// Checks before any work that every format that was asked for can show what comes.
template <class Writer>
Result<void> check_formats(const Args& args, Writer writer, std::string_view what) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    if (format_of(output).*writer != nullptr) continue;
    std::vector<std::string> able;
    for (const auto& format : simulate::kFormats) {
      if (format.*writer != nullptr) able.emplace_back(format.name);
    }
    return usage_error(fmt::format("`-o {}` cannot show {}", output.format, what),
                       "these can: " + str::join(able, ", "));
  }
  return {};
}

}  // namespace meshfn::cli
