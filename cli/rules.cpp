#include "cli/rules.h"

#include <algorithm>

#include "yaml/reader.h"

namespace meshfn::cli {

std::vector<const diagnostic::Rule*> all_rules() {
  std::vector<const diagnostic::Rule*> rules;
  for (const diagnostic::Rule& rule : yaml::reading_rules()) rules.push_back(&rule);
  std::sort(rules.begin(), rules.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  return rules;
}

}  // namespace meshfn::cli
