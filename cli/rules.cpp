#include "cli/rules.h"

#include "lint/catalogue.h"
#include "lint/linter.h"

namespace meshfn::cli {

std::vector<const diagnostic::Rule*> all_rules() {
  const auto rules = lint::catalogue();
  return {rules.begin(), rules.end()};
}

std::vector<diagnostic::Diagnostic> check_example(const diagnostic::Rule& rule, std::string yaml,
                                                  source::Store& store) {
  lint::Outcome outcome =
      lint::lint({{"bad.yaml", std::move(yaml), false, true}}, lint::Options(), store);
  std::erase_if(outcome.findings, [&](const auto& finding) { return finding.rule != &rule; });
  return std::move(outcome.findings);
}

}  // namespace meshfn::cli
