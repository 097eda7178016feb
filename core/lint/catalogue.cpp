#include "lint/catalogue.h"

#include <algorithm>

#include "diagnostic/suppression.h"
#include "lint/rules/families.h"
#include "lint/rules/gateway_api_families.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/practice_families.h"
#include "lint/rules/security_families.h"
#include "schema/catalogue.h"
#include "yaml/reader.h"

namespace meshfn::lint {

namespace {

std::vector<const diagnostic::Rule*> collect() {
  std::vector<const diagnostic::Rule*> rules;
  const Family said_while_reading[] = {yaml::reading_rules(), schema::rules(),
                                       diagnostic::suppression_rules()};
  for (const std::span<const Family> families :
       {std::span<const Family>(said_while_reading), routing_families(), security_families(),
        gateway_api_families(), linkerd_families(), insight_families(), practice_families()}) {
    for (const Family family : families) {
      for (const diagnostic::Rule& rule : family) rules.push_back(&rule);
    }
  }
  std::sort(rules.begin(), rules.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  return rules;
}

}  // namespace

std::span<const diagnostic::Rule* const> catalogue() {
  static const std::vector<const diagnostic::Rule*> rules = collect();
  return rules;
}

}  // namespace meshfn::lint
