#include "cli/commands/simulate_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>

#include "base/str.h"
#include "base/suggest.h"
#include "report/report.h"
#include "simulate/from_mesh.h"
#include "simulate/scenario_reader.h"
#include "simulate/what_if.h"
#include "yaml/reader.h"
#include "yaml/writer.h"

namespace meshfn::cli {

namespace {

using simulate::Scenario;

/// Shows findings with excerpts; the error that is returned says how many there are.
tl::unexpected<Error> refuse(Context& context, std::vector<diagnostic::Diagnostic> problems,
                             const std::string& path) {
  diagnostic::sort_and_merge(problems);
  const bool syntax = std::any_of(problems.begin(), problems.end(), [](const auto& problem) {
    return problem.rule != nullptr && problem.rule->id < "MF0020";
  });
  report::Report out;
  out.findings = std::move(problems);
  out.summary.files = 1;
  report::count_findings(out.findings, out.summary);
  out.colour = context.terminal.err_colour;
  report::find_reporter("text")->write(out, context.terminal.err);
  const std::string message =
      "`" + path + "` cannot be simulated: " + str::count(out.findings.size(), "mistake");
  return syntax ? fail(message) : usage_error(message);
}

/// Text of `path`, "-" being standard input.
Result<const source::File*> open(Context& context, const std::string& path, source::Store& store) {
  if (path == "-") {
    std::string text(std::istreambuf_iterator<char>(context.terminal.in), {});
    return &store.add("<stdin>", std::move(text));
  }
  auto text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  return &store.add(path, std::move(*text));
}

/// YAML and JSON files of the mesh, directories walked.
Result<std::vector<std::string>> mesh_files(Context& context,
                                            const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!context.files.is_directory(path)) {
      files.push_back(path);
      continue;
    }
    auto inside = context.files.walk(path);
    if (!inside) return tl::unexpected(inside.error());
    for (std::string& file : *inside) {
      const std::string_view ending = path::extension(file);
      if (ending == ".yaml" || ending == ".yml" || ending == ".json")
        files.push_back(std::move(file));
    }
  }
  return files;
}

/// The mesh and the trees it points into.
struct LoadedMesh {
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  std::unique_ptr<resource::Mesh> mesh;
};

/// The settings of `--set`; those of the mesh are crossed off when their object is found.
struct Settings {
  std::vector<simulate::Setting> all;
  std::vector<bool> applied;
};

Result<Settings> read_settings(const Args& args) {
  Settings settings;
  for (const std::string& text : args.values("set")) {
    auto setting = simulate::parse_setting(text);
    if (!setting) return tl::unexpected(setting.error());
    settings.all.push_back(std::move(*setting));
  }
  settings.applied.resize(settings.all.size(), false);
  return settings;
}

/// Applies what is meant for the mesh to the documents of one file; its new text, or nothing when
/// no document is meant.
Result<std::optional<std::string>> change_mesh(const yaml::Tree& tree, Settings& settings) {
  std::vector<yaml::Value> documents;
  for (const yaml::Document& document : tree.documents()) {
    documents.push_back(yaml::Value::from(document.root));
  }
  bool changed = false;
  for (std::size_t i = 0; i < settings.all.size(); ++i) {
    const simulate::Setting& setting = settings.all[i];
    for (yaml::Value& document : documents) {
      if (setting.kind.empty() || !simulate::is_target(setting, document)) continue;
      if (const auto done = simulate::apply(setting, document); !done) {
        return tl::unexpected(done.error());
      }
      settings.applied[i] = changed = true;
    }
  }
  if (!changed) return std::nullopt;
  return yaml::write(documents);
}

Result<void> check_settings(const Settings& settings, const resource::Mesh& mesh) {
  for (std::size_t i = 0; i < settings.all.size(); ++i) {
    const simulate::Setting& setting = settings.all[i];
    if (setting.kind.empty() || settings.applied[i]) continue;
    std::vector<std::string> names;
    for (const resource::Object& object : mesh.objects()) {
      names.push_back(fmt::format("{}/{}", object.kind.value, object.name.value));
    }
    const std::string wanted = setting.kind + "/" + setting.path.substr(0, setting.path.find('.'));
    return usage_error(fmt::format("--set `{}`: no `{}` in the mesh", setting.text, wanted),
                       did_you_mean(wanted, {names.begin(), names.end()}));
  }
  return {};
}

