#include "routing/regex_prefix.h"

#include <cctype>

namespace meshfn::routing {

namespace {

/// What means more than itself in a regular expression, the backslash aside.
constexpr std::string_view kMeta = ".[](){}*+?|^$";

/// Takes the last code point off UTF-8 text.
void drop_last_letter(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
    text.pop_back();
  }
  if (!text.empty()) text.pop_back();
}

/// The place behind the class that begins at `at`: a `]` in front is one of its letters.
std::size_t after_class(std::string_view regex, std::size_t at) {
  ++at;
  if (at < regex.size() && regex[at] == '^') ++at;
  if (at < regex.size() && regex[at] == ']') ++at;
  for (; at < regex.size() && regex[at] != ']'; ++at) {
    if (regex[at] == '\\') ++at;
  }
  return at + 1;
}

/// The place behind the escape that begins at `at`, or behind all that `\Q` quotes.
std::size_t after_escape(std::string_view regex, std::size_t at) {
  if (!regex.substr(at).starts_with("\\Q")) return at + 2;
  const std::size_t end = regex.find("\\E", at);
  return end == regex.npos ? regex.size() : end + 2;
}

/// Whether what stands before `rest` of a regex may be left out. RE2 looks through flags and empty
/// quotes: the star of `a(?i)*`, `a+(?i)*` and `a\Q\E*` is that of `a`.
bool makes_optional(std::string_view rest) {
  if (rest.empty()) return false;
  if (rest[0] == '*' || rest[0] == '?' || rest[0] == '{') return true;
  return rest.find("(?") != rest.npos || rest.find("\\Q") != rest.npos ||
         rest.find("\\E") != rest.npos;
}

}  // namespace

bool has_top_level_choice(std::string_view regex) {
  int depth = 0;
  for (std::size_t at = 0; at < regex.size();) {
    const char c = regex[at];
    if (c == '\\') {
      at = after_escape(regex, at);
    } else if (c == '[') {
      at = after_class(regex, at);
    } else {
      if (c == '|' && depth == 0) return true;
      if (c == '(') ++depth;
      if (c == ')') --depth;
      ++at;
    }
  }
  return false;
}

std::string literal_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || kMeta.find(c) != kMeta.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string literal_prefix(std::string_view regex) {
  if (has_top_level_choice(regex)) return {};
  if (regex.starts_with('^')) regex.remove_prefix(1);
  std::string prefix;
  std::size_t at = 0;
  for (; at < regex.size() && kMeta.find(regex[at]) == kMeta.npos; ++at) {
    if (regex[at] == '\\') {
      // Before a letter or digit it is a class, before anything else that itself.
      const bool itself =
          at + 1 < regex.size() && std::ispunct(static_cast<unsigned char>(regex[at + 1]));
      if (!itself) break;
      ++at;
    }
    prefix += regex[at];
  }
  if (makes_optional(regex.substr(at))) drop_last_letter(prefix);
  return prefix;
}

}  // namespace meshfn::routing
