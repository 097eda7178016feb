#include "scaffold/project.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "base/suggest.h"
#include "function/event/sample.h"
#include "scaffold/manifest.h"
#include "scaffold/name.h"
#include "scaffold/record.h"
#include "scaffold/render.h"
#include "scaffold/store.h"

namespace meshfn::scaffold {

namespace {

constexpr int kDeepestLayer = 8;

/// A manifest and where its files are.
struct Layer {
  Manifest manifest;
  std::string folder;
  const Files* files = nullptr;
};

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// The folders of layers below `kind`.
std::vector<std::string> names_in(const Files& files, std::string_view kind) {
  std::vector<std::string> names;
  const auto paths = files.walk(std::string(kind));
  if (!paths) return names;
  for (const std::string& path : *paths) {
    const std::string folder = path::parent(path);
    if (path::name(path) == "template.yaml" && path::parent(folder) == kind) {
      names.emplace_back(path::name(folder));
    }
  }
  return names;
}

/// What a language says about a cloud; null when it says nothing.
const CloudSpec* find_cloud(const Manifest& language, std::string_view cloud) {
  for (const CloudSpec& spec : language.clouds) {
    if (spec.cloud == cloud) return &spec;
  }
  return nullptr;
}

/// The clouds that run `language`, and the languages that run on `cloud`: what to choose instead.
std::string instead_of(const Files& files, const Manifest& language, std::string_view cloud) {
  std::vector<std::string> clouds;
  for (const CloudSpec& spec : language.clouds) {
    if (spec.refusal.empty()) clouds.push_back(spec.cloud);
  }
  std::vector<std::string> languages;
  for (const std::string& name : names_in(files, "languages")) {
    const auto other = read_manifest(files, "languages/" + name);
    const CloudSpec* spec = other ? find_cloud(*other, cloud) : nullptr;
    if (spec != nullptr && spec->refusal.empty()) languages.push_back(name);
  }
  return fmt::format("choose `--cloud` from {} for `{}`, or `--lang` from {} for `{}`",
                     str::join(clouds, ", "), language.name, str::join(languages, ", "), cloud);
}

/// Names the combination that a language refuses, with its reason and what to do.
Result<void> check_cloud(const Files& files, const Manifest& language, std::string_view cloud) {
  const CloudSpec* spec = find_cloud(language, cloud);
  if (spec != nullptr && spec->refusal.empty()) return {};
  return usage_error(
      spec == nullptr
          ? fmt::format("there is no `{}` template for `{}`", language.name, cloud)
          : fmt::format("`{}` does not run on `{}`: {}", language.name, cloud, spec->refusal),
      instead_of(files, language, cloud));
}

class Composer {
 public:
  Composer(const Files& files, const MemoryFiles& layers, const Request& request)
      : user_(files), built_in_(layers), request_(request) {}

  Result<Project> compose() {
    if (auto fine = check_name(request_.name); !fine) return tl::unexpected(fine.error());
    set_basics();
    // A folder that happens to be called `function` must not hide the built-in template.
    const bool known_name = built_in_.exists(request_.template_name + "/template.yaml");
    const bool own = request_.template_name.find('/') != std::string::npos ||
                     (!known_name && user_.is_directory(request_.template_name));
    if (!own && !known_name) {
      return usage_error(fmt::format("there is no template `{}`", request_.template_name),
                         "give the path of a folder that holds template.yaml");
    }
    if (auto added = add_layer(own ? user_ : built_in_, request_.template_name, 0); !added) {
      return tl::unexpected(added.error());
    }
    if (auto known = check_set(); !known) return tl::unexpected(known.error());
    Project project;
    for (const Layer& layer : layers_) {
      if (auto made = make_files(layer); !made) return tl::unexpected(made.error());
    }
    // The outer template speaks first: test it, then run and deploy it.
    std::rotate(layers_.rbegin(), layers_.rbegin() + 1, layers_.rend());
    for (const Layer& layer : layers_) {
      if (auto told = tell_steps(layer, project); !told) return tl::unexpected(told.error());
    }
    for (auto& [path, file] : made_) project.files.push_back(std::move(file));
    add_record(project);
    return project;
  }

 private:
  /// The record is a file of the project like any other, at its place in the order of paths.
  void add_record(Project& project) const {
    ProjectFile record{std::string(kRecordPath), to_json(request_, project), false};
    const auto place = std::upper_bound(
        project.files.begin(), project.files.end(), record,
        [](const ProjectFile& a, const ProjectFile& b) { return a.path < b.path; });
    project.files.insert(place, std::move(record));
  }

