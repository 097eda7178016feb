#include "function/runtime.h"

// AWS Lambda. Dates are those of the runtime deprecation table as published in November 2026;
// a date that has not come yet may still be moved by AWS.

namespace meshfn::function {

namespace {

constexpr Runtime row(std::string_view name, Language language, std::string_view version,
                      std::string_view deprecated) {
  return {name, &kAwsLambda, language, version, deprecated};
}

constexpr Runtime kRuntimes[] = {
    row("python3.14", Language::python, "3.14", "2029-06-30"),
    row("python3.13", Language::python, "3.13", "2029-06-30"),
    row("python3.12", Language::python, "3.12", "2028-10-31"),
    row("python3.11", Language::python, "3.11", "2026-06-30"),
    row("python3.10", Language::python, "3.10", "2026-06-30"),
    row("python3.9", Language::python, "3.9", "2025-12-15"),
    row("nodejs24.x", Language::node, "24", "2028-04-30"),
    row("nodejs22.x", Language::node, "22", "2027-04-30"),
    row("nodejs20.x", Language::node, "20", "2026-04-30"),
    row("nodejs18.x", Language::node, "18", "2025-09-01"),
    row("provided.al2023", Language::executable, "", "2029-06-30"),
    row("provided.al2", Language::executable, "", "2026-06-30"),
    row("java25", Language::java, "25", ""),
    row("java21", Language::java, "21", "2029-06-30"),
    row("java17", Language::java, "17", "2026-06-30"),
    row("java11", Language::java, "11", "2026-06-30"),
    row("dotnet10", Language::dotnet, "10", "2028-11-14"),
    row("dotnet8", Language::dotnet, "8", "2026-11-10"),
    row("ruby3.4", Language::ruby, "3.4", "2028-03-31"),
    row("ruby3.3", Language::ruby, "3.3", "2027-03-31"),
    row("ruby3.2", Language::ruby, "3.2", "2026-03-31"),
};

std::span<const Runtime> rows() { return kRuntimes; }

}  // namespace

constexpr Platform kAwsLambda = {
    .name = "aws-lambda",
    .summary = "AWS Lambda: managed runtimes and custom ones through the Runtime API",
    .runtimes = rows,
    .timeout_ms = 3'000,
    .max_timeout_ms = 900'000,
    .init_timeout_ms = 10'000,
    .memory_mb = 128,
    .min_memory_mb = 128,
    .max_memory_mb = 10'240,
};

}  // namespace meshfn::function
