#include "simulate/suggest_report.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/str.h"
#include "simulate/compare_report.h"

namespace meshfn::simulate {

namespace {

const Proposal* shown(const Suggestion& suggestion) {
  if (suggestion.best) return &*suggestion.best;
  return suggestion.nearest ? &*suggestion.nearest : nullptr;
}

std::string tried(const Suggestion& suggestion) {
  std::string out = fmt::format("{} tried", str::count(suggestion.tried, "change"));
  if (suggestion.left_out > 0) out += fmt::format(", {} left out", suggestion.left_out);
  if (suggestion.confirmed > 0) {
    out += fmt::format(", confirmed with {}", str::count(suggestion.confirmed, "seed"));
  }
  return out;
}

/// What the settings belong to.
std::string_view heading(const Suggestion& suggestion) {
  if (!suggestion.best) return "closest, but not enough:";
  return suggestion.best->scenario ? "change of the scenario:" : "change of the mesh:";
}

nlohmann::ordered_json proposal_json(const Proposal& proposal) {
  return {
      {"what", proposal.what},         {"fields", proposal.fields},
      {"settings", proposal.settings}, {"changesScenario", proposal.scenario},
      {"yaml", proposal.yaml},         {"comparison", parse_json(to_json(proposal.comparison))}};
}

}  // namespace

std::string to_text(const Suggestion& suggestion, const TextStyle& style) {
  std::string out = fmt::format("{}: --suggest, {}\n", suggestion.scenario, tried(suggestion));
  if (const Proposal* proposal = shown(suggestion)) {
    out += fmt::format("\n{}\n", heading(suggestion));
    for (const std::string& setting : proposal->settings) out += fmt::format("  {}\n", setting);
    out += fmt::format("\n{}", proposal->yaml);
    // The comparison ends with its own verdict, which is that of the proposal.
    std::string table = to_text(proposal->comparison, style);
    out += "\n" + table.substr(0, table.rfind('\n', table.size() - 2) + 1);
  } else {
    out += "\n";
  }
  const std::string word = suggestion.passed() ? "PASS" : "FAIL";
  const char* const code = suggestion.passed() ? "1;32" : "1;31";
  return out + fmt::format("{} {}\n",
                           style.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, word) : word,
                           conclusion(suggestion));
}

std::string to_json(const Suggestion& suggestion) {
  const auto one = [](const std::optional<Proposal>& proposal) {
    return proposal ? proposal_json(*proposal) : nlohmann::ordered_json(nullptr);
  };
  const nlohmann::ordered_json out = {{"schema", 1},
                                      {"scenario", suggestion.scenario},
                                      {"expectations", suggestion.expectations},
                                      {"met", suggestion.met},
                                      {"pass", suggestion.passed()},
                                      {"tried", suggestion.tried},
                                      {"leftOut", suggestion.left_out},
                                      {"confirmedSeeds", suggestion.confirmed},
                                      {"proposal", one(suggestion.best)},
                                      {"nearest", one(suggestion.nearest)},
                                      {"conclusion", conclusion(suggestion)}};
  return out.dump(2) + "\n";
}

std::string to_markdown(const Suggestion& suggestion) {
  const Proposal* proposal = shown(suggestion);
  std::string out =
      fmt::format("### {} {}\n", suggestion.passed() ? "✅" : "❌", conclusion(suggestion));
  if (proposal == nullptr) return out;
  return out +
         fmt::format("\n```yaml\n{}```\n\n{}", proposal->yaml, to_markdown(proposal->comparison));
}

std::string to_yaml(const Suggestion& suggestion) {
  if (!suggestion.best) return fmt::format("# {}\n", conclusion(suggestion));
  return suggestion.best->yaml;
}

}  // namespace meshfn::simulate
