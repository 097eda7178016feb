#include "function/event/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/blob.h"
#include "base/suggest.h"
#include "function/event/sample.h"

extern "C" {
extern const char meshfn_samples[];
extern const char meshfn_samples_end[];
}

namespace meshfn::function {

namespace {

/// Parameters that every source of a platform has.
Json common_parameters(std::string_view platform) {
  if (platform == "aws") {
    return {{"region", "us-east-1"}, {"account", "123456789012"}, {"partition", "aws"}};
  }
  if (platform == "gcp") return {{"project", "my-project"}, {"location", "us-central1"}};
  return Json::object();
}

/// The embedded files are ours and a test reads each, so they parse.
SampleFile parse(const BlobFile& file) {
  const std::size_t slash = file.path.find('/');
  const std::size_t dot = file.path.rfind('.');
  const Json json = parse_json(file.bytes);
  SampleFile sample;
  sample.platform = file.path.substr(0, slash);
  sample.name = file.path.substr(slash + 1, dot - slash - 1);
  sample.summary = json.at("summary");
  sample.aliases = json.value("aliases", std::vector<std::string>());
  sample.parameters = common_parameters(sample.platform);
  sample.parameters.update(json.value("parameters", Json::object()));
  sample.event = json.at("event");
  sample.records = json.value("records", "");
  sample.beside = json.value("beside", std::vector<std::string>());
  sample.via = json.value("via", Json::object());
  return sample;
}

std::vector<BlobFile> sample_files() {
  std::vector<BlobFile> files = blob_files(meshfn_samples, meshfn_samples_end);
  std::erase_if(files, [](const BlobFile& file) { return !file.path.ends_with(".json"); });
  return files;
}

std::string_view stem(std::string_view path) {
  const std::size_t slash = path.find('/');
  return path.substr(slash + 1, path.rfind('.') - slash - 1);
}

bool answers_to(const SampleFile& sample, std::string_view name) {
  return std::find(sample.aliases.begin(), sample.aliases.end(), name) != sample.aliases.end() ||
         sample.platform + "-" + sample.name == name;
}

}  // namespace

std::vector<SampleFile> load_samples() {
  std::vector<SampleFile> samples;
  for (const BlobFile& file : sample_files()) samples.push_back(parse(file));
  return samples;
}

Result<SampleFile> load_sample(std::string_view name) {
  for (const BlobFile& file : sample_files()) {
    if (stem(file.path) == name) return parse(file);
  }
  std::vector<std::string_view> known;
  const std::vector<SampleFile> samples = load_samples();
  for (const SampleFile& sample : samples) {
    if (answers_to(sample, name)) return sample;
    known.push_back(sample.name);
    known.insert(known.end(), sample.aliases.begin(), sample.aliases.end());
  }
  const std::string meant = did_you_mean(name, known);
  return usage_error(fmt::format("there is no sample event `{}`", name),
                     meant.empty() ? "`meshfn event list` names them all" : meant);
}

std::vector<SampleSource> sample_sources() {
  std::vector<SampleSource> sources;
  for (const SampleFile& sample : load_samples()) {
    SampleSource source{sample.name, sample.platform,        sample.summary, sample.aliases,
                        {},          !sample.records.empty()};
    for (const auto& [name, fallback] : sample.parameters.items()) {
      source.parameters.push_back({name, fallback.dump()});
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace meshfn::function
