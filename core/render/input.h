#pragma once

// Everything that `render` and `route` work on, read in one go: files to trees, intents and mesh,
// and the route table over all of it. A file that cannot be read stops the job with its place.

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "render/intent.h"
#include "render/target.h"
#include "resource/mesh.h"
#include "routing/istio.h"
#include "yaml/node.h"

namespace meshfn::render {

/// One text to read; `path` is for messages.
struct NamedText {
  std::string path;
  std::string text;
};

/// The files behind `paths`: a directory stands for its .yaml, .yml and .json files. The error
/// names the path that is not there, or says that a directory holds no such file.
Result<std::vector<NamedText>> read_paths(const Files& files,
                                          const std::vector<std::string>& paths);

/// What was read. Not movable: the mesh points into it.
class Input {
 public:
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const resource::Mesh& mesh() const { return mesh_; }

  const routing::Table& table() const { return table_; }

  const std::vector<Intent>& intents() const { return intents_; }

  Source source() const;

  /// Reads `texts`. Fails with the first syntax error or wrong intent, as "path:line:column: …",
  /// and when nothing of it is a resource.
  static Result<std::unique_ptr<Input>> read(std::vector<NamedText> texts,
                                             resource::MeshSettings settings,
                                             const routing::IstioOptions& options);

 private:
  explicit Input(resource::MeshSettings settings) : mesh_(std::move(settings)) {}

  Result<void> add(NamedText text);
  Result<void> add_intents(const yaml::Tree& tree);
  /// Virtual hosts of Envoy's RouteConfigurations.
  std::vector<routing::VirtualHost> envoy_hosts() const;

  source::Store store_;
  std::vector<std::unique_ptr<yaml::Tree>> trees_;
  std::vector<std::unique_ptr<yaml::Tree>> generated_;  ///< what intents became
  std::vector<Intent> intents_;
  resource::Mesh mesh_;
  routing::Table table_;
};

}  // namespace meshfn::render
