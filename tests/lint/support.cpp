#include "lint/support.h"

#include <fmt/format.h>

#include <filesystem>

#include "support/paths.h"

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
  const std::string folder = test::shared_path("");
  return std::filesystem::is_directory(folder) ? folder : "";
}

}  // namespace meshfn::lint
