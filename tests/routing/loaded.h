#pragma once

// YAML to mesh and table in one line, for the tests of routing and of what stands on it.

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "resource/mesh.h"
#include "routing/istio.h"
#include "support/paths.h"
#include "yaml/reader.h"

namespace meshfn::routing {

/// A mesh together with the text and trees it points into.
struct Loaded {
  explicit Loaded(resource::MeshSettings settings = {}) : mesh(std::move(settings)) {}

  /// Reads `text` as one more file; syntax errors fail the test.
  void add(const std::string& path, std::string text) {
    std::vector<diagnostic::Diagnostic> problems;
    trees.push_back(yaml::read(store.add(path, std::move(text)), problems));
    for (const auto& problem : problems) UNSCOPED_INFO(problem.message);
    REQUIRE(problems.empty());
    mesh.load(*trees.back());
  }

  source::Store store;
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  resource::Mesh mesh;
};

inline std::unique_ptr<Loaded> load(std::string text, resource::MeshSettings settings = {}) {
  auto loaded = std::make_unique<Loaded>(std::move(settings));
  loaded->add("mesh.yaml", std::move(text));
  return loaded;
}

/// The directory of public files beside the repository, or where MESHFN_SHARED says.
inline std::filesystem::path shared() { return test::shared_path(""); }

inline std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace meshfn::routing
