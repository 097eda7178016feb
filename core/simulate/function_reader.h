#pragma once

// YAML to what a scenario says about functions: `function:` of a service, `functions:` of the
// account, `source:` of a load. Parts of scenario_reader.h, which a scenario without functions does
// not need.

#include "simulate/scenario_reader.h"

namespace meshfn::simulate {

FunctionSpec read_function(yaml::Node node, ReadContext& context);

/// Work takes longer with less memory: scales the service times of the function's workloads. A
/// function that does not say where it is has one place.
void settle_function(ServiceSpec& service);

/// `functions: {account-concurrency: 1000}`; without it AWS's default. Fills in what each
/// function may share, and says what was assumed.
void read_account(yaml::Node node, Scenario& scenario, ReadContext& context);

/// `source: sqs` or `source: {sqs: {batch: 10}}`.
std::optional<SourceSpec> read_source(yaml::Node node, ReadContext& context);

/// `invoke: sync` or `async`; nothing is `sync`.
bool read_invoke(yaml::MapReader& map);

}  // namespace meshfn::simulate
