#include "lint/selection.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnostic/suppression.h"
#include "lint/catalogue.h"

namespace meshfn::lint {

namespace {

using config::Level;
using diagnostic::Code;
using diagnostic::Diagnostic;
using diagnostic::Rule;
using diagnostic::Severity;

/// A document that cannot be read is reported whatever is selected.
bool is_unconditional(const Rule& rule) { return rule.group == "yaml"; }

bool any_answers(const Rule& rule, const std::vector<Code>& codes) {
  return std::any_of(codes.begin(), codes.end(),
                     [&](const Code& code) { return answers_to(rule, code.text); });
}

/// How closely `word` names the rule; 0 when it does not.
int rank(const Rule& rule, std::string_view word) {
  if (word == rule.id || word == rule.name) return 3;
  if (word == rule.group) return 1;
  return answers_to(rule, word) ? 2 : 0;
}

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return Level::info;
    case Severity::warning:
      return Level::warning;
    case Severity::error:
      return Level::error;
  }
  return Level::error;
}

Severity severity_of(Level level) {
  switch (level) {
    case Level::off:
    case Level::info:
      return Severity::info;
    case Level::warning:
      return Severity::warning;
    case Level::error:
      return Severity::error;
  }
  return Severity::error;
}

Level configured(const Rule& rule, const config::Config& config) {
  const bool selected = config.select.value.empty() || any_answers(rule, config.select.value);
  if (!selected || any_answers(rule, config.ignore.value)) return Level::off;
  Level level = level_of(rule.severity);
  int best = 0;
  for (const config::RuleLevel& row : config.rules) {
    const int closeness = rank(rule, row.code.text);
    if (closeness == 0 || closeness < best) continue;
    best = closeness;
    level = row.level;
  }
  return level;
}

void check_codes(const std::vector<Code>& codes, const config::Origin& origin,
                 std::vector<Error>& errors) {
  for (const Code& code : codes) {
    if (diagnostic::is_known_code(code.text, catalogue())) continue;
    std::string place;
    if (origin.where.file != nullptr) {
      place = source::to_string({origin.where.file, code.span}) + ": ";
    }
    const std::string guess = diagnostic::suggest_code(code.text, catalogue());
    errors.push_back({fmt::format("{}no rule answers to `{}`", place, code.text),
                      guess.empty() ? "`meshfn list rules` has them all" : guess, Failure::usage});
  }
}

}  // namespace

Selection::Selection(const config::Config& config) {
  for (const Rule* rule : catalogue()) {
    const Level level = configured(*rule, config);
    const bool stays_on = is_unconditional(*rule) && level == Level::off;
    if (!stays_on && level != level_of(rule->severity)) levels_[rule] = level;
  }
}

bool Selection::is_enabled(const Rule& rule) const {
  const auto found = levels_.find(&rule);
  return found == levels_.end() || found->second != Level::off;
}

Severity Selection::severity(const Rule& rule) const {
  const auto found = levels_.find(&rule);
  return found == levels_.end() ? rule.severity : severity_of(found->second);
}

void Selection::apply(std::vector<Diagnostic>& findings) const {
  std::erase_if(findings, [&](const Diagnostic& d) { return !is_enabled(*d.rule); });
  for (Diagnostic& finding : findings) {
    const auto found = levels_.find(finding.rule);
    if (found != levels_.end()) finding.severity = severity_of(found->second);
  }
}

std::vector<const Rule*> Selection::enabled() const {
  std::vector<const Rule*> rules;
  for (const Rule* rule : catalogue()) {
    if (is_enabled(*rule)) rules.push_back(rule);
  }
  return rules;
}

std::vector<Error> unknown_codes(const config::Config& config) {
  std::vector<Error> errors;
  for (const config::RuleLevel& row : config.rules) check_codes({row.code}, row.origin, errors);
  check_codes(config.select.value, config.select.origin, errors);
  check_codes(config.ignore.value, config.ignore.origin, errors);
  return errors;
}

}  // namespace meshfn::lint
