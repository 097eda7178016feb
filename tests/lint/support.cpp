#include "lint/support.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace meshfn::lint {

std::vector<std::string> Linted::lines() const {
  std::vector<std::string> lines;
  for (const auto& finding : outcome.findings) {
    const auto& where = finding.where;
    const std::string text =
        fmt::format("{}:{} {}", where.file->path(), where.file->position(where.span.begin).line,
                    finding.rule->id);
    lines.push_back(finding.suppressed ? fmt::format("[{}]", text) : text);
  }
  return lines;
}

std::unique_ptr<Linted> lint_texts(const std::vector<std::pair<std::string, std::string>>& files,
                                   const Options& options) {
  auto linted = std::make_unique<Linted>();
  std::vector<Input> inputs;
  for (const auto& [path, text] : files) inputs.push_back({path, text, false, true});
  linted->outcome = lint(std::move(inputs), options, linted->store);
  return linted;
}

std::unique_ptr<Linted> lint_text(const std::string& text, const Options& options) {
  return lint_texts({{"a.yaml", text}}, options);
}

std::string shared_folder() {
  const char* named = std::getenv("MESHFN_SHARED");
  const std::string folder =
      named != nullptr ? named : std::string(MESHFN_SOURCE_DIR) + "/../shared";
  return std::filesystem::is_directory(folder) ? folder : "";
}

}  // namespace meshfn::lint
