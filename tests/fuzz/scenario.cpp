// Whatever the bytes, reading a scenario ends: with a scenario, or with problems inside the file.

#include <cstdlib>

#include "simulate/scenario_reader.h"

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const meshfn::MemoryFiles files;
  meshfn::source::Store store;
  const meshfn::source::File& file =
      store.add("fuzz.yaml", std::string(reinterpret_cast<const char*>(bytes), size));
  meshfn::yaml::Problems problems;
  const auto scenario = meshfn::simulate::read_scenario(file, files, store, problems);
  // Nothing read and nothing said would be silence; something of both would be half a scenario.
  if (scenario.has_value() != problems.empty()) std::abort();
  for (const auto& problem : problems) {
    if (problem.where.span.end > size) std::abort();
  }
  return 0;
}
