// The YAML that nearly all files of a cluster keep to, read without libyaml and some four times as
// fast: block mappings and sequences, scalars on one line, literals, flow collections. Whatever is
// not clearly part of it (anchors, tags, folded text, tabs, every mistake) is left to libyaml, so
// there is one place that says what YAML is. For what is read here both make the same tree;
// tests/yaml/subset_test.cpp and the fuzz target compare them.

#include <array>
#include <cstring>

#include "yaml/tree_builder.h"

namespace meshfn::yaml {

namespace {

/// Deeper ones are rare enough to be left to libyaml, which needs no stack for them.
constexpr int kDeepest = 60;
/// libyaml takes a scalar for a key when its colon comes within 1024 characters.
constexpr std::uint32_t kLongestKey = 1000;

constexpr std::array<bool, 256> make_set(std::string_view characters) {
  std::array<bool, 256> out{};
  for (const char c : characters) out[static_cast<unsigned char>(c)] = true;
  return out;
}

/// With which a plain scalar may begin, wherever it stands; `-` needs a look at what follows.
constexpr std::array<bool, 256> make_plain_starts() {
  std::array<bool, 256> out = make_set("_/.$()+<=~^;\\");
  for (char c = 'a'; c <= 'z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) out[static_cast<unsigned char>(c)] = true;
  for (std::size_t c = 0x80; c < 0x100; ++c) out[c] = true;
  return out;
}

constexpr std::array<bool, 256> kStartsPlain = make_plain_starts();
/// At which a plain scalar may end.
constexpr std::array<bool, 256> kStopsPlain = make_set(":#\n\t ");
constexpr std::array<bool, 256> kStopsFlowPlain = make_set(":#\n\t ,[]{}?");
constexpr std::array<bool, 256> kFlowIndicators = make_set(",[]{}?");

bool is_in(const std::array<bool, 256>& set, char c) { return set[static_cast<unsigned char>(c)]; }

bool contains(std::string_view text, char c) {
  return std::memchr(text.data(), c, text.size()) != nullptr;
}

/// Whether the text holds what libyaml takes for a line break or drops: CR, NEL, LS, PS, BOM.
bool has_odd_characters(std::string_view text) {
  constexpr auto kNone = std::string_view::npos;
  if (contains(text, '\r')) return true;
  if (contains(text, '\xC2') && text.find("\xC2\x85") != kNone) return true;
  if (contains(text, '\xE2') && text.find("\xE2\x80\xA8") != kNone) return true;
  if (contains(text, '\xE2') && text.find("\xE2\x80\xA9") != kNone) return true;
  return contains(text, '\xEF') && text.find("\xEF\xBB\xBF") != kNone;
}

/// What an escape of one letter stands for; NUL for those that libyaml is asked about.
char escaped(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    default:
      return '\0';
  }
}

}  // namespace

/// One document. Every function returns false to leave it to libyaml.
class TreeBuilder::Subset {
 public:
  Subset(TreeBuilder& builder, source::Span chunk)
      : builder_(builder),
        text_(builder.tree_.file().text().data()),
        at_(chunk.begin),
        line_(chunk.begin),
        end_(chunk.end) {}

  bool read() {
    const std::string_view all(text_ + at_, end_ - at_);
    if (has_odd_characters(all)) return false;
    if (!skip_marker()) return false;
    if (at_ == end_) return true;  // nothing but comments
    builder_.begin_document();
    if (!node(-1, 0) || at_ != end_) return false;
    return builder_.accept({Event::Type::document_end, end_, end_});
  }

 private:
  struct Scalar {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Style style = Style::plain;
    std::string_view text;  ///< in the source or in `own_`
  };

  /// The end of the document reads as a line break.
  char peek(std::uint32_t at) const { return at < end_ ? text_[at] : '\n'; }

  char here() const { return peek(at_); }

  bool is_blank(std::uint32_t at) const { return peek(at) == ' ' || peek(at) == '\n'; }

  bool is_entry() const { return here() == '-' && is_blank(at_ + 1); }

  bool is_key() const { return at_ < end_ && text_[at_] == ':' && is_blank(at_ + 1); }