  void set_basics() {
    variables_["name"] = request_.name;
    variables_["clouds"] = request_.clouds;
    variables_["first"] = request_.clouds.empty() ? std::string() : request_.clouds.front();
    variables_["several"] = request_.clouds.size() > 1;
    variables_["lang"] = request_.language;
    variables_["trigger"] = request_.trigger;
    variables_["mesh"] = request_.mesh;
    variables_["with"] = request_.with;
    for (const char* cloud : {"aws", "azure", "gcp"}) {
      variables_[cloud] =
          std::find(request_.clouds.begin(), request_.clouds.end(), cloud) != request_.clouds.end();
    }
  }

  /// Reads a layer, its variables and then the layers it names: theirs come first in the project,
  /// so that a file of the outer template replaces one of theirs.
  Result<void> add_layer(const Files& files, const std::string& folder, int depth) {
    auto manifest = read_manifest(files, folder);
    if (!manifest) return tl::unexpected(manifest.error());
    if (depth > kDeepestLayer) return fail(fmt::format("{}: layers name each other", folder));
    if (auto fine = check_language(*manifest); !fine) return fine;
    if (auto set = set_variables(*manifest); !set) return set;
    const auto names = render(manifest->layers, manifest->path, variables_);
    if (!names) return tl::unexpected(names.error());
    for (const std::string_view line : str::lines(*names)) {
      const std::string name(str::trim(line));
      if (name.empty()) continue;
      if (auto known = check_layer(name); !known) return known;
      if (auto added = add_layer(built_in_, name, depth + 1); !added) return added;
    }
    layers_.push_back({std::move(*manifest), folder, &files});
    return {};
  }

  Result<void> check_language(const Manifest& manifest) const {
    const auto& known = manifest.languages;
    if (known.empty() || std::find(known.begin(), known.end(), request_.language) != known.end()) {
      return {};
    }
    return usage_error(
        fmt::format("`{}` has no client in `{}`", manifest.name, request_.language),
        fmt::format("choose `--lang` from {}, or leave it out", str::join(known, ", ")));
  }

  Result<void> check_layer(const std::string& name) const {
    if (built_in_.exists(name + "/template.yaml")) return {};
    const std::string kind = path::parent(name);
    const std::vector<std::string> known = names_in(built_in_, kind);
    const std::string singular = kind == "with" ? kind : kind.substr(0, kind.size() - 1);
    const std::string meant = did_you_mean(path::name(name), views(known));
    return usage_error(fmt::format("there is no {} `{}`", singular, path::name(name)),
                       meant.empty() ? "choose from " + str::join(known, ", ") : meant);
  }

  Result<void> set_variables(const Manifest& manifest) {
    if (!manifest.clouds.empty()) {
      for (const std::string& cloud : request_.clouds) {
        if (auto fine = check_cloud(built_in_, manifest, cloud); !fine) return fine;
      }
    }
    for (const VariableSpec& spec : manifest.variables) {
      settable_.push_back(spec.name);
      const auto given = request_.set.find(spec.name);
      const auto value = given != request_.set.end()
                             ? Result<std::string>(given->second)
                             : render(spec.fallback, manifest.path, variables_);
      if (!value) return tl::unexpected(value.error());
      if (auto fine = check_value(spec, *value); !fine) return fine;
      set_variable(spec.name, *value);
    }
    if (auto set = set_values(manifest, "", manifest.values); !set) return set;
    for (const CloudSpec& cloud : manifest.clouds) {
      if (auto set = set_values(manifest, cloud.cloud + ".", cloud.values); !set) return set;
    }
    return {};
  }

  Result<void> set_values(const Manifest& manifest, const std::string& prefix,
                          const std::map<std::string, std::string>& values) {
    for (const auto& [key, text] : values) {
      const auto value = render(text, manifest.path, variables_);
      if (!value) return tl::unexpected(value.error());
      set_variable(prefix + key, *value);
    }
    return {};
  }

  /// What the first cloud is called goes by "first", too.
  void set_variable(const std::string& name, const std::string& value) {
    variables_[name] = value;
    if (request_.clouds.empty() || !name.starts_with(request_.clouds.front() + ".")) return;
    variables_["first" + name.substr(request_.clouds.front().size())] = value;
  }

  static Result<void> check_value(const VariableSpec& spec, const std::string& value) {
    const auto& choices = spec.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
      return usage_error(fmt::format("`{}` is no value of `{}`", value, spec.name),
                         "choose from " + str::join(choices, ", "));
    }
    if (spec.pattern.empty()) return {};
    const RE2 pattern(spec.pattern, RE2::Quiet);
    if (!pattern.ok()) {
      return usage_error(
          fmt::format("the pattern of `{}` is wrong: {}", spec.name, pattern.error()));
    }
    if (RE2::FullMatch(value, pattern)) return {};
    return usage_error(fmt::format("`{}` is no value of `{}`", value, spec.name), spec.summary);
  }

