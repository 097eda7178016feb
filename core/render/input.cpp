#include "render/input.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "render/intent_istio.h"
#include "routing/envoy.h"
#include "routing/mesh_table.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

bool is_manifest(std::string_view path) {
  const std::string_view extension = path::extension(path);
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

bool is_resource(const resource::Object& object) { return object.kind && object.api_version; }

}  // namespace

Result<std::vector<NamedText>> read_paths(const Files& files,
                                          const std::vector<std::string>& paths) {
  std::vector<NamedText> out;
  for (const std::string& path : paths) {
    std::vector<std::string> names = {path};
    if (files.is_directory(path)) {
      auto walked = files.walk(path);
      if (!walked) return tl::unexpected(walked.error());
      names = std::move(*walked);
      std::erase_if(names, [](const std::string& name) { return !is_manifest(name); });
      if (names.empty()) {
        return fail(fmt::format("no .yaml, .yml or .json file in `{}`", path),
                    "name a file, or another directory");
      }
    }
    for (const std::string& name : names) {
      auto text = files.read(name);
      if (!text) return tl::unexpected(text.error());
      out.push_back({name, std::move(*text)});
    }
  }
  return out;
}

Source Input::source() const {
  Source out{mesh_, table_, intents_, {}};
  for (const auto& tree : trees_) out.trees.push_back(tree.get());
  return out;
}

Result<void> Input::add_intents(const yaml::Tree& tree) {
  std::vector<diagnostic::Diagnostic> problems;
  for (const yaml::Document& document : tree.documents()) {
    if (!is_intent(document.root)) continue;
    intents_.push_back(read_intent(document.root, problems));
    if (const auto* problem = yaml::first_error(problems))
      return tl::unexpected(yaml::to_error({*problem}));
    const std::vector<yaml::Value> resources = istio_resources(intents_.back());
    // Places in what an intent became are places in the text that `--to istio` prints.
    const source::File& file =
        store_.add(tree.file().path() + " (as Istio)", yaml::write(resources));
    generated_.push_back(yaml::read(file, problems));
    mesh_.load(*generated_.back());
  }
  return {};
}

std::vector<routing::VirtualHost> Input::envoy_hosts() const {
  std::vector<routing::VirtualHost> out;
  for (const auto& tree : trees_) {
    for (const yaml::Document& document : tree->documents()) {
      if (!routing::is_route_configuration(document.root)) continue;
      auto hosts = routing::envoy_virtual_hosts(document.root);
      std::move(hosts.begin(), hosts.end(), std::back_inserter(out));
    }
  }
  return out;
}

Result<void> Input::add(NamedText text) {
  std::vector<diagnostic::Diagnostic> problems;
  const source::File& file = store_.add(std::move(text.path), std::move(text.text));
  trees_.push_back(yaml::read(file, problems));
  if (const auto* problem = yaml::first_error(problems))
    return tl::unexpected(yaml::to_error({*problem}));
  mesh_.load(*trees_.back());
  return add_intents(*trees_.back());
}

Result<std::unique_ptr<Input>> Input::read(std::vector<NamedText> texts,
                                           resource::MeshSettings settings,
                                           const routing::IstioOptions& options) {
  std::unique_ptr<Input> input(new Input(std::move(settings)));
  for (NamedText& text : texts) {
    if (auto added = input->add(std::move(text)); !added) return tl::unexpected(added.error());
  }
  const auto& objects = input->mesh_.objects();
  const auto envoy = input->envoy_hosts();
  if (envoy.empty() && std::none_of(objects.begin(), objects.end(), is_resource)) {
    return fail(
        fmt::format("{} holds no Kubernetes resource, no Routes document and no RouteConfiguration",
                    texts.size() == 1 ? "the file" : "the input"),
        "documents need `apiVersion` and `kind`");
  }
  input->table_ = routing::mesh_table(input->mesh_, options);
  auto& hosts = input->table_.mesh().virtual_hosts;
  hosts.insert(hosts.end(), envoy.begin(), envoy.end());
  return input;
}

}  // namespace meshfn::render
