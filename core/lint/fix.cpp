#include "lint/fix.h"

#include <algorithm>
#include <map>

#include "diagnostic/edit.h"

namespace meshfn::lint {

namespace {

constexpr int kPasses = 10;

using FixesOfFile = std::map<const source::File*, std::vector<const diagnostic::Fix*>>;

FixesOfFile safe_fixes(const Outcome& outcome) {
  FixesOfFile fixes;
  for (const auto& finding : outcome.findings) {
    const bool wanted = finding.fix && finding.fix->safe && !finding.suppressed;
    if (wanted && !finding.fix->edits.empty()) {
      fixes[finding.fix->edits.front().where.file].push_back(&*finding.fix);
    }
  }
  return fixes;
}

/// One pass; the number of fixes that were applied.
std::size_t pass(std::vector<Input>& inputs, const Options& options, Piped piped) {
  source::Store store;
  const Outcome outcome = lint(inputs, options, store);
  std::size_t applied = 0;
  for (const auto& [file, fixes] : safe_fixes(outcome)) {
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&f = file](const Input& i) {
      return i.path == f->path() && !i.context;
    });
    if (input == inputs.end() || (input->piped && piped == Piped::keep)) continue;
    diagnostic::Fixed fixed = diagnostic::apply_fixes(*file, fixes);
    applied += fixed.applied;
    input->text = std::move(fixed.text);
  }
  return applied;
}

}  // namespace

Mended mend(std::vector<Input> inputs, const Options& options, Piped piped) {
  Mended mended;
  const std::vector<Input> before = inputs;
  for (int i = 0; i < kPasses; ++i) {
    const std::size_t applied = pass(inputs, options, piped);
    if (applied == 0) break;
    mended.fixes += applied;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].text != before[i].text) {
      mended.changes.push_back({inputs[i].path, before[i].text, inputs[i].text});
    }
  }
  std::sort(mended.changes.begin(), mended.changes.end(),
            [](const Change& a, const Change& b) { return a.path < b.path; });
  mended.inputs = std::move(inputs);
  return mended;
}

}  // namespace meshfn::lint
