#include "config/config.h"

#include <fmt/format.h>

#include <iterator>

#include "base/str.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::config {

namespace {

using diagnostic::Code;
using yaml::MapReader;
using yaml::Node;

constexpr std::string_view kLevels[] = {"off", "info", "warning", "error"};
constexpr std::string_view kFailOn[] = {"info", "warning", "error", "never"};
constexpr std::string_view kChannels[] = {"standard", "experimental"};
constexpr std::string_view kNames[] = {"meshfn.yaml", "meshfn.yml", ".meshfn.yaml", ".meshfn.yml"};

Origin written(const MapReader& map, std::string_view key) {
  return {Origin::From::file, map.where(key)};
}

/// The codes of a list or a single scalar, each with its place.
std::vector<Code> codes(MapReader& map, std::string_view key) {
  const Node value = map.find(key);
  std::vector<Code> list;
  const auto add = [&](Node item) {
    if (item.is_scalar() && !item.is_null()) {
      list.push_back({std::string(item.text()), item.span()});
    } else {
      yaml::bad_value(map.problems(), item.where(), "a rule is named by a string",
                      "give an id, a name, a group or another tool's code");
    }
  };
  if (value.is_sequence()) {
    for (const Node item : value.items()) add(item);
  } else if (value) {
    add(value);
  }
  return list;
}

void read_levels(MapReader& top, Config& config) {
  for (const auto& [key, value, merged] : top.entries("rules")) {
    const std::optional<Level> level = level_of(value.text());
    if (!level) {
      yaml::bad_value(top.problems(), value.where(),
                      fmt::format("`{}` is no severity", value.text()),
                      "one of `off`, `info`, `warning` and `error`");
      continue;
    }
    config.rules.push_back(
        {{std::string(key.text()), key.span()}, *level, {Origin::From::file, value.where()}});
  }
}

Ignore read_ignore(Node item, bool of_files, yaml::Problems& problems) {
  MapReader map(item, "ignore", problems);
  Ignore ignore;
  ignore.of_files = of_files;
  ignore.where = item.where();
  if (of_files) {
    map.require("paths");
    ignore.paths = map.strings("paths");
  } else {
    ignore.kind = map.string("kind").value_or("");
    ignore.name_space = map.string("namespace").value_or("");
    ignore.name = map.string("name").value_or("");
  }
  map.require("rules");
  ignore.codes = codes(map, "rules");
  map.require("reason");
  ignore.reason = map.string("reason").value_or("");
  map.done();
  return ignore;
}

void read_ignores(MapReader& top, Config& config) {
  for (const Node item : top.list("per-file-ignores")) {
    config.ignores.push_back(read_ignore(item, true, top.problems()));
  }
  for (const Node item : top.list("per-resource-ignores")) {
    config.ignores.push_back(read_ignore(item, false, top.problems()));
  }
}

void read_assumptions(MapReader& top, Config& config) {
  const Node node = top.find("assume");
  if (!node) return;
  MapReader map(node, "assume", top.problems());
  config.assume.value.hosts = map.strings("hosts");
  config.assume.value.gateways = map.strings("gateways");
  config.assume.value.namespaces = map.strings("namespaces");
  config.assume.value.mesh_config = map.find("mesh-config");
  if (const Node written_out = config.assume.value.mesh_config;
      written_out && !written_out.is_mapping()) {
    yaml::bad_value(top.problems(), written_out.where(), "`mesh-config` is no mapping",
                    "write the MeshConfig here; a file goes into the key `mesh-config` of the top");
  }
  config.assume.origin = written(top, "assume");
  map.done();
}

void read_istio(MapReader& top, Config& config) {
  const auto text = top.string("istio");
  if (!text) return;
  const std::optional<IstioRelease> release = istio_release_of(*text);
  if (release && *release >= kOldestIstio) {
    config.istio = {release, written(top, "istio")};
    return;
  }
  yaml::bad_value(top.problems(), top.where("istio"),
                  fmt::format("`{}` is no release of Istio that is known", *text),
                  fmt::format("write it like \"1.27\"; the oldest is {}", to_string(kOldestIstio)));
}

template <class T>
void set(Setting<T>& setting, std::optional<T> value, const MapReader& map, std::string_view key) {
  if (value) setting = {std::move(*value), written(map, key)};
}

/// Paths in the file are relative to its directory, whatever the working directory is.
std::string beside(const std::string& config_path, const std::string& relative) {
  return path::join(path::parent(config_path), relative);
}

void read_paths(MapReader& top, Config& config) {
  const std::pair<std::string_view, Setting<std::vector<std::string>>*> lists[] = {
      {"paths", &config.paths}, {"context", &config.context}, {"crds", &config.crds}};
  for (const auto& [key, setting] : lists) {
    std::vector<std::string> values = top.strings(key);
    if (values.empty()) continue;
    for (std::string& value : values) value = beside(config.path, value);
    *setting = {std::move(values), written(top, key)};
  }
  if (std::vector<std::string> clusters = top.strings("remote-clusters"); !clusters.empty()) {
    for (std::string& cluster : clusters) {
      const std::size_t path = cluster.find('=') + 1;
      cluster = cluster.substr(0, path) + beside(config.path, cluster.substr(path));
    }
    config.remote_clusters = {std::move(clusters), written(top, "remote-clusters")};
  }
  // A glob without a slash is of names, wherever they are.
  if (std::vector<std::string> globs = top.strings("exclude"); !globs.empty()) {
    for (std::string& glob : globs) {
      if (glob.find('/') != std::string::npos) glob = beside(config.path, glob);
    }
    config.exclude = {std::move(globs), written(top, "exclude")};
  }
  const std::pair<std::string_view, Setting<std::string>*> files[] = {
      {"mesh-config", &config.mesh_config},
      {"mesh-networks", &config.mesh_networks},
      {"baseline", &config.baseline}};
  for (const auto& [key, setting] : files) {
    if (const auto value = top.string(key)) {
      *setting = {beside(config.path, *value), written(top, key)};
    }
  }
}

void read_config(Node root, Config& config, yaml::Problems& problems) {
  MapReader top(root, "configuration", problems);
  read_paths(top, config);
  read_levels(top, config);
  const auto list = [&](std::string_view key, Setting<std::vector<Code>>& setting) {
    if (top.find(key)) setting = {codes(top, key), written(top, key)};
  };
  list("select", config.select);
  list("ignore", config.ignore);
  read_ignores(top, config);
  read_assumptions(top, config);
  if (const auto closed = top.boolean("closed-world")) {
    config.closed_world = {*closed, written(top, "closed-world")};
  }
  read_istio(top, config);
  if (const auto word = top.choice("fail-on", kFailOn)) {
    config.fail_on = {*fail_on_of(*word), written(top, "fail-on")};
  }
  if (const auto most = top.integer("max-warnings", 0, 1'000'000)) {
    config.max_warnings = {static_cast<std::uint32_t>(*most), written(top, "max-warnings")};
  }
  if (const auto word = top.choice("channel", kChannels)) {
    config.channel = {*channel_of(*word), written(top, "channel")};
  }
  set(config.name_space, top.string("namespace"), top, "namespace");
  set(config.istio_namespace, top.string("istio-namespace"), top, "istio-namespace");
  config.functions = top.find("functions");
  top.done();
}

std::string join_codes(const std::vector<Code>& list) {
  std::vector<std::string> words;
  for (const Code& code : list) words.push_back(code.text);
  return str::join(words, ", ");
}

std::string join_levels(const std::vector<RuleLevel>& rules) {
  std::vector<std::string> words;
  for (const RuleLevel& rule : rules) {
    words.push_back(
        fmt::format("{}: {}", rule.code.text, kLevels[static_cast<std::size_t>(rule.level)]));
  }
  return str::join(words, ", ");
}

}  // namespace

