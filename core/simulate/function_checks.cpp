#include "simulate/function_checks.h"

#include <fmt/format.h>

#include <map>

#include "simulate/function_presets.h"
#include "simulate/labels.h"

namespace meshfn::simulate {

namespace {

const ServiceSpec* find_service(const Scenario& scenario, const std::string& name) {
  for (const ServiceSpec& service : scenario.services) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

/// A service that is there but no function cannot be invoked by events.
Result<void> check_target(const Scenario& scenario, const Call& call, std::string_view what) {
  const ServiceSpec* service = find_service(scenario, call.to);
  if (service == nullptr || service->function) return {};
  return usage_error(
      fmt::format("{}{} `{}`, which is no function", before_message(call.where), what, call.to),
      fmt::format("give `{}` a `function:`, or leave the events out", call.to));
}

}  // namespace

Result<void> check_functions(const Scenario& scenario) {
  for (const LoadSpec& load : scenario.load) {
    if (load.source) {
      if (auto good = check_target(scenario, load.call, "a source hands events to"); !good) {
        return good;
      }
    }
    if (!load.call.async) continue;
    if (auto good = check_target(scenario, load.call, "`invoke: async` calls"); !good) return good;
  }
  for (const ServiceSpec& service : scenario.services) {
    for (const Step& step : service.script) {
      for (const Call& call : step) {
        if (!call.async) continue;
        if (auto good = check_target(scenario, call, "`invoke: async` calls"); !good) return good;
      }
    }
  }
  std::map<std::string, std::uint64_t> taken;
  for (const ServiceSpec& service : scenario.services) {
    if (!service.function || service.function->account_concurrency == 0) continue;
    const FunctionSpec& function = *service.function;
    const std::uint32_t own = function.reserved > 0 ? function.reserved : function.provisioned;
    std::uint64_t& sum = taken[function.platform];
    sum += own;
    if (own == 0 || sum + kUnreserved <= function.account_concurrency) continue;
    return usage_error(
        fmt::format(
            "{}{} of the account's {} are reserved or provisioned with `{}`, and {} have to "
            "stay for functions without a reservation",
            before_message(function.where), sum, function.account_concurrency, service.name,
            kUnreserved),
        "reserve less, or raise `functions: {account-concurrency: N}`");
  }
  return {};
}

}  // namespace meshfn::simulate
