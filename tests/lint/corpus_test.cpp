// Real applications give no wrong error. Bookinfo's files are variants to choose from, so each
// choice is linted as a set: the application, its destination rules, and one routing file.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

namespace fs = std::filesystem;

std::pair<std::string, std::string> file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return {path.string(), text.str()};
}

std::vector<fs::path> yaml_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

fs::path bookinfo() {
  const std::string shared = shared_folder();
  const fs::path folder = fs::path(shared) / "corpus" / "bookinfo";
  if (!shared.empty() && fs::is_directory(folder)) return folder;
  std::cout << "not run: bookinfo is not beside the repository\n";
  return {};
}

/// Errors as "path:line RULE".
std::vector<std::string> errors(const Linted& linted) {
  std::vector<std::string> list;
  const auto lines = linted.lines();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (linted.outcome.findings[i].severity == diagnostic::Severity::error) {
      list.push_back(lines[i]);
    }
  }
  return list;
}

/// Services and workloads that a routing file needs beside the plain application.
std::vector<fs::path> extras_for(const fs::path& kube, const std::string& name) {
  if (name.find("mysql-vm") != std::string::npos)
    return {kube / "bookinfo-ratings-v2-mysql-vm.yaml"};
  if (name.find("mysql") != std::string::npos) {
    return {kube / "bookinfo-ratings-v2-mysql.yaml", kube / "bookinfo-mysql.yaml"};
  }
  if (name.find("ratings-db") != std::string::npos) {
    return {kube / "bookinfo-ratings-v2.yaml", kube / "bookinfo-db.yaml"};
  }
  if (name.find("details-v2") != std::string::npos) return {kube / "bookinfo-details-v2.yaml"};
  return {};
}

}  // namespace

TEST_CASE("bookinfo's routing files have no errors in their sets", "[corpus]") {
  const fs::path folder = bookinfo();
  if (folder.empty()) return;
  const fs::path kube = folder / "platform" / "kube";
  for (const fs::path& routing : yaml_in(folder / "networking")) {
    const std::string name = routing.filename().string();
    if (name.starts_with("destination-rule")) continue;
    std::vector<std::pair<std::string, std::string>> files = {
        file(kube / "bookinfo.yaml"), file(folder / "networking" / "destination-rule-all.yaml"),
        file(routing)};
    for (const fs::path& extra : extras_for(kube, name)) files.push_back(file(extra));
    const auto linted = lint_texts(files);
    INFO(name);
    CHECK(errors(*linted) == std::vector<std::string>());
  }
}

TEST_CASE("bookinfo's manifests have no errors", "[corpus]") {
  const fs::path folder = bookinfo();
  if (folder.empty()) return;
  for (const char* part : {"platform/kube", "networking"}) {
    for (const fs::path& path : yaml_in(folder / part)) {
      const auto linted = lint_texts({file(path)});
      INFO(path.string());
      CHECK(errors(*linted) == std::vector<std::string>());
    }
  }
}

}  // namespace meshfn::lint
