#include "function/runtime.h"

// Azure Functions, runtime version 4: the Consumption plan's limits, as nothing is known of the
// plan from the files. Dates are the ends of support that the portal lists in November 2026.

namespace meshfn::function {

namespace {

constexpr Runtime row(std::string_view name, Language language, std::string_view version,
                      std::string_view deprecated) {
  return {name, &kAzureFunctions, language, version, deprecated};
}

/// `az functionapp create` takes the two halves of a name: `--runtime node --runtime-version 22`.
constexpr Runtime kRuntimes[] = {
    row("node-24", Language::node, "24", "2029-04-30"),
    row("node-22", Language::node, "22", "2027-04-30"),
    row("node-20", Language::node, "20", "2026-04-30"),
    row("python-3.13", Language::python, "3.13", "2029-10-31"),
    row("python-3.12", Language::python, "3.12", "2028-10-31"),
    row("python-3.11", Language::python, "3.11", "2027-10-31"),
    row("python-3.10", Language::python, "3.10", "2026-10-31"),
    row("custom", Language::executable, "", ""),
    row("java-21", Language::java, "21", ""),
    row("java-17", Language::java, "17", ""),
    row("dotnet-isolated-10", Language::dotnet, "10", "2028-11-14"),
    row("dotnet-isolated-8", Language::dotnet, "8", "2026-11-10"),
    row("powershell-7.4", Language::powershell, "7.4", "2026-11-10"),
};

std::span<const Runtime> rows() { return kRuntimes; }

}  // namespace

constexpr Platform kAzureFunctions = {
    .name = "azure-functions",
    .summary = "Azure Functions: Node.js and Python apps, and custom handlers",
    .runtimes = rows,
    .timeout_ms = 300'000,
    .max_timeout_ms = 86'400'000,
    .init_timeout_ms = 60'000,
    .memory_mb = 1'536,
    .min_memory_mb = 128,
    .max_memory_mb = 32'768,
};

}  // namespace meshfn::function
