#include "cli/lint_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/clock.h"
#include "base/str.h"
#include "report/report.h"
#include "yaml/reader.h"

namespace meshfn::cli {

namespace {

using config::Config;
using diagnostic::Code;

std::vector<Code> codes(const std::vector<std::string>& values) {
  std::vector<Code> list;
  for (const std::string& value : values) {
    for (const std::string_view part : str::split(value, ',')) {
      const std::string_view word = str::trim(part);
      if (!word.empty()) list.push_back({std::string(word), {}});
    }
  }
  return list;
}

Result<void> apply_severities(const Args& args, Config& config) {
  for (const std::string& value : args.values("severity")) {
    const std::size_t equals = value.find('=');
    const auto level = equals == std::string::npos
                           ? std::nullopt
                           : config::level_of(std::string_view(value).substr(equals + 1));
    if (!level) {
      return usage_error(fmt::format("`--severity {}` is not of the form RULE=LEVEL", value),
                         "LEVEL is one of off, info, warning and error");
    }
    config.rules.push_back(
        {{value.substr(0, equals), {}}, *level, {config::Origin::From::flag, {}}});
  }
  return {};
}

Result<void> apply_release(const Args& args, Config& config) {
  if (!args.has("istio")) return {};
  const std::string_view text = args.value("istio");
  const auto release = config::istio_release_of(text);
  if (!release || *release < config::kOldestIstio) {
    return usage_error(
        fmt::format("`--istio {}` is no release of Istio that is known", text),
        fmt::format("write it like `1.27`; the oldest is {}", to_string(config::kOldestIstio)));
  }
  config.istio.set_by_flag(release);
  return {};
}

Result<void> apply_flags(const Args& args, Config& config) {
  if (args.has("select")) config.select.set_by_flag(codes(args.values("select")));
  if (args.has("ignore")) {
    // What the file ignores stays ignored.
    std::vector<Code> all = config.ignore.value;
    for (Code& code : codes(args.values("ignore"))) all.push_back(std::move(code));
    config.ignore.value = std::move(all);
  }
  if (args.has("fail-on")) config.fail_on.set_by_flag(*config::fail_on_of(args.value("fail-on")));
  if (args.has("max-warnings")) {
    const std::string text(args.value("max-warnings"));
    if (text.empty() || text.size() > 6 ||
        text.find_first_not_of("0123456789") != std::string::npos) {
      return usage_error(fmt::format("`--max-warnings {}` is no number", text));
    }
    config.max_warnings.set_by_flag(static_cast<std::uint32_t>(std::stoul(text)));
  }
  const std::pair<std::string_view, config::Setting<std::string>*> texts[] = {
      {"namespace", &config.name_space},
      {"istio-namespace", &config.istio_namespace},
      {"mesh-config", &config.mesh_config},
      {"mesh-networks", &config.mesh_networks},
      {"baseline", &config.baseline}};
  for (const auto& [flag, setting] : texts) {
    if (args.has(flag)) setting->set_by_flag(std::string(args.value(flag)));
  }
  const std::pair<std::string_view, config::Setting<std::vector<std::string>>*> lists[] = {
      {"context", &config.context},
      {"remote-cluster", &config.remote_clusters},
      {"crd", &config.crds},
      {"exclude", &config.exclude}};
  for (const auto& [flag, setting] : lists) {
    if (args.has(flag)) setting->set_by_flag(args.values(flag));
  }
  if (args.has("closed-world")) config.closed_world.set_by_flag(true);
  if (auto applied = apply_release(args, config); !applied) return applied;
  if (args.has("channel")) config.channel.set_by_flag(*config::channel_of(args.value("channel")));
  return apply_severities(args, config);
}

void print_problems(Context& context, const std::vector<diagnostic::Diagnostic>& problems) {
  report::Report report;
  report.findings = problems;
  report.colour = context.terminal.err_colour;
  report.width = std::max<std::size_t>(context.terminal.width, 80);
  report::find_reporter("text")->write(report, context.terminal.err);
  context.terminal.err << "\n";
}

Result<void> load_config(Context& context, const Args& args, LintSettings& settings) {
  std::string path(args.value("config"));
  if (path.empty() && !args.has("no-config")) {
    path = config::discover(context.files, context.working_directory);
  }
  if (path.empty()) return {};
  auto loaded = config::load(context.files, path, settings.store);
  if (!loaded) return tl::unexpected(loaded.error());
  if (!loaded->problems.empty()) {
    print_problems(context, loaded->problems);
    return usage_error(
        fmt::format("{} in {}", str::count(loaded->problems.size(), "mistake"), path),
        "`--no-config` runs without it");
  }
  settings.loaded = std::move(*loaded);
  return {};
}

Result<void> load_kinds(Context& context, LintSettings& settings) {
  const Config& config = settings.loaded.config;
  const bool standard = config.channel.value == config::Channel::standard;
  settings.kinds = std::make_unique<schema::Catalogue>(standard ? schema::Channel::standard
                                                                : schema::Channel::experimental);
  settings.options.kinds = settings.kinds.get();
  for (const std::string& path : config.crds.value) {
    if (auto loaded = schema::load_crds(context.files, path, *settings.kinds); !loaded) {
      if (!context.files.exists(path)) return tl::unexpected(loaded.error());
      return usage_error(loaded.error().message, loaded.error().hint);
    }
  }
  return {};
}

/// A file with settings of Istio, which are no object of Kubernetes; `what` is its type. Null
/// without a path.
Result<std::unique_ptr<yaml::Tree>> load_istio_file(Context& context, const std::string& path,
                                                    std::string_view what, source::Store& store) {
  if (path.empty()) return nullptr;
  Result<std::string> text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  std::vector<diagnostic::Diagnostic> problems;
  auto tree = yaml::read(store.add(path, std::move(*text)), problems);
  const auto& documents = tree->documents();
  if (!problems.empty()) print_problems(context, problems);
  if (!problems.empty() || documents.empty() || !documents.front().root.is_mapping()) {
    return usage_error(fmt::format("{} is no {}", path, what));
  }
  return tree;
}

/// What Istio keeps in files of its own. The mesh configuration's root namespace decides where
/// mesh-wide objects live.
Result<void> load_mesh_settings(Context& context, LintSettings& settings) {
  const Config& config = settings.loaded.config;
  resource::MeshSettings& mesh = settings.options.mesh;
  auto file = load_istio_file(context, config.mesh_config.value, "MeshConfig", settings.store);
  if (!file) return tl::unexpected(file.error());
  settings.mesh_config = std::move(*file);
  file = load_istio_file(context, config.mesh_networks.value, "MeshNetworks", settings.store);
  if (!file) return tl::unexpected(file.error());
  settings.mesh_networks = std::move(*file);
  if (settings.mesh_networks) mesh.mesh_networks = settings.mesh_networks->documents().front().root;
  mesh.mesh_config = settings.mesh_config ? settings.mesh_config->documents().front().root
                                          : config.assume.value.mesh_config;
  const std::string_view root = mesh.mesh_config.find("rootNamespace").text();
  if (!root.empty()) mesh.istio_namespace = std::string(root);
  return {};
}

}  // namespace

Result<std::unique_ptr<LintSettings>> lint_settings(Context& context, const Args& args) {
  auto settings = std::make_unique<LintSettings>();
  if (auto loaded = load_config(context, args, *settings); !loaded) {
    return tl::unexpected(loaded.error());
  }
  Config& config = settings->loaded.config;
  if (auto applied = apply_flags(args, config); !applied) return tl::unexpected(applied.error());
  const std::vector<Error> unknown = lint::unknown_codes(config);
  if (!unknown.empty()) return tl::unexpected(unknown.front());
  lint::Options& options = settings->options;
  options.mesh.default_namespace = config.name_space.value;
  options.mesh.istio_namespace = config.istio_namespace.value;
  options.mesh.assume = config.assume.value;
  options.mesh.closed_world = config.closed_world.value;
  options.mesh.istio = config.istio.value;
  options.mesh.now = Clock().unix_millis() / 1000;
  options.selection = lint::Selection(config);
  options.config = config;
  options.working_directory = context.working_directory;
  if (auto loaded = load_kinds(context, *settings); !loaded) return tl::unexpected(loaded.error());
  if (auto loaded = load_mesh_settings(context, *settings); !loaded) {
    return tl::unexpected(loaded.error());
  }
  return settings;
}

}  // namespace meshfn::cli
