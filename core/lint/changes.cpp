#include "lint/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

#include "base/capture.h"
#include "base/str.h"

namespace meshfn::lint {

namespace {

/// For git, which has to look at every file.
constexpr std::chrono::minutes kPatience{10};
constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();

std::uint32_t number(std::string_view text, std::uint32_t fallback) {
  std::uint32_t value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The `+first,count` of a hunk header "@@ -a,b +c,d @@ …".
Changes::Lines new_lines(std::string_view header) {
  const std::size_t plus = header.find('+');
  if (plus == std::string_view::npos) return {1, kEnd};
  std::string_view range = header.substr(plus + 1);
  range = range.substr(0, range.find(' '));
  const std::size_t comma = range.find(',');
  const std::uint32_t first = std::max(number(range.substr(0, comma), 1), 1U);
  const std::uint32_t count =
      comma == std::string_view::npos ? 1 : number(range.substr(comma + 1), 1);
  return {first, first + std::max(count, 1U) - 1};
}

Result<std::string> git(const std::vector<std::string>& arguments, const std::string& directory,
                        const std::map<std::string, std::string>& environment) {
  const auto search = environment.find("PATH");
  const std::string program =
      find_program("git", search == environment.end() ? "/usr/bin:/bin" : search->second);
  if (program.empty()) return fail("`--changed-since` needs git, which is not installed");
  std::vector<std::string> argv = {program};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const Result<Captured> said = capture({argv, environment, directory}, kPatience);
  if (!said) return tl::unexpected(said.error());
  if (said->timed_out) return fail("git did not answer");
  if (said->exit == Exit{}) return said->text;
  const auto lines = str::lines(said->text);
  return usage_error(fmt::format("git says: {}", lines.empty() ? "nothing" : lines.front()),
                     "name a revision that exists, such as `origin/main`");
}

}  // namespace

Changes Changes::parse(std::string_view diff) {
  Changes changes;
  std::vector<Lines>* file = nullptr;
  for (const std::string_view line : str::lines(diff)) {
    if (line.starts_with("+++ ")) {
      std::string_view path = line.substr(4);
      if (path.starts_with("b/")) path.remove_prefix(2);
      file = path == "/dev/null" ? nullptr : &changes.files_[std::string(path)];
    } else if (line.starts_with("@@ ") && file != nullptr) {
      file->push_back(new_lines(line));
    }
  }
  return changes;
}

void Changes::add_new_file(const std::string& path) { files_[path] = {{1, kEnd}}; }

bool Changes::touches(const diagnostic::Diagnostic& finding,
                      const std::string& working_directory) const {
  if (touches(finding.where, working_directory)) return true;
  return std::any_of(finding.related.begin(), finding.related.end(),
                     [&](const auto& label) { return touches(label.where, working_directory); });
}

bool Changes::touches(const source::Location& where, const std::string& working_directory) const {
  if (where.file == nullptr) return false;
  namespace fs = std::filesystem;
  const fs::path base(working_directory);
  const fs::path path = (base / where.file->path()).lexically_normal();
  const auto file = files_.find(path.lexically_relative(base).generic_string());
  if (file == files_.end()) return false;
  const std::uint32_t first = where.file->position(where.span.begin).line;
  const std::uint32_t last = where.file->position(where.span.end).line;
  return std::any_of(file->second.begin(), file->second.end(), [&](const Lines& lines) {
    return lines.first <= last && first <= lines.second;
  });
}

Result<Changes> changes_since(const std::string& revision, const std::string& working_directory,
                              const std::map<std::string, std::string>& environment) {
  const auto diff = git({"-c", "core.quotePath=false", "diff", "--unified=0", "--no-color",
                         "--no-ext-diff", "--relative", "--end-of-options", revision, "--"},
                        working_directory, environment);
  if (!diff) return tl::unexpected(diff.error());
  Changes changes = Changes::parse(*diff);
  const auto files =
      git({"-c", "core.quotePath=false", "ls-files", "--others", "--exclude-standard"},
          working_directory, environment);
  if (!files) return tl::unexpected(files.error());
  for (const std::string_view path : str::lines(*files)) changes.add_new_file(std::string(path));
  return changes;
}

}  // namespace meshfn::lint