/// Reads one file of the mesh and changes it; the errors are those that lose a document.
Result<std::unique_ptr<yaml::Tree>> read_mesh_file(Context& context, const std::string& path,
                                                   Settings& settings, source::Store& store) {
  const auto file = open(context, path, store);
  if (!file) return tl::unexpected(file.error());
  std::vector<diagnostic::Diagnostic> problems;
  auto tree = yaml::read(**file, problems);
  std::erase_if(problems, [](const auto& p) { return p.severity != diagnostic::Severity::error; });
  if (!problems.empty()) return refuse(context, std::move(problems), path);
  if (settings.all.empty()) return tree;
  auto changed = change_mesh(*tree, settings);
  if (!changed) return tl::unexpected(changed.error());
  return *changed ? yaml::read(store.add(path, std::move(**changed)), problems) : std::move(tree);
}

Result<LoadedMesh> load_mesh(Context& context, const std::vector<std::string>& paths,
                             std::string_view name_space, Settings& settings,
                             source::Store& store) {
  LoadedMesh loaded;
  resource::MeshSettings mesh_settings;
  mesh_settings.default_namespace = name_space;
  loaded.mesh = std::make_unique<resource::Mesh>(std::move(mesh_settings));
  const auto files = mesh_files(context, paths);
  if (!files) return tl::unexpected(files.error());
  for (const std::string& path : *files) {
    auto tree = read_mesh_file(context, path, settings, store);
    if (!tree) return tl::unexpected(tree.error());
    loaded.trees.push_back(std::move(*tree));
    loaded.mesh->load(*loaded.trees.back());
  }
  if (!paths.empty() && loaded.mesh->objects().empty()) {
    return fail("no mesh YAML in `" + paths[0] + "`", "give files or directories with --mesh");
  }
  if (const auto found = check_settings(settings, *loaded.mesh); !found) {
    return tl::unexpected(found.error());
  }
  return loaded;
}

Result<void> add_options(const Args& args, Scenario& scenario) {
  for (const std::string& text : args.values("fail")) {
    auto fault = simulate::parse_fault(text);
    if (!fault) return tl::unexpected(fault.error());
    scenario.faults.push_back(std::move(*fault));
  }
  for (const std::string& text : args.values("expect")) {
    auto expectation = simulate::parse_expectation(text);
    if (!expectation) return tl::unexpected(expectation.error());
    scenario.expect.push_back(std::move(*expectation));
  }
  if (args.has("load")) {
    const auto factor = simulate::parse_scale(args.value("load"));
    if (!factor) return tl::unexpected(factor.error());
    simulate::scale_load(scenario, *factor);
  }
  if (args.has("seed")) {
    const auto seed = whole_number(args, "seed", 0, UINT64_MAX);
    if (!seed) return tl::unexpected(seed.error());
    scenario.seed = *seed;
  }
  return {};
}

/// The scenario in `file` as `--set` changes it, read again so that a wrong value is found.
Result<simulate::ScenarioFile> read_changed(Context& context, const source::File& file,
                                            const Settings& settings, source::Store& store,
                                            yaml::Value& draft) {
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(file, problems);
  yaml::Value document = yaml::Value::from(tree->documents().front().root);
  std::string last;
  for (const simulate::Setting& setting : settings.all) {
    if (!setting.kind.empty()) continue;
    if (const auto done = simulate::apply(setting, document); !done) {
      return tl::unexpected(done.error());
    }
    last = setting.text;
  }
  const source::File& changed = store.add(file.path(), yaml::write(document));
  draft = std::move(document);
  auto read = simulate::read_scenario(changed, context.files, store, problems);
  if (read) return std::move(*read);
  return usage_error(fmt::format("--set `{}`: {}", last, problems.front().message),
                     problems.front().help);
}

