#include "render/kubernetes_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/str.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using yaml::Value;

constexpr std::size_t kMostBytes = 1'000'000;  ///< a ConfigMap holds 1 MiB
constexpr std::string_view kImage = "registry.example/meshfn:0.1.0";

/// One file as it will lie in the pod.
struct Mounted {
  std::string path;
  std::string key;  ///< in the ConfigMap
  const yaml::Tree* tree;
};

bool is_scenario(const yaml::Tree& tree) {
  return !tree.documents().empty() &&
         tree.documents().front().root.find("kind").text() == "Scenario";
}

/// A name that Kubernetes takes: lower case, digits and dashes.
std::string object_name(std::string_view text) {
  constexpr std::size_t kLongest = 50;
  std::string out;
  for (const char c : str::lower(text)) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (fine || (!out.empty() && out.back() != '-')) out += fine ? c : '-';
  }
  out.resize(std::min(out.size(), kLongest));
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "simulation" : out;
}

Result<std::vector<Mounted>> mounted(const Source& source) {
  std::vector<Mounted> files;
  std::size_t bytes = 0;
  for (const yaml::Tree* tree : source.trees) {
    std::string path = tree->file().path();
    while (path.starts_with("./")) path.erase(0, 2);
    while (path.starts_with('/')) path.erase(0, 1);
    if (path.starts_with("../") || path.starts_with('<')) {
      return usage_error(fmt::format("`{}` has no place in a pod", tree->file().path()),
                         "give files, from a directory that holds all of them");
    }
    bytes += tree->file().text().size();
    files.push_back({path, fmt::format("{}-{}", files.size(), path::name(path)), tree});
  }
  if (bytes <= kMostBytes) return files;
  return usage_error(fmt::format("{} bytes are more than a ConfigMap holds", bytes),
                     "leave out what the scenario does not need");
}

/// Whether the scenario names the file, or a directory above it, itself.
bool names(const Mounted& scenario, const Mounted& file) {
  const std::string directory = path::parent(scenario.path);
  for (const yaml::Node item : scenario.tree->documents().front().root.find("mesh").items()) {
    std::string named = path::join(directory, std::string(item.text()));
    while (named.starts_with("./")) named.erase(0, 2);
    while (named.ends_with('/')) named.pop_back();
    if (file.path == named || file.path.starts_with(named + "/")) return true;
  }
  return false;
}

Value config_map(const std::string& name, const std::vector<Mounted>& files) {
  Value data = Value::map();
  for (const Mounted& file : files) data.set(file.key, std::string(file.tree->file().text()));
  return Value::map({{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"metadata", Value::map({{"name", name}})},
                     {"data", std::move(data)}});
}

/// The command of one pod.
std::string command(const Mounted& scenario, const std::vector<Mounted>& files,
                    const JobOptions& options) {
  std::string out = fmt::format("meshfn simulate {}", scenario.path);
  for (const Mounted& file : files) {
    if (&file != &scenario && !names(scenario, file)) out += " --mesh " + file.path;
  }
  return out + fmt::format(" {} --shard $((JOB_COMPLETION_INDEX + 1))/{} -o json", options.simulate,
                           options.parts);
}

Value job(const std::string& name, const std::string& run, const std::vector<Mounted>& files,
          std::uint32_t parts) {
  Value items = Value::list();
  for (const Mounted& file : files) {
    items.add(Value::map({{"key", file.key}, {"path", file.path}}));
  }
  const Value mounts = Value::list({Value::map({{"name", "in"}, {"mountPath", "/in"}})});
  Value container = Value::map({{"name", "meshfn"},
                                {"image", kImage},
                                {"workingDir", "/in"},
                                {"command", Value::list({"sh", "-c"})},
                                {"args", Value::list({Value(run)})},
                                {"volumeMounts", mounts}});
  Value volume = Value::map(
      {{"name", "in"}, {"configMap", Value::map({{"name", name}, {"items", std::move(items)}})}});
  Value pod = Value::map({{"restartPolicy", "Never"},
                          {"containers", Value::list({std::move(container)})},
                          {"volumes", Value::list({std::move(volume)})}});
  Value spec = Value::map({{"completionMode", "Indexed"},
                           {"completions", parts},
                           {"parallelism", parts},
                           {"template", Value::map({{"spec", std::move(pod)}})}});
  return Value::map({{"apiVersion", "batch/v1"},
                     {"kind", "Job"},
                     {"metadata", Value::map({{"name", name}})},
                     {"spec", std::move(spec)}});
}

/// How the parts come back, for the head of the file.
std::string recipe(const std::string& name, const Mounted& scenario, const JobOptions& options) {
  const bool sweep = options.simulate.find("--sweep") != std::string::npos;
  return fmt::format(
      "# Every pod prints its part. When the Job is complete:\n"
      "#   for k in $(seq 0 {}); do\n"
      "#     kubectl logs --tail=-1 -l "
      "batch.kubernetes.io/job-name={},batch.kubernetes.io/job-completion-index=$k > part$k.json\n"
      "#   done\n"
      "#   meshfn simulate --merge {}part*.json\n"
      "# The image is a placeholder: one with meshfn and a shell.\n",
      options.parts - 1, name, sweep ? "" : fmt::format("{} {} ", scenario.path, options.simulate));
}

}  // namespace

Result<Rendered> kubernetes_job(const Source& source, const JobOptions& options) {
  const auto files = mounted(source);
  if (!files) return tl::unexpected(files.error());
  const auto scenario = std::find_if(files->begin(), files->end(),
                                     [](const Mounted& file) { return is_scenario(*file.tree); });
  if (scenario == files->end()) {
    return usage_error("kubernetes-job runs a scenario, and there is none",
                       "give its file, and the mesh it needs: "
                       "`meshfn render scenario.yaml mesh/ --to kubernetes-job`");
  }
  const yaml::Node title = scenario->tree->documents().front().root.find("name");
  const std::string name = object_name(title ? title.text() : path::name(scenario->path));
  Rendered out;
  out.separator = "---\n";
  out.documents.push_back(
      {fmt::format("configmap-{}.yaml", name), yaml::write(config_map(name, *files))});
  out.documents.push_back(
      {fmt::format("job-{}.yaml", name),
       recipe(name, *scenario, options) +
           yaml::write(job(name, command(*scenario, *files, options), *files, options.parts))});
  return out;
}

Result<Rendered> to_kubernetes_job(const Source& source, const Options& /*options*/) {
  return kubernetes_job(source, {});
}

}  // namespace meshfn::render
