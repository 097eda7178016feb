#include "report/excerpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"

namespace meshfn::report {

namespace {

constexpr std::size_t kTab = 4;
/// Lines between two marked lines that are still shown.
constexpr std::uint32_t kBridge = 2;
/// Bytes looked at on either side of a mark: a line may be 100 MB long.
constexpr std::size_t kReach = 1024;

/// One character as it is drawn.
struct Cell {
  std::string text;
  std::size_t column = 0;  ///< display column, 0-based
  std::size_t byte = 0;    ///< where it begins in its line
};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::string drawable(std::string_view character, std::size_t column) {
  if (character == "\t") return std::string(kTab - column % kTab, ' ');
  const auto first = static_cast<unsigned char>(character.front());
  if (first < 0x20 || first == 0x7F) return "?";
  return str::is_utf8(character) ? std::string(character) : "?";
}

/// The cells of bytes [begin, end) of `line`, which are moved to the borders of characters.
std::vector<Cell> draw(std::string_view line, std::size_t begin, std::size_t end) {
  while (begin > 0 && continues(line[begin])) --begin;
  std::vector<Cell> cells;
  std::size_t column = 0;
  while (begin < end) {
    std::size_t next = begin + 1;
    while (next < line.size() && continues(line[next]) && next - begin < 4) ++next;
    Cell cell{drawable(line.substr(begin, next - begin), column), column, begin};
    column += str::display_width(cell.text);
    cells.push_back(std::move(cell));
    begin = next;
  }
  cells.push_back({"", column, end});
  return cells;
}

/// Display column at which byte `byte` of the line is drawn; the end when it is not drawn.
std::size_t column_of(const std::vector<Cell>& cells, std::size_t byte) {
  const auto after =
      std::upper_bound(cells.begin(), cells.end(), byte,
                       [](std::size_t value, const Cell& cell) { return value < cell.byte; });
  return after == cells.begin() ? 0 : std::prev(after)->column;
}

/// Bytes of a line that a mark covers.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Stretch stretch_of(const source::File& file, std::uint32_t line, source::Span span) {
  const std::size_t start = file.line_start(line);
  const std::string_view text = file.line(line);
  const std::size_t last = std::string_view(text).find_last_not_of(" \t\r");
  const std::size_t filled = last == std::string_view::npos ? 0 : last + 1;
  const std::size_t begin = std::min(span.begin - start, text.size());
  // A mark of several lines underlines what it covers of its first line.
  const std::size_t end = std::clamp(span.end - start, begin, std::max(begin, filled));
  return {begin, end};
}

/// A source line cut to the width of the style.
struct CutLine {
  std::vector<Cell> cells;
  std::size_t from = 0;  ///< first display column that is shown
  std::size_t to = 0;    ///< first display column that is not
  bool cut_left = false;
  bool cut_right = false;
};

CutLine cut(std::string_view line, Stretch focus, std::size_t width) {
  const std::size_t begin = focus.begin > kReach ? focus.begin - kReach : 0;
  const std::size_t end = std::min(line.size(), focus.begin + 2 * kReach);
  CutLine result{draw(line, begin, end), 0, 0, begin > 0, end < line.size()};
  const std::size_t total = result.cells.back().column;
  result.to = total;
  if (total <= width) return result;
  const std::size_t caret = column_of(result.cells, focus.begin);
  const std::size_t caret_end = column_of(result.cells, focus.end);
  // The whole mark when it fits, a third of the width before it otherwise.
  std::size_t from = caret > width / 3 ? caret - width / 3 : 0;
  if (caret_end <= width) from = 0;
  result.from = std::min(from, total - std::min(total, width));
  result.to = result.from + width;
  result.cut_left = result.cut_left || result.from > 0;
  result.cut_right = result.cut_right || result.to < total;
  return result;
}

std::string shown_text(const CutLine& line) {
  std::string text = line.cut_left ? "…" : "";
  for (const Cell& cell : line.cells) {
    if (cell.column >= line.from && cell.column < line.to) text += cell.text;
  }
  if (line.cut_right) return text + "…";
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string::npos ? "" : text.substr(0, last + 1);
}

class Writer {
 public:
  Writer(const std::vector<Mark>& marks, const ExcerptStyle& style)
      : marks_(marks), style_(style), gutter_(gutter_width(marks)) {}

  std::string write() {
    std::vector<const source::File*> files;
    for (const Mark& mark : marks_) {
      if (std::find(files.begin(), files.end(), mark.where.file) == files.end()) {
        files.push_back(mark.where.file);
      }
    }
    for (const source::File* file : files) write_file(*file, file == files.front());
    return std::move(out_);
  }

