#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace meshfn::cli {

namespace {

Result<Output> parse_output(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Output{std::string(text), ""};
  const std::string_view file = text.substr(colon + 1);
  if (file.empty()) {
    return usage_error(
        fmt::format("`--output {}` names no file after the colon", text),
        fmt::format("write `--output {}` for standard output", text.substr(0, colon)));
  }
  return Output{std::string(text.substr(0, colon)), file == "-" ? "" : std::string(file)};
}

}  // namespace

Result<std::vector<Output>> outputs(const Args& args) {
  std::vector<Output> wanted;
  for (const std::string& text : args.values("output")) {
    Result<Output> output = parse_output(text);
    if (!output) return tl::unexpected(output.error());
    const bool taken = std::any_of(wanted.begin(), wanted.end(),
                                   [&](const Output& other) { return other.file == output->file; });
    if (taken) {
      return usage_error(
          fmt::format("two results for {}",
                      output->to_stdout() ? "standard output" : "`" + output->file + "`"),
          "give one of them a file of its own: `--output FORMAT:FILE`");
    }
    wanted.push_back(*std::move(output));
  }
  return wanted;
}

bool coloured(const Terminal& terminal, const Output& output) {
  return output.to_stdout() && terminal.out_colour;
}

Result<void> write_output(Context& context, const Output& output, std::string_view text) {
  if (!output.to_stdout()) return context.files.write(output.file, text);
  context.terminal.out << text;
  return {};
}

}  // namespace meshfn::cli
