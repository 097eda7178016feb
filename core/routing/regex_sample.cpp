#include <algorithm>

#include "routing/match.h"
#include "routing/sample.h"

namespace meshfn::routing {

namespace {

constexpr int kDeepest = 64;

/// Walks the regex once and writes the shortest text it can: first branch of a choice, least
/// repetition. What it does not understand shows when the text is tried against the regex.
class Sampler {
 public:
  explicit Sampler(std::string_view regex) : regex_(regex) {}

  std::string sample() { return choice(0); }

 private:
  bool at_end() const { return next_ >= regex_.size(); }

  char peek() const { return regex_[next_]; }

  /// Branches up to a `)` or the end; the first one counts.
  std::string choice(int depth) {
    std::string first = sequence(depth);
    while (!at_end() && peek() == '|') {
      ++next_;
      sequence(depth);
    }
    return first;
  }

  std::string sequence(int depth) {
    std::string text;
    while (!at_end() && peek() != '|' && peek() != ')') {
      const std::string one = atom(depth);
      for (std::size_t i = repetition(); i > 0; --i) text += one;
    }
    return text;
  }

  std::string atom(int depth) {
    const char c = regex_[next_++];
    if (c == '(') return group(depth);
    if (c == '[') return char_class();
    if (c == '\\') return escape();
    if (c == '.') return "x";
    if (c == '^' || c == '$') return {};
    return {c};
  }

  std::string group(int depth) {
    if (depth > kDeepest) {
      next_ = regex_.size();
      return {};
    }
    if (!at_end() && peek() == '?') {
      // (?:…), (?P<name>…), (?i) and (?i:…): only what follows the flags or the name is text.
      while (!at_end() && peek() != ':' && peek() != '>' && peek() != ')') ++next_;
      if (!at_end() && peek() != ')') ++next_;
    }
    std::string text = choice(depth + 1);
    if (!at_end()) ++next_;
    return text;
  }

  std::string escape() {
    if (at_end()) return {};
    const char c = regex_[next_++];
    switch (c) {
      case 'd':
        return "1";
      case 'w':
        return "a";
      case 's':
        return " ";
      case 'D':
      case 'S':
        return "a";
      case 'W':
        return "-";
      case 'b':
      case 'A':
      case 'z':
        return {};
      default:
        return {c};
    }
  }

  /// The first member; of a negated class, the first of some harmless letters that is none.
  std::string char_class() {
    const bool negated = !at_end() && peek() == '^';
    if (negated) ++next_;
    std::string members;
    bool first = true;
    while (!at_end() && (first || peek() != ']')) {
      first = false;
      if (peek() == '\\') {
        ++next_;
        members += escape();
      } else {
        members += regex_[next_++];
      }
    }
    if (!at_end()) ++next_;
    if (!negated) return members.empty() ? std::string() : members.substr(0, 1);
    for (const char c : std::string_view("xa1-_")) {
      if (members.find(c) == members.npos) return {c};
    }
    return {};
  }

  /// How often the last atom has to stand; passes over the quantifier.
  std::size_t repetition() {
    if (at_end()) return 1;
    std::size_t least = 1;
    const char c = peek();
    if (c == '*' || c == '?') {
      least = 0;
      ++next_;
    } else if (c == '+') {
      ++next_;
    } else if (c == '{') {
      least = 0;
      for (++next_; !at_end() && peek() >= '0' && peek() <= '9'; ++next_) {
        least = std::min<std::size_t>(least * 10 + static_cast<std::size_t>(peek() - '0'), 1000);
      }
      while (!at_end() && regex_[next_++] != '}') {
      }
    }
    if (!at_end() && peek() == '?') ++next_;  // lazy
    return least;
  }

  std::string_view regex_;
  std::size_t next_ = 0;
};

}  // namespace

std::optional<std::string> regex_sample(std::string_view regex) {
  const StringMatch pattern(StringMatch::Kind::regex, std::string(regex));
  std::string text = Sampler(regex).sample();
  if (!pattern.matches(text)) return std::nullopt;
  return text;
}

}  // namespace meshfn::routing
