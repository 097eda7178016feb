// Whatever the bytes, lint ends without a crash, and its findings lie inside the file.

#include <cstdlib>

#include "lint/linter.h"

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  meshfn::source::Store store;
  std::vector<meshfn::lint::Input> inputs;
  inputs.push_back(
      {"fuzz.yaml", std::string(reinterpret_cast<const char*>(bytes), size), false, true});
  const auto outcome = meshfn::lint::lint(std::move(inputs), {}, store);
  for (const auto& finding : outcome.findings) {
    if (finding.where.span.end > size) std::abort();
  }
  return 0;
}
