#include "lint/rules/injector.h"

#include <fmt/format.h>

namespace meshfn::lint::istio {

using resource::Mesh;
using resource::Object;

std::string_view revision_of(const Object& name_space) {
  const std::string_view revision = name_space.label("istio.io/rev").value;
  if (!revision.empty()) return revision;
  return name_space.label("istio-injection").value == "enabled" ? "default" : "";
}

Injectors::Injectors(const Mesh& mesh) {
  constexpr std::string_view kName = "istio-sidecar-injector";
  for (const Object* object : mesh.of_kind("", "ConfigMap")) {
    if (!object->name.value.starts_with(kName)) continue;
    const yaml::Node values = object->root.at("data", "values");
    std::string_view revision = object->name.value.substr(kName.size());
    if (!values.is_scalar() || (!revision.empty() && revision.front() != '-')) continue;
    revision = revision.empty() ? "default" : revision.substr(1);
    values_.try_emplace(revision, std::make_unique<yaml::Embedded>(values));
  }
}

yaml::Node Injectors::values(std::string_view revision) const {
  const auto found = values_.find(revision.empty() ? "default" : revision);
  return found == values_.end() ? yaml::Node{} : found->second->root();
}

std::string Injectors::image(std::string_view revision) const {
  const yaml::Node global = values(revision).find("global");
  const std::string_view image = global.at("proxy", "image").text();
  if (image.empty() || image.find('/') != std::string_view::npos) return std::string(image);
  return fmt::format("{}/{}:{}", global.find("hub").text(), image, global.find("tag").text());
}

bool Injectors::injects_by_default(std::string_view revision) const {
  return resource::boolean(
             values(revision).at("sidecarInjectorWebhook", "enableNamespacesByDefault"))
      .value;
}

}  // namespace meshfn::lint::istio