  void skip_spaces() {
    while (at_ < end_ && text_[at_] == ' ') ++at_;
  }

  /// A `#` here begins a comment.
  bool is_comment() const { return at_ == line_ || text_[at_ - 1] == ' '; }

  void skip_to_break() {
    const void* found = std::memchr(text_ + at_, '\n', end_ - at_);
    at_ = found == nullptr ? end_
                           : static_cast<std::uint32_t>(static_cast<const char*>(found) - text_);
  }

  /// Goes on to the next line with content and says in `column_` where that begins (-1: there is
  /// none). Unless the line is `fresh`, only a comment may come before its end.
  bool end_line(bool fresh = false) {
    while (true) {
      skip_spaces();
      if (at_ == end_) {
        column_ = -1;
        return true;
      }
      const char c = text_[at_];
      if (c == '\n') {
        line_ = ++at_;
        fresh = true;
      } else if (c == '#') {
        if (!is_comment()) return false;
        skip_to_break();
      } else {
        column_ = static_cast<int>(at_ - line_);
        return fresh && c != '\t' && !(column_ == 0 && may_end_document(c));
      }
    }
  }

  /// `---`, `...` and directives are for libyaml.
  bool may_end_document(char c) const {
    return c == '%' || ((c == '.' || c == '-') && peek(at_ + 1) == c && peek(at_ + 2) == c);
  }

  /// Goes past comments and a `---` to the first content.
  bool skip_marker() {
    const bool content = end_line(true);
    if (at_ == end_ || content) return true;
    const bool marked =
        column_ == 0 && std::string_view(text_ + at_, end_ - at_).starts_with("---");
    if (!marked) return false;
    at_ += 3;
    return end_line();
  }

  bool end_value(int parent) { return end_line() && column_ <= parent; }

  bool emit(const Scalar& scalar) {
    Event event{Event::Type::scalar, scalar.begin, scalar.end};
    event.style = scalar.style;
    event.text = scalar.text;
    return builder_.accept(event);
  }

  bool emit_nothing(std::uint32_t at) { return emit({at, at, Style::plain, {}}); }

  bool open(Event::Type type, std::uint32_t at, Style style) {
    Event event{type, at, at};
    event.style = style;
    return builder_.accept(event);
  }

  bool close(std::uint32_t at) { return builder_.accept({Event::Type::collection_end, at, at}); }

  /// The node that begins here, within a block at column `parent`.
  bool node(int parent, int depth) {
    if (depth > kDeepest) return false;
    const char c = here();
    if (is_entry()) return sequence(static_cast<int>(at_ - line_), false, depth);
    if (c == '[' || c == '{') return flow(depth) && end_value(parent);
    if (c == '|') return literal(parent);
    const int column = static_cast<int>(at_ - line_);
    Scalar scalar;
    if (!scan(scalar, false)) return false;
    if (is_key()) return mapping(column, scalar, depth);
    return emit(scalar) && end_value(parent);
  }

  bool mapping(int column, Scalar key, int depth) {
    if (!open(Event::Type::mapping_start, key.begin, Style::block)) return false;
    while (true) {
      if (key.end - key.begin > kLongestKey || !emit(key)) return false;
      ++at_;
      if (!value(column, depth)) return false;
      if (column_ < column) return close(at_);
      if (column_ > column || is_entry() || !scan(key, false) || !is_key()) return false;
    }
  }

  /// What comes after the colon of a key at `column`.
  bool value(int column, int depth) {
    const std::uint32_t colon = at_;
    skip_spaces();
    const char c = here();
    if (c == '\n' || c == '#') {
      if (!end_line()) return false;
      if (column_ > column) return node(column, depth + 1);
      const bool indentless = column_ == column && is_entry();
      return indentless ? sequence(column, true, depth + 1) : emit_nothing(colon);
    }
    if (c == '[' || c == '{') return flow(depth + 1) && end_value(column);
    if (c == '|') return literal(column);
    Scalar scalar;
    return !is_entry() && scan(scalar, false) && emit(scalar) && end_value(column);
  }