  Result<void> check_set() const {
    for (const auto& [name, value] : request_.set) {
      if (std::find(settable_.begin(), settable_.end(), name) != settable_.end()) continue;
      const std::string meant = did_you_mean(name, views(settable_));
      return usage_error(fmt::format("the template has no variable `{}`", name),
                         meant.empty() ? "it has " + str::join(settable_, ", ") : meant);
    }
    return {};
  }

  Result<void> make_files(const Layer& layer) {
    for (const FileSpec& spec : layer.manifest.files) {
      if (!spec.when.empty()) {
        const auto wanted = evaluate(spec.when, spec.where, variables_);
        if (!wanted) return tl::unexpected(wanted.error());
        if (!*wanted) continue;
      }
      const auto path = render(spec.to, spec.where, variables_);
      if (!path) return tl::unexpected(path.error());
      if (path->starts_with('/') || path->find("..") != std::string::npos) {
        return fail(fmt::format("{}: `{}` leaves the project", spec.where, *path));
      }
      auto bytes = spec.event.empty() ? rendered(layer, spec) : sample(spec);
      if (!bytes) return tl::unexpected(bytes.error());
      made_[*path] = {*path, std::move(*bytes), spec.executable};
    }
    return {};
  }

  Result<std::string> rendered(const Layer& layer, const FileSpec& spec) const {
    const auto from = render(spec.from, spec.where, variables_);
    if (!from) return tl::unexpected(from.error());
    const std::string path = path::join(layer.folder, path::join("files", *from));
    const auto text = layer.files->read(path);
    if (!text) return tl::unexpected(text.error());
    return render(*text, path, variables_);
  }

  Result<std::string> sample(const FileSpec& spec) const {
    function::Recipe recipe;
    auto chain = render(spec.event, spec.where, variables_);
    if (!chain) return chain;
    recipe.chain = *chain;
    for (const auto& [field, text] : spec.set) {
      auto value = render(text, spec.where, variables_);
      if (!value) return value;
      recipe.set.emplace_back(field, *value);
    }
    if (spec.records) recipe.records = static_cast<std::size_t>(*spec.records);
    if (spec.poison) recipe.poison = static_cast<std::size_t>(*spec.poison);
    if (!spec.body.empty()) {
      auto body = render(spec.body, spec.where, variables_);
      if (!body) return body;
      recipe.body = *body;
    }
    auto event = function::make_event(recipe);
    if (!event) event.error().message = spec.where + ": " + event.error().message;
    return event;
  }

  Result<void> tell_steps(const Layer& layer, Project& project) const {
    for (const StepSpec& step : layer.manifest.next) {
      if (!step.when.empty()) {
        const auto wanted = evaluate(step.when, step.where, variables_);
        if (!wanted) return tl::unexpected(wanted.error());
        if (!*wanted) continue;
      }
      const auto run = render(step.run, step.where, variables_);
      if (!run) return tl::unexpected(run.error());
      project.next.push_back({*run, step.what});
    }
    return {};
  }

  const Files& user_;
  const MemoryFiles& built_in_;
  const Request& request_;
  Variables variables_;
  std::vector<std::string> settable_;
  std::vector<Layer> layers_;
  std::map<std::string, ProjectFile> made_;
};

}  // namespace

Result<Project> compose(const Files& files, const Request& request) {
  if (request.layers.empty()) return Composer(files, embedded_templates(), request).compose();
  const auto layers = templates_in(files, request.layers);
  if (!layers) return tl::unexpected(layers.error());
  return Composer(files, MemoryFiles(*layers), request).compose();
}

std::vector<std::string> layer_names(std::string_view kind) {
  return names_in(embedded_templates(), kind);
}

std::vector<TemplateInfo> templates() {
  const MemoryFiles files = embedded_templates();
  std::vector<TemplateInfo> found;
  for (const std::string& language : layer_names("languages")) {
    const auto manifest = read_manifest(files, "languages/" + language);
    if (!manifest) continue;
    for (const CloudSpec& cloud : manifest->clouds) {
      if (!cloud.refusal.empty()) continue;
      found.push_back(
          {fmt::format("function {} {}", cloud.cloud, language), manifest->summary,
           fmt::format("meshfn new function NAME --cloud {} --lang {}", cloud.cloud, language)});
    }
  }
  for (const char* name : {"scenario", "routes"}) {
    const auto manifest = read_manifest(files, name);
    if (!manifest) continue;
    found.push_back({name, manifest->summary, fmt::format("meshfn new {} NAME", name)});
  }
  return found;
}

}  // namespace meshfn::scaffold
