#include "diagnostic/edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::diagnostic {

namespace {

constexpr std::size_t kContext = 3;
/// Above this the exact difference is too dear, and one block replaces all that differs.
constexpr std::size_t kMostCells = 16'000'000;

bool overlap(source::Span a, source::Span b) {
  // Two insertions at one place have no order, so they count as overlapping.
  if (a == b) return true;
  return a.begin < b.end && b.begin < a.end;
}

bool fits(const Fix& fix, const source::File& file, const std::vector<const Edit*>& made) {
  for (const Edit& edit : fix.edits) {
    if (edit.where.file != &file) return false;
    for (const Edit* other : made) {
      if (overlap(edit.where.span, other->where.span)) return false;
    }
  }
  return !fix.edits.empty();
}

/// One line of a difference: kept, taken away or added.
struct Step {
  char sign = ' ';
  std::string_view line;
};

/// Longest common subsequence of the lines that differ, by dynamic programming.
void diff_middle(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b,
                 std::vector<Step>& steps) {
  if (a.size() * b.size() > kMostCells) {
    for (const auto& line : a) steps.push_back({'-', line});
    for (const auto& line : b) steps.push_back({'+', line});
    return;
  }
  const std::size_t width = b.size() + 1;
  std::vector<std::uint32_t> common((a.size() + 1) * width, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i * width + j] =
          a[i] == b[j] ? common[(i + 1) * width + j + 1] + 1
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      steps.push_back({' ', a[i++]});
      ++j;
    } else if (j == b.size() ||
               (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      steps.push_back({'-', a[i++]});
    } else {
      steps.push_back({'+', b[j++]});
    }
  }
}

/// Lines with their line break, so that a missing one at the end shows.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::vector<Step> difference(std::string_view before, std::string_view after) {
  std::vector<std::string_view> a = lines_of(before);
  std::vector<std::string_view> b = lines_of(after);
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<Step> steps;
  for (std::size_t i = 0; i < head; ++i) steps.push_back({' ', a[i]});
  const auto middle = [&](const std::vector<std::string_view>& all) {
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(head),
                       all.end() - static_cast<std::ptrdiff_t>(tail));
  };
  diff_middle(middle(a), middle(b), steps);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) steps.push_back({' ', a[i]});
  return steps;
}

/// Appends steps [begin, end) as a hunk; `a` and `b` are the lines before it in either text.
void write_hunk(const std::vector<Step>& steps, std::size_t begin, std::size_t end,
                std::pair<std::size_t, std::size_t> at, std::string& out) {
  std::size_t removed = 0;
  std::size_t added = 0;
  std::string body;
  for (std::size_t i = begin; i < end; ++i) {
    if (steps[i].sign != '+') ++removed;
    if (steps[i].sign != '-') ++added;
    body += steps[i].sign;
    body += steps[i].line;
    if (!steps[i].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
  }
  const auto range = [](std::size_t before, std::size_t size) {
    const std::size_t first = size == 0 ? before : before + 1;
    return size == 1 ? fmt::format("{}", first) : fmt::format("{},{}", first, size);
  };
  out += fmt::format("@@ -{} +{} @@\n{}", range(at.first, removed), range(at.second, added), body);
}

}  // namespace

Fixed apply_fixes(const source::File& file, const std::vector<const Fix*>& fixes) {
  Fixed result;
  std::vector<const Edit*> made;
  for (const Fix* fix : fixes) {
    if (!fits(*fix, file, made)) {
      ++result.skipped;
      continue;
    }
    ++result.applied;
    for (const Edit& edit : fix->edits) made.push_back(&edit);
  }
  std::sort(made.begin(), made.end(),
            [](const Edit* a, const Edit* b) { return a->where.span.begin < b->where.span.begin; });
  std::size_t at = 0;
  for (const Edit* edit : made) {
    result.text += file.text().substr(at, edit->where.span.begin - at);
    result.text += edit->text;
    at = edit->where.span.end;
  }
  result.text += file.text().substr(at);
  return result;
}

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const std::vector<Step> steps = difference(before, after);
  std::string out = fmt::format("--- a/{0}\n+++ b/{0}\n", path);
  std::size_t i = 0;
  std::pair<std::size_t, std::size_t> lines{0, 0};
  const auto advance_to = [&](std::size_t end) {
    for (; i < end; ++i) {
      if (steps[i].sign != '+') ++lines.first;
      if (steps[i].sign != '-') ++lines.second;
    }
  };
  for (std::size_t next = 0; next < steps.size();) {
    if (steps[next].sign == ' ') {
      ++next;
      continue;
    }
    // A hunk ends where more than two contexts' worth of lines are kept.
    std::size_t last = next;
    for (std::size_t k = next; k < steps.size() && k <= last + 2 * kContext; ++k) {
      if (steps[k].sign != ' ') last = k;
    }
    const std::size_t begin = std::max(i, next > kContext ? next - kContext : 0);
    const std::size_t end = std::min(steps.size(), last + 1 + kContext);
    advance_to(begin);
    write_hunk(steps, begin, end, lines, out);
    advance_to(end);
    next = end;
  }
  return out;
}

}  // namespace meshfn::diagnostic