/// Whether the file holds nothing at all to simulate.
bool is_empty(const source::File& file) {
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(file, problems);
  const auto& documents = tree->documents();
  return problems.empty() && std::all_of(documents.begin(), documents.end(),
                                         [](const auto& d) { return !d.root || d.root.is_null(); });
}

/// The only document of a file that could be read, as a value.
yaml::Value draft_of(const source::File& file) {
  std::vector<diagnostic::Diagnostic> problems;
  return yaml::Value::from(yaml::read(file, problems)->documents().front().root);
}

/// Reads the scenario; `draft` gets its document as it was read.
Result<simulate::ScenarioFile> read_file(Context& context, const std::string& path,
                                         const Settings& settings, source::Store& store,
                                         yaml::Value& draft) {
  const auto file = open(context, path, store);
  if (!file) return tl::unexpected(file.error());
  if (is_empty(**file)) {
    return fail("`" + path + "` is empty: there is nothing to simulate",
                "`meshfn new scenario` writes one to start from");
  }
  std::vector<diagnostic::Diagnostic> problems;
  auto read = simulate::read_scenario(**file, context.files, store, problems);
  if (!read) return refuse(context, std::move(problems), path);
  const bool changes = std::any_of(settings.all.begin(), settings.all.end(),
                                   [](const auto& setting) { return setting.kind.empty(); });
  if (changes) return read_changed(context, **file, settings, store, draft);
  draft = draft_of(**file);
  return std::move(*read);
}

}  // namespace

Result<std::uint64_t> whole_number(const Args& args, std::string_view option, std::uint64_t least,
                                   std::uint64_t most) {
  const std::string text(args.value(option));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) {
    return value;
  }
  const std::string bounds =
      most == UINT64_MAX ? fmt::format("{} or more", least) : fmt::format("{} to {}", least, most);
  return usage_error(
      fmt::format("--{} must be a whole number of {}, not `{}`", option, bounds, text));
}

Result<Scenario> read_simulation(Context& context, const Args& args, const std::string& path,
                                 const std::vector<std::string>& mesh, simulate::Drafts* drafts) {
  source::Store store;
  auto settings = read_settings(args);
  if (!settings) return tl::unexpected(settings.error());
  yaml::Value draft;
  auto read = read_file(context, path, *settings, store, draft);
  if (!read) return tl::unexpected(read.error());
  Scenario& scenario = read->scenario;
  if (const auto added = add_options(args, scenario); !added) return tl::unexpected(added.error());
  read->mesh.insert(read->mesh.end(), mesh.begin(), mesh.end());
  const auto loaded = load_mesh(context, read->mesh, args.value("namespace"), *settings, store);
  if (!loaded) return tl::unexpected(loaded.error());
  if (drafts != nullptr) {
    *drafts = {std::move(draft), {}, std::string(args.value("namespace"))};
    for (const auto& tree : loaded->trees) {
      for (const yaml::Document& document : tree->documents()) {
        drafts->mesh.push_back(yaml::Value::from(document.root));
      }
    }
  }
  simulate::complete_from_mesh(scenario, *loaded->mesh);
  return std::move(scenario);
}

Result<Scenario> read_drafts(const Context& context, const Args& args, const std::string& path,
                             const simulate::Drafts& drafts) {
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const source::File& file =
      store.add(path == "-" ? "<stdin>" : path, yaml::write(drafts.scenario));
  auto read = simulate::read_scenario(file, context.files, store, problems);
  if (!read) return fail(problems.empty() ? "no scenario" : problems.front().message);
  if (const auto added = add_options(args, read->scenario); !added) {
    return tl::unexpected(added.error());
  }
  resource::MeshSettings settings;
  settings.default_namespace = drafts.name_space;
  resource::Mesh mesh(std::move(settings));
  const auto tree = yaml::read(store.add("mesh", yaml::write(drafts.mesh)), problems);
  mesh.load(*tree);
  simulate::complete_from_mesh(read->scenario, mesh);
  return std::move(read->scenario);
}

}  // namespace meshfn::cli
