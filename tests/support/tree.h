#pragma once

// YAML in one line, for tests: the text, its tree and what reading it reported, kept together.

#include <memory>
#include <string>
#include <vector>

#include "resource/mesh.h"
#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::test {

struct ReadText {
  explicit ReadText(std::string text, const yaml::Limits& limits = {})
      : file("test.yaml", std::move(text)), tree(yaml::read(file, problems, limits)) {}

  yaml::Node root(std::size_t document = 0) const { return tree->documents()[document].root; }

  source::File file;
  std::vector<diagnostic::Diagnostic> problems;
  std::unique_ptr<yaml::Tree> tree;
};

/// "RULE line:column" of every problem, in order.
inline std::vector<std::string> places(const std::vector<diagnostic::Diagnostic>& problems) {
  std::vector<std::string> out;
  for (const diagnostic::Diagnostic& problem : problems) {
    const source::Position at = problem.where.file->position(problem.where.span.begin);
    out.push_back(std::string(problem.rule->id) + ' ' + std::to_string(at.line) + ':' +
                  std::to_string(at.column));
  }
  return out;
}

/// A mesh and the text it was read from.
struct ReadMesh {
  explicit ReadMesh(std::string text, resource::MeshSettings settings = {})
      : read(std::move(text)), mesh(std::move(settings)) {
    mesh.load(*read.tree);
  }

  ReadText read;
  resource::Mesh mesh;
};

}  // namespace meshfn::test
