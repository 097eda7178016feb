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

std::vector<diagnostic::Diagnostic> check_example(const diagnostic::Rule& rule,
                                                  const source::File& file) {
  std::vector<diagnostic::Diagnostic> found;
  yaml::read(file, found);
  std::erase_if(found, [&](const auto& finding) { return finding.rule != &rule; });
  return found;
}

}  // namespace meshfn::cli