 private:
  using Lines = std::map<std::uint32_t, std::vector<const Mark*>>;

  void write_file(const source::File& file, bool first) {
    Lines lines;
    const Mark* head = nullptr;
    for (const Mark& mark : marks_) {
      if (mark.where.file != &file) continue;
      if (head == nullptr) head = &mark;
      lines[file.position(mark.where.span.begin).line].push_back(&mark);
    }
    const source::Position place = file.position(head->where.span.begin);
    const bool rendered = first && !style_.origin.empty();
    out_ += fmt::format("{}{} {}:{}:{}{}\n", std::string(gutter_, ' '),
                        style_.paint(Colour::blue, first ? "-->" : ":::"), file.path(), place.line,
                        place.column, rendered ? fmt::format(" ({})", style_.origin) : "");
    bar("");
    write_lines(file, lines);
  }

  void write_lines(const source::File& file, const Lines& lines) {
    const std::uint32_t top = lines.begin()->first;
    if (top > 1 && is_context(file.line(top - 1))) plain_line(file, top - 1);
    std::uint32_t previous = top - 1;
    for (const auto& [line, marks] : lines) {
      const std::uint32_t hidden = line - previous - 1;
      if (hidden > kBridge) {
        out_ += style_.paint(Colour::blue, "...") + "\n";
      } else {
        for (std::uint32_t between = previous + 1; between < line; ++between) {
          plain_line(file, between);
        }
      }
      marked_line(file, line, marks);
      previous = line;
    }
  }

  /// The line before a mark helps unless it is blank or belongs to another document.
  static bool is_context(std::string_view line) {
    return !str::trim(line).empty() && !line.starts_with("---");
  }

  void plain_line(const source::File& file, std::uint32_t line) {
    numbered(line, shown_text(cut(file.line(line), {}, style_.width)));
  }

  void marked_line(const source::File& file, std::uint32_t line,
                   const std::vector<const Mark*>& marks) {
    const Mark* focus = marks.front();
    for (const Mark* mark : marks) {
      if (mark->primary) focus = mark;
    }
    const CutLine drawn =
        cut(file.line(line), stretch_of(file, line, focus->where.span), style_.width);
    numbered(line, shown_text(drawn));
    std::set<std::pair<std::uint32_t, std::string_view>> said;
    for (const Mark* mark : marks) {
      if (!said.insert({mark->where.span.begin, mark->text}).second) continue;
      underline(drawn, stretch_of(file, line, mark->where.span), *mark);
    }
  }

  void underline(const CutLine& drawn, Stretch stretch, const Mark& mark) {
    const std::size_t begin =
        std::clamp(column_of(drawn.cells, stretch.begin), drawn.from, drawn.to);
    const std::size_t end = std::clamp(column_of(drawn.cells, stretch.end), begin, drawn.to);
    const std::size_t size = std::max<std::size_t>(end - begin, 1);
    std::string text(size, mark.primary ? '^' : '-');
    if (!mark.text.empty()) text += " " + mark.text;
    const std::size_t indent = begin - drawn.from + (drawn.cut_left ? 1 : 0);
    bar(std::string(indent, ' ') +
        style_.paint(mark.primary ? style_.primary : Colour::blue, text));
  }

  void numbered(std::uint32_t line, std::string_view text) {
    out_ += style_.paint(Colour::blue, fmt::format("{:>{}} |", line, gutter_));
    if (!text.empty()) out_ += fmt::format(" {}", text);
    out_ += "\n";
  }

  void bar(std::string_view text) {
    out_ += style_.paint(Colour::blue, fmt::format("{} |", std::string(gutter_, ' ')));
    if (!text.empty()) out_ += fmt::format(" {}", text);
    out_ += "\n";
  }

  const std::vector<Mark>& marks_;
  const ExcerptStyle& style_;
  std::size_t gutter_;
  std::string out_;
};

}  // namespace

std::size_t gutter_width(const std::vector<Mark>& marks) {
  std::uint32_t last = 1;
  for (const Mark& mark : marks) {
    last = std::max(last, mark.where.file->position(mark.where.span.begin).line);
  }
  return std::max<std::size_t>(2, fmt::formatted_size("{}", last));
}

std::string excerpt(const std::vector<Mark>& marks, const ExcerptStyle& style) {
  return Writer(marks, style).write();
}

}  // namespace meshfn::report
