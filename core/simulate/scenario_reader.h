#pragma once

// YAML to Scenario (DESIGN section 5.1). Every mistake becomes a finding at its place, with a
// suggestion where a word was probably misspelt; nothing unknown is passed over.

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "simulate/scenario.h"
#include "source/file.h"
#include "yaml/map_reader.h"

namespace meshfn::simulate {

/// What a scenario file says, and what it refers to.
struct ScenarioFile {
  Scenario scenario;
  std::vector<std::string> mesh;  ///< paths as written, joined to the file's directory
};

/// Reads the scenario in `file` (or an isotope topology, which is recognised by its `services`
/// without a `kind`). `files` gives traces, samples and topologies it names; `store` keeps their
/// text. Nothing comes back when there are problems.
std::optional<ScenarioFile> read_scenario(const source::File& file, const Files& files,
                                          source::Store& store, yaml::Problems& problems);

// The parts, each in its own file.

struct ReadContext {
  const Files& files;
  source::Store& store;
  std::string directory;
  yaml::Problems& problems;
};

/// A duration ("8ms") or a mapping with one law in it.
Distribution read_distribution(yaml::Node node, ReadContext& context);
std::vector<ServiceSpec> read_services(const std::vector<yaml::Entry>& entries,
                                       ReadContext& context);
/// One command of a script: `{to: …}`, `{sleep: …}`, or the name of a service.
Call read_call(yaml::Node node, ReadContext& context);
/// The fields of a call (`to`, `path`, `method`, `headers`) from a mapping that has more.
void read_call_fields(yaml::MapReader& map, Call& call);
/// What a service says about its clients: `balancer`, `outlier`, `limits` …
PolicyOverride read_policy(yaml::MapReader& map);
/// What a call or a load says: `retry`, `hedge`, `timeout`, `failover`.
CallPolicy read_call_policy(yaml::MapReader& map);
RateLimit read_rate_limit(yaml::Node node, yaml::Problems& problems);
LoadSpec read_load(yaml::Node node, ReadContext& context);
FaultSpec read_fault(yaml::Node node, yaml::Problems& problems);
/// Nothing for an absent node.
std::optional<AutoscaleSpec> read_autoscale(yaml::Node node, yaml::Problems& problems);
/// A planned change: when it happens comes back, what it is is added to `changes`.
FaultSpec read_change(yaml::Node node, std::vector<ChangeSpec>& changes, yaml::Problems& problems);
Labels read_labels(yaml::MapReader& map, std::string_view key);
/// The services and calls of an isotope graph; entry points get a load of `rate` each unless
/// `rate` is 0.
void read_isotope(yaml::Node root, double rate, Scenario& out, yaml::Problems& problems);
/// "path:line:column" of a node.
std::string place(yaml::Node node);

/// One `--fail` value: `zone=eu-west-1/a@60s+30s`, `service=ratings,version=v1:slow=10@70s+10s`.
Result<FaultSpec> parse_fault(std::string_view text);

}  // namespace meshfn::simulate
