#include "diagnostic/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace meshfn::diagnostic {

namespace {

auto order(const Diagnostic& d) {
  // Not `?:`, which would copy the path into a temporary.
  std::string_view path;
  if (d.where.file != nullptr) path = d.where.file->path();
  return std::tuple(path, d.where.span.begin, d.where.span.end, d.rule->id,
                    std::string_view(d.message));
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return {};
}

bool answers_to(const Rule& rule, std::string_view word) {
  if (word == rule.id || word == rule.name || word == rule.group) return true;
  std::string_view rest = rule.aliases;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    if (rest.substr(0, space) == word) return true;
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return false;
}

Diagnostic& Findings::add(source::Location where, std::string message) {
  Diagnostic& added = out_.emplace_back();
  added.rule = &rule_;
  added.severity = rule_.severity;
  added.message = std::move(message);
  added.where = where;
  return added;
}

void sort_and_merge(std::vector<Diagnostic>& diagnostics) {
  const auto before = [](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); };
  // Mostly they are; moving a hundred thousand of them about is what takes time.
  if (!std::is_sorted(diagnostics.begin(), diagnostics.end(), before)) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), before);
  }
  const auto same = [](const Diagnostic& a, const Diagnostic& b) { return order(a) == order(b); };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
}

}  // namespace meshfn::diagnostic