  /// `indentless` when it is the value of a key at the same column, which may go on with keys.
  bool sequence(int column, bool indentless, int depth) {
    if (depth > kDeepest || !open(Event::Type::sequence_start, at_, Style::block)) return false;
    while (true) {
      const std::uint32_t after = ++at_;
      skip_spaces();
      if (here() == '\n' || here() == '#') {
        if (!end_line()) return false;
        if (!(column_ > column ? node(column, depth + 1) : emit_nothing(after))) return false;
      } else if (!node(column, depth + 1)) {
        return false;
      }
      if (column_ < column) return close(at_);
      if (column_ > column) return false;
      if (!is_entry()) return indentless && close(at_);
    }
  }

  bool scan(Scalar& out, bool in_flow) {
    out.begin = at_;
    if (here() == '"') return scan_double(out);
    if (here() == '\'') return scan_single(out);
    return scan_plain(out, in_flow);
  }

  bool scan_plain(Scalar& out, bool in_flow) {
    const auto& stops = in_flow ? kStopsFlowPlain : kStopsPlain;
    if (here() == '-') {
      if (is_blank(at_ + 1) || is_in(kFlowIndicators, peek(at_ + 1))) return false;
    } else if (!is_in(kStartsPlain, here())) {
      return false;
    }
    std::uint32_t last = at_;
    for (;; ++at_) {
      const char c = here();
      if (!is_in(stops, c)) {
        last = at_ + 1;
        continue;
      }
      if (c == ' ') continue;
      if (c == '\t' || c == '?') return false;
      if (c == '#' && text_[at_ - 1] != ' ') {
        last = at_ + 1;
        continue;
      }
      if (c == ':' && !is_blank(at_ + 1)) {
        if (peek(at_ + 1) == '\t' || (in_flow && is_in(kFlowIndicators, peek(at_ + 1)))) {
          return false;
        }
        last = at_ + 1;
        continue;
      }
      out.end = last;
      out.style = Style::plain;
      out.text = {text_ + out.begin, out.end - out.begin};
      return true;
    }
  }

  bool scan_single(Scalar& out) {
    own_.clear();
    std::uint32_t from = ++at_;
    bool doubled = false;
    while (true) {
      while (here() != '\'' && here() != '\n') ++at_;
      if (here() == '\n') return false;
      if (peek(at_ + 1) != '\'') break;
      own_.append(text_ + from, at_ + 1 - from);
      at_ += 2;
      from = at_;
      doubled = true;
    }
    if (doubled) own_.append(text_ + from, at_ - from);
    out.text = doubled ? std::string_view(own_) : std::string_view(text_ + from, at_ - from);
    out.end = ++at_;
    out.style = Style::single_quoted;
    return true;
  }

  bool scan_double(Scalar& out) {
    own_.clear();
    std::uint32_t from = ++at_;
    bool changed = false;
    while (here() != '"') {
      if (here() == '\n') return false;
      if (here() == '\\') {
        const char meant = escaped(peek(at_ + 1));
        if (meant == '\0') return false;
        own_.append(text_ + from, at_ - from).push_back(meant);
        from = ++at_ + 1;
        changed = true;
      }
      ++at_;
    }
    if (changed) own_.append(text_ + from, at_ - from);
    out.text = changed ? std::string_view(own_) : std::string_view(text_ + from, at_ - from);
    out.end = ++at_;
    out.style = Style::double_quoted;
    return true;
  }

  /// Spaces, line breaks and comments within a flow collection.
  bool skip_flow_space() {
    while (true) {
      skip_spaces();
      if (at_ == end_) return false;
      if (text_[at_] == '\n') {
        line_ = ++at_;
      } else if (text_[at_] == '#' && is_comment()) {
        skip_to_break();
      } else {
        return !(at_ == line_ && may_end_document(text_[at_]));
      }
    }
  }

