#include "scaffold/merge.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace meshfn::scaffold {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Beyond so many pairs of lines the middle of a text counts as changed as a whole: quadratic work
/// for a file that nobody wrote by hand helps nobody.
constexpr std::size_t kMostPairs = 64'000'000;

/// The lines with their ends.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

/// For each line of `a` its counterpart in `b` within [from, a_end) and [from, b_end), by the
/// longest common subsequence.
void match_middle(const Lines& a, const Lines& b, std::size_t from, std::size_t a_end,
                  std::size_t b_end, std::vector<std::size_t>& counterpart) {
  const std::size_t rows = a_end - from;
  const std::size_t columns = b_end - from;
  if (rows == 0 || columns == 0 || rows > kMostPairs / columns) return;
  std::vector<std::uint32_t> length((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return length[i * (columns + 1) + j];
  };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      at(i, j) =
          a[from + i] == b[from + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
    if (a[from + i] == b[from + j]) {
      counterpart[from + i++] = from + j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
}

/// For each line of `a` the index of its counterpart in `b`, or kNone; ascending.
std::vector<std::size_t> match(const Lines& a, const Lines& b) {
  std::vector<std::size_t> counterpart(a.size(), kNone);
  std::size_t begin = 0;
  while (begin < a.size() && begin < b.size() && a[begin] == b[begin]) {
    counterpart[begin] = begin;
    ++begin;
  }
  std::size_t a_end = a.size();
  std::size_t b_end = b.size();
  while (a_end > begin && b_end > begin && a[a_end - 1] == b[b_end - 1]) {
    counterpart[--a_end] = --b_end;
  }
  match_middle(a, b, begin, a_end, b_end, counterpart);
  return counterpart;
}

using Part = std::span<const std::string_view>;

bool same(Part a, Part b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void append(std::string& out, Part lines) {
  for (const std::string_view line : lines) out += line;
}

/// What stands between two lines that all three texts share.
void merge_part(Part base, Part yours, Part theirs, Merged& into) {
  if (same(yours, base)) return append(into.text, theirs);
  if (same(theirs, base) || same(yours, theirs)) return append(into.text, yours);
  ++into.conflicts;
  const auto end_line = [&] {
    if (!into.text.empty() && into.text.back() != '\n') into.text += '\n';
  };
  end_line();
  into.text += kConflictBegin;
  append(into.text, yours);
  end_line();
  into.text += kConflictMiddle;
  append(into.text, theirs);
  end_line();
  into.text += kConflictEnd;
}

Part part(const Lines& lines, std::size_t begin, std::size_t end) {
  return Part(lines).subspan(begin, end - begin);
}

}  // namespace

Merged merge(std::string_view base, std::string_view yours, std::string_view theirs) {
  const Lines old = lines_of(base);
  const Lines mine = lines_of(yours);
  const Lines fresh = lines_of(theirs);
  const std::vector<std::size_t> in_mine = match(old, mine);
  const std::vector<std::size_t> in_fresh = match(old, fresh);
  Merged merged;
  std::size_t from = 0;
  std::size_t mine_from = 0;
  std::size_t fresh_from = 0;
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (in_mine[i] == kNone || in_fresh[i] == kNone) continue;
    merge_part(part(old, from, i), part(mine, mine_from, in_mine[i]),
               part(fresh, fresh_from, in_fresh[i]), merged);
    merged.text += old[i];
    from = i + 1;
    mine_from = in_mine[i] + 1;
    fresh_from = in_fresh[i] + 1;
  }
  merge_part(part(old, from, old.size()), part(mine, mine_from, mine.size()),
             part(fresh, fresh_from, fresh.size()), merged);
  return merged;
}

}  // namespace meshfn::scaffold
