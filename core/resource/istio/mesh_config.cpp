#include "resource/istio/mesh_config.h"

#include <algorithm>
#include <array>

namespace meshfn::resource::istio {

bool is_mesh_config_map(const Object& object) {
  if (object.kind.value != "ConfigMap" || !object.group().empty()) return false;
  const std::string_view name = object.name.value;
  return (name == "istio" || name.starts_with("istio-")) &&
         object.root.at("data", "mesh").is_scalar();
}

source::Location MeshConfig::Source::where(const source::Location& inner) const {
  return text == nullptr ? inner : text->where(inner);
}

source::Location MeshConfig::Source::where(yaml::Node inner) const { return where(inner.where()); }

MeshConfig::MeshConfig(const Mesh& mesh) {
  if (mesh.settings().mesh_config) sources_.push_back({mesh.settings().mesh_config, nullptr, {}});
  for (const Object* object : mesh.of_kind("", "ConfigMap")) {
    if (!is_mesh_config_map(*object)) continue;
    auto text = std::make_shared<const yaml::Embedded>(object->root.at("data", "mesh"));
    sources_.push_back({text->root(), object, text});
  }
  for (const Object* object : mesh.of_kind("install.istio.io", "IstioOperator")) {
    const yaml::Node node = object->spec.find("meshConfig");
    if (node.is_mapping()) sources_.push_back({node, object, {}});
  }
  effective_ = choose(mesh);
}

const MeshConfig::Source* MeshConfig::choose(const Mesh& mesh) const {
  const auto first = [&](auto fits) -> const Source* {
    const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
      return source.node.is_mapping() && fits(source);
    });
    return found == sources_.end() ? nullptr : &*found;
  };
  if (const Source* file = first([](const Source& s) { return s.object == nullptr; })) return file;
  const Source* own = first([&](const Source& s) {
    return s.object->name.value == "istio" && s.object->scope == mesh.settings().istio_namespace;
  });
  if (own != nullptr) return own;
  return first([](const Source&) { return true; });
}

source::Location MeshConfig::where(yaml::Node inner) const {
  return effective_ == nullptr ? inner.where() : effective_->where(inner);
}

yaml::Node MeshConfig::provider(std::string_view name) const {
  for (const yaml::Node provider : node().find("extensionProviders").items()) {
    if (provider.find("name").text() == name) return provider;
  }
  return {};
}

std::string_view root_namespace(const Mesh& mesh) {
  const std::string_view root = mesh.derived<MeshConfig>().node().find("rootNamespace").text();
  return root.empty() ? std::string_view(mesh.settings().istio_namespace) : root;
}

bool MeshConfig::has_provider(std::string_view name) const {
  constexpr std::array<std::string_view, 3> kBuiltIn = {"prometheus", "stackdriver", "envoy"};
  return provider(name) || std::find(kBuiltIn.begin(), kBuiltIn.end(), name) != kBuiltIn.end();
}

}  // namespace meshfn::resource::istio