std::string to_string(const Origin& origin) {
  switch (origin.from) {
    case Origin::From::fallback:
      return "default";
    case Origin::From::flag:
      return "flag";
    case Origin::From::file:
      return source::to_string(origin.where);
  }
  return {};
}

std::optional<Level> level_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kLevels); ++i) {
    if (kLevels[i] == word) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::optional<FailOn> fail_on_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kFailOn); ++i) {
    if (kFailOn[i] == word) return static_cast<FailOn>(i);
  }
  return std::nullopt;
}

std::optional<Channel> channel_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kChannels); ++i) {
    if (kChannels[i] == word) return static_cast<Channel>(i);
  }
  return std::nullopt;
}

std::string_view to_string(FailOn fail_on) { return kFailOn[static_cast<std::size_t>(fail_on)]; }

std::vector<SettingLine> settings(const Config& config) {
  const auto origin_of_rules =
      config.rules.empty() ? "default" : to_string(config.rules.front().origin);
  const auto& most = config.max_warnings.value;
  return {
      {"paths", str::join(config.paths.value, ", "), to_string(config.paths.origin)},
      {"exclude", str::join(config.exclude.value, ", "), to_string(config.exclude.origin)},
      {"context", str::join(config.context.value, ", "), to_string(config.context.origin)},
      {"remote-clusters", str::join(config.remote_clusters.value, ", "),
       to_string(config.remote_clusters.origin)},
      {"rules", join_levels(config.rules), origin_of_rules},
      {"select", join_codes(config.select.value), to_string(config.select.origin)},
      {"ignore", join_codes(config.ignore.value), to_string(config.ignore.origin)},
      {"fail-on", std::string(to_string(config.fail_on.value)), to_string(config.fail_on.origin)},
      {"max-warnings", most ? fmt::format("{}", *most) : "", to_string(config.max_warnings.origin)},
      {"namespace", config.name_space.value, to_string(config.name_space.origin)},
      {"istio-namespace", config.istio_namespace.value, to_string(config.istio_namespace.origin)},
      {"crds", str::join(config.crds.value, ", "), to_string(config.crds.origin)},
      {"channel", std::string(kChannels[static_cast<std::size_t>(config.channel.value)]),
       to_string(config.channel.origin)},
      {"mesh-config", config.mesh_config.value, to_string(config.mesh_config.origin)},
      {"mesh-networks", config.mesh_networks.value, to_string(config.mesh_networks.origin)},
      {"baseline", config.baseline.value, to_string(config.baseline.origin)},
      {"istio", config.istio.value ? to_string(*config.istio.value) : "",
       to_string(config.istio.origin)},
      {"closed-world", config.closed_world.value ? "true" : "false",
       to_string(config.closed_world.origin)},
      {"assume.hosts", str::join(config.assume.value.hosts, ", "), to_string(config.assume.origin)},
      {"assume.gateways", str::join(config.assume.value.gateways, ", "),
       to_string(config.assume.origin)},
      {"assume.namespaces", str::join(config.assume.value.namespaces, ", "),
       to_string(config.assume.origin)},
      {"assume.mesh-config", config.assume.value.mesh_config ? "written out" : "",
       to_string(config.assume.origin)},
  };
}

std::string discover(const Files& files, const std::string& directory) {
  std::string absolute = directory;
  std::string relative;
  while (true) {
    for (const std::string_view name : kNames) {
      if (files.exists(path::join(absolute, name))) return relative + std::string(name);
    }
    const std::string up = path::parent(absolute);
    if (files.exists(path::join(absolute, ".git")) || up == absolute || up == ".") return {};
    absolute = up;
    relative += "../";
  }
}

Result<Loaded> load(const Files& files, const std::string& path, source::Store& store) {
  Result<std::string> text = files.read(path);
  if (!text) return usage_error(text.error().message, "name another with `--config`");
  const source::File& file = store.add(path, std::move(*text));
  Loaded loaded;
  loaded.config.path = path;
  std::shared_ptr<yaml::Tree> tree = yaml::read(file, loaded.problems);
  if (!tree->documents().empty() && tree->documents().front().root) {
    read_config(tree->documents().front().root, loaded.config, loaded.problems);
  }
  loaded.tree = std::move(tree);
  return loaded;
}

}  // namespace meshfn::config
