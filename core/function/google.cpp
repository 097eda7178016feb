#include "function/runtime.h"

// Google Cloud Functions, second generation ("Cloud Run functions").

namespace meshfn::function {

namespace {

constexpr Runtime row(std::string_view name, Language language, std::string_view version) {
  return {name, &kGoogleFunctions, language, version, ""};
}

/// Identifiers of `gcloud functions deploy --runtime`. Those of Java are AWS's as well: here they
/// have the platform behind them, and with `--cloud gcp` they do without.
constexpr Runtime kRuntimes[] = {
    row("nodejs24", Language::node, "24"),      row("nodejs22", Language::node, "22"),
    row("nodejs20", Language::node, "20"),      row("python314", Language::python, "3.14"),
    row("python313", Language::python, "3.13"), row("python312", Language::python, "3.12"),
    row("python311", Language::python, "3.11"), row("go125", Language::go, "1.25"),
    row("go124", Language::go, "1.24"),         row("go123", Language::go, "1.23"),
    row("java25-gcp", Language::java, "25"),    row("java21-gcp", Language::java, "21"),
    row("java17-gcp", Language::java, "17"),    row("ruby34", Language::ruby, "3.4"),
    row("php84", Language::php, "8.4"),
};

std::span<const Runtime> rows() { return kRuntimes; }

}  // namespace

constexpr Platform kGoogleFunctions = {
    .name = "google-cloud-functions",
    .summary = "Google Cloud Functions: Node.js, Python, Go and Java by the Functions Framework",
    .runtimes = rows,
    .timeout_ms = 60'000,
    .max_timeout_ms = 3'600'000,
    .init_timeout_ms = 240'000,
    .memory_mb = 256,
    .min_memory_mb = 128,
    .max_memory_mb = 32'768,
};

}  // namespace meshfn::function