  bool flow(int depth) {
    if (depth > kDeepest) return false;
    const bool is_mapping = here() == '{';
    const char closing = is_mapping ? '}' : ']';
    const auto type = is_mapping ? Event::Type::mapping_start : Event::Type::sequence_start;
    if (!open(type, at_, Style::flow)) return false;
    ++at_;
    if (!skip_flow_space()) return false;
    if (here() == closing) return close(++at_);
    while (true) {
      if (is_mapping && !flow_key()) return false;
      if (!flow_node(depth) || !skip_flow_space()) return false;
      if (here() == closing) return close(++at_);
      if (here() != ',') return false;
      ++at_;
      if (!skip_flow_space()) return false;
    }
  }

  bool flow_key() {
    Scalar key;
    if (!scan(key, true)) return false;
    skip_spaces();
    if (here() != ':' || at_ - key.begin > kLongestKey || !emit(key)) return false;
    ++at_;
    return skip_flow_space();
  }

  bool flow_node(int depth) {
    if (here() == '[' || here() == '{') return flow(depth + 1);
    Scalar scalar;
    return scan(scalar, true) && emit(scalar);
  }

  /// `|` within a block at column `parent`, its indentation found by its first line.
  bool literal(int parent) {
    Scalar out;
    out.begin = at_++;
    const char chomping = here() == '+' || here() == '-' ? text_[at_++] : '\0';
    skip_spaces();
    if (at_ < end_ && here() == '#' && is_comment()) skip_to_break();
    if (at_ == end_ || here() != '\n') return false;
    ++at_;
    own_.clear();
    std::uint32_t indent = 0;
    if (!literal_start(parent, indent)) return false;
    const std::size_t breaks = literal_lines(indent);
    if (at_ < end_ && here() == '\t') return false;
    if (broken_ && chomping != '-') own_ += '\n';
    if (chomping == '+') own_.append(breaks, '\n');
    out.end = at_;
    out.style = Style::literal;
    out.text = own_;
    return emit(out) && end_line(true) && column_ <= parent;
  }

  /// Takes the empty lines before the first line with text, and measures that one.
  bool literal_start(int parent, std::uint32_t& indent) {
    std::uint32_t widest = 0;
    while (true) {
      const std::uint32_t begin = at_;
      skip_spaces();
      indent = at_ - begin;
      if (at_ == end_ || text_[at_] == '\t') return false;
      if (text_[at_] != '\n') {
        at_ = begin;
        return indent > 0 && static_cast<int>(indent) > parent && widest <= indent;
      }
      widest = std::max(widest, indent);
      own_ += '\n';
      ++at_;
    }
  }

  /// Takes lines with at least `indent` spaces; returns how many empty ones come after the last.
  std::size_t literal_lines(std::uint32_t indent) {
    std::size_t breaks = 0;
    bool first = true;
    while (at_ < end_) {
      const std::uint32_t begin = at_;
      while (at_ < end_ && at_ - begin < indent && text_[at_] == ' ') ++at_;
      if (at_ == end_) break;
      if (text_[at_] == '\n') {
        ++breaks;
        line_ = ++at_;
        continue;
      }
      if (at_ - begin < indent) break;
      if (!first) own_.append(breaks + 1, '\n');
      breaks = 0;
      first = false;
      const std::uint32_t from = at_;
      skip_to_break();
      own_.append(text_ + from, at_ - from);
      broken_ = at_ < end_;
      if (broken_) line_ = ++at_;
    }
    return breaks;
  }

  TreeBuilder& builder_;
  const char* text_;
  std::uint32_t at_;
  std::uint32_t line_;  ///< where the current line begins
  std::uint32_t end_;
  int column_ = 0;       ///< of the content that `end_line` found
  bool broken_ = false;  ///< the last line of a literal ends with a line break
  std::string own_;      ///< the current scalar when it differs from its source
};

bool TreeBuilder::build_subset(source::Span chunk) {
  const std::uint32_t records = tree_.records_.size();
  const std::size_t owned = tree_.own_text_.size();
  const std::size_t problems = problems_.size();
  if (Subset(*this, chunk).read()) return true;
  tree_.records_.truncate(records);
  tree_.own_text_.resize(owned);
  problems_.erase(problems_.begin() + static_cast<std::ptrdiff_t>(problems), problems_.end());
  begin_document();
  return false;
}

}  // namespace meshfn::yaml
