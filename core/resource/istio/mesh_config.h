#pragma once

// Istio's mesh-wide settings, wherever the input has them: the file of `--mesh-config`, the
// ConfigMap that istiod reads, or an IstioOperator. Rules ask for Mesh::derived<MeshConfig>.

#include <memory>
#include <string_view>
#include <vector>

#include "resource/mesh.h"
#include "yaml/embedded.h"

namespace meshfn::resource::istio {

class MeshConfig {
 public:
  /// One place that holds a mesh configuration.
  struct Source {
    yaml::Node node;                             ///< absent when it cannot be read
    const Object* object = nullptr;              ///< null for the file of `--mesh-config`
    std::shared_ptr<const yaml::Embedded> text;  ///< null when it is no text in text

    /// Where a value of it stands in the input.
    source::Location where(yaml::Node inner) const;
    source::Location where(const source::Location& inner) const;
  };

  /// The mesh outlives it.
  explicit MeshConfig(const Mesh& mesh);
  MeshConfig(const MeshConfig&) = delete;
  MeshConfig& operator=(const MeshConfig&) = delete;

  /// The configuration that is in force; absent when the input has none, so that only Istio's
  /// defaults are known.
  yaml::Node node() const { return effective_ == nullptr ? yaml::Node{} : effective_->node; }

  /// Where a value of `node()` stands in the input.
  source::Location where(yaml::Node inner) const;

  /// Everything that was found, in the order read.
  const std::vector<Source>& sources() const { return sources_; }

  /// Whether an extension provider of this name is configured, Istio's own included. REQUIRES:
  /// node(); otherwise nothing is known.
  bool has_provider(std::string_view name) const;
  /// The entry of `extensionProviders`; absent when there is none.
  yaml::Node provider(std::string_view name) const;

 private:
  const Source* choose(const Mesh& mesh) const;

  std::vector<Source> sources_;
  const Source* effective_ = nullptr;
};

/// Whether a ConfigMap holds the configuration of an istiod: `istio` or `istio-REVISION`.
bool is_mesh_config_map(const Object& object);

/// The namespace whose policies are for all: `rootNamespace`, or else that of the installation.
std::string_view root_namespace(const Mesh& mesh);

}  // namespace meshfn::resource::istio
