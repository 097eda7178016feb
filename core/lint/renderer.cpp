#include "lint/renderer.h"

#include <fmt/format.h>

#include "base/capture.h"
#include "base/str.h"
#include "base/units.h"

namespace meshfn::lint {

namespace {

/// Long commands make no good names of files.
constexpr std::size_t kLongestName = 60;

/// "<helm template shop>".
std::string name_of(std::string_view command) {
  const std::string line = str::replace_all(str::trim(command), "\n", " ");
  if (line.size() <= kLongestName) return fmt::format("<{}>", line);
  std::size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("<{}…>", line.substr(0, end));
}

}  // namespace

Result<Input> render(const std::string& command, const Rendering& rendering) {
  const Program shell = {.argv = {"/bin/sh", "-c", command},
                         .environment = rendering.environment,
                         .working_directory = rendering.directory,
                         .errors_to_ours = true};
  Result<Captured> output = capture(shell, rendering.limit);
  if (!output) return fail(fmt::format("cannot run `{}`: {}", command, output.error().message));
  if (output->timed_out) {
    return fail(
        fmt::format("`{}` did not end within {}", command, format_duration(rendering.limit)),
        "give it longer with `--exec-timeout`");
  }
  if (output->too_long) return fail(fmt::format("`{}` printed more than 1 GiB", command));
  if (output->exit != Exit{}) {
    return fail(fmt::format("`{}` failed with {}", command, to_string(output->exit)),
                "nothing was checked; run the command by itself to see what is wrong with it");
  }
  if (str::trim(output->text).empty()) {
    return fail(fmt::format("`{}` printed nothing", command), "there is nothing to check");
  }
  return Input{name_of(command), std::move(output->text), false, true, true};
}

}  // namespace meshfn::lint
