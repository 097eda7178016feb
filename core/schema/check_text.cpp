// Unknown fields: what was meant, or where the field belongs.

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "base/str.h"
#include "base/suggest.h"
#include "schema/checker.h"

namespace meshfn::schema {

namespace {

/// Who has more unknown fields in one object wrote something else, and guessing costs time.
constexpr std::size_t kGuesses = 100;

std::string plain(std::string_view word) {
  std::string text;
  for (const char c : str::lower(word)) {
    if (c != '_' && c != '-') text += c;
  }
  return text;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i) {
    if (a[i] == '.' || a[i] == ']') same = i;
  }
  return same;
}

std::string parent_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return std::string(dot == std::string_view::npos ? std::string_view() : path.substr(0, dot));
}

}  // namespace

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string wanted = plain(word);
  for (const std::string_view candidate : candidates) {
    if (plain(candidate) == wanted) return candidate;
  }
  return suggest(word, candidates);
}

std::string path_of(std::string_view pointer) {
  std::string path;
  for (const std::string_view part : str::split(pointer, '/')) {
    if (part.empty()) continue;
    const bool number =
        std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number) {
      path += "[]";
    } else {
      path += fmt::format("{}{}", path.empty() ? "" : ".", part);
    }
  }
  return path;
}

std::vector<std::string> places_of(const KindSchema& kind, std::string_view name,
                                   std::string_view path, std::size_t most) {
  struct Step {
    const Type* type;
    std::string path;
  };

  std::vector<std::string> found;
  std::deque<Step> open = {{kind.root, ""}};
  std::set<const Type*> seen;
  while (!open.empty()) {
    const Step step = open.front();
    open.pop_front();
    if (step.type == nullptr || !seen.insert(step.type).second) continue;
    if (step.type->element != nullptr) {
      open.push_back(
          {step.type->element, step.path + (step.type->base == Base::list ? "[]" : "{}")});
    }
    for (const Field& field : step.type->fields) {
      if (step.type == kind.root && (field.name == "status" || field.name == "metadata")) continue;
      const std::string below =
          step.path + (step.path.empty() ? "" : ".") + std::string(field.name);
      if (field.name == name) found.push_back(below);
      open.push_back({field.type, below});
    }
  }
  std::stable_sort(found.begin(), found.end(), [&](const std::string& a, const std::string& b) {
    return common_prefix(a, path) > common_prefix(b, path);
  });
  if (found.size() > most) found.resize(most);
  return found;
}

void Checker::unknown_field(yaml::Node key, const Type& type) {
  const std::string_view name = key.text();
  if (!pointers_) pointers_.emplace(*key.tree());
  std::vector<std::string_view> fields;
  for (const Field& field : type.fields) fields.push_back(field.name);
  const std::string path = path_of(pointers_->find(key.span()));
  const std::string parent = parent_of(path);
  const std::string owner = parent.empty() ? std::string(kind_.kind) : fmt::format("`{}`", parent);
  const bool guess = ++unknown_fields_ <= kGuesses;
  const std::string_view near = guess ? closest(name, fields) : std::string_view();
  const auto places =
      guess && near.empty() ? places_of(kind_, name, path) : std::vector<std::string>();
  if (!places.empty()) {
    const std::string home = parent_of(places.front());
    report(Finding::misplaced_field, key.where(),
           fmt::format("`{}` does not belong in {}", name, owner))
        .with_help(
            home.empty()
                ? fmt::format("it is a field of {} itself: move it to the first column", kind_.kind)
                : fmt::format("it is a field of `{}`: move or indent it accordingly", home));
    return;
  }
  auto& problem =
      report(Finding::unknown_field, key.where(), fmt::format("{} has no field `{}`", owner, name));
  if (near.empty()) return;
  problem.help = fmt::format("did you mean `{}`?", near);
  problem.fix = diagnostic::Fix{
      fmt::format("rename `{}` to `{}`", name, near), {{key.where(), std::string(near)}}, true};
}

}  // namespace meshfn::schema
