#include "scaffold/name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "scaffold/render.h"

namespace meshfn::scaffold {

namespace {

/// Words that cannot name a module or package in one of the languages we write.
constexpr std::string_view kReserved[] = {
    "abstract",  "and",          "as",         "assert",   "async",     "await",    "auto",
    "bool",      "boolean",      "break",      "byte",     "case",      "catch",    "chan",
    "char",      "class",        "const",      "continue", "crate",     "def",      "default",
    "defer",     "del",          "delete",     "do",       "double",    "dyn",      "elif",
    "else",      "enum",         "except",     "export",   "extends",   "extern",   "false",
    "final",     "finally",      "float",      "fn",       "for",       "from",     "func",
    "function",  "global",       "go",         "goto",     "if",        "impl",     "implements",
    "import",    "in",           "instanceof", "int",      "interface", "is",       "lambda",
    "let",       "long",         "loop",       "main",     "map",       "match",    "mod",
    "move",      "mut",          "namespace",  "native",   "new",       "none",     "nonlocal",
    "not",       "null",         "operator",   "or",       "package",   "pass",     "private",
    "protected", "pub",          "public",     "raise",    "range",     "ref",      "return",
    "select",    "self",         "short",      "static",   "strictfp",  "struct",   "super",
    "switch",    "synchronized", "template",   "this",     "throw",     "throws",   "trait",
    "transient", "true",         "try",        "type",     "typedef",   "typename", "union",
    "unsafe",    "unsigned",     "use",        "using",    "var",       "virtual",  "void",
    "volatile",  "where",        "while",      "with",     "yield"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool is_allowed(char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; }

/// `name` in our spelling, if that is a good one.
std::string mended(std::string_view name) {
  std::string kebab = str::join(words(name), "-");
  kebab.erase(0, static_cast<std::size_t>(std::find_if(kebab.begin(), kebab.end(), is_lower) -
                                          kebab.begin()));
  return kebab.size() > kLongestName ? std::string() : kebab;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  const auto refuse = [&](std::string_view why) -> Result<void> {
    const std::string better = mended(name);
    return usage_error(fmt::format("`{}` cannot be a name: {}", name, why),
                       better.empty() || better == name ? "names look like `order-created`"
                                                        : fmt::format("`{}` would do", better));
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kLongestName) {
    return refuse(fmt::format("it is longer than {} characters", kLongestName));
  }
  if (!std::all_of(name.begin(), name.end(), is_allowed)) {
    return refuse("only small letters, digits and `-` suit all platforms");
  }
  if (!is_lower(name.front())) return refuse("it does not begin with a letter");
  if (name.back() == '-') return refuse("it ends in `-`");
  if (name.find("--") != std::string_view::npos) return refuse("it has two dashes in a row");
  if (std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved)) {
    return refuse("it is a word of a programming language");
  }
  return {};
}

}  // namespace meshfn::scaffold
