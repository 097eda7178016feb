#pragma once

// A scenario from text, and what is said of its mistakes.

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "simulate/scenario_reader.h"

namespace meshfn::simulate {

/// Reads `text`; each problem is added to `said` as "LINE:COLUMN MESSAGE | HELP".
inline std::optional<Scenario> read(const std::string& text, std::vector<std::string>& said) {
  source::Store store;
  yaml::Problems problems;
  const MemoryFiles files;
  auto file = read_scenario(store.add("s.yaml", text), files, store, problems);
  for (const auto& problem : problems) {
    said.push_back(source::to_string(problem.where).substr(7) + " " + problem.message +
                   (problem.help.empty() ? "" : " | " + problem.help));
  }
  if (!file) return std::nullopt;
  return std::move(file->scenario);
}

}  // namespace meshfn::simulate
