#include "function/exports.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::function {

namespace {

constexpr const char* kPython[] = {
    R"((?m)^(?:async +)?def +(\w+) *\()",
    R"((?m)^class +(\w+))",
    R"((?m)^(\w+) *(?::[^=\n]+)?=[^=])",
};

constexpr const char* kNode[] = {
    R"((?m)(?:^|[\s;{}(,=])(?:module\.)?exports\.(\w+)\s*=)",
    R"((?m)(?:^|[\s;}])export\s+(?:async\s+)?function\s*\*?\s*(\w+))",
    R"((?m)(?:^|[\s;}])export\s+(?:const|let|var|class)\s+(\w+))",
};

/// The names between the braces of `module.exports = {…}` and `export {…}`.
constexpr const char* kNodeList =
    R"((?:module\.exports\s*=\s*|(?:^|[\s;}])export\s*)\{([\w\s,:$]*)\})";

/// What may bring in names that the text does not have.
constexpr std::string_view kPythonOpen[] = {"import *", "globals()",   "locals()", "vars(",
                                            "setattr(", "__getattr__", "exec(",    "sys.modules"};
/// Whoever is handed `exports` may fill it.
constexpr std::string_view kNodeOpen[] = {
    "export *",        "export*",         "exports[",  "...",      "assign(",
    "eval(",           "(exports",        ", exports", ",exports", "__export(",
    "module.exports)", "module.exports,", "defineProp"};

/// What may stand behind the module's name.
struct Suffix {
  Language language;
  std::string_view text;
};

constexpr Suffix kSuffixes[] = {{Language::python, ".py"},
                                {Language::node, ".mjs"},
                                {Language::node, ".js"},
                                {Language::node, ".cjs"},
                                {Language::python, "/__init__.py"}};

/// Where the module ends: Python's names hold dots, and below a module of Node.js objects nest.
std::size_t module_end(Language language, const std::string& handler) {
  if (language == Language::python) return handler.rfind('.');
  const std::size_t slash = handler.rfind('/');
  return handler.find('.', slash == std::string::npos ? 0 : slash);
}

void collect(std::string_view text, const re2::RE2& pattern, std::vector<std::string>& names) {
  re2::StringPiece rest(text.data(), text.size());
  std::string name;
  while (re2::RE2::FindAndConsume(&rest, pattern, &name)) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
}

/// Of `a, b: c, d as e` the names a, b and e.
void collect_lists(std::string_view text, std::vector<std::string>& names) {
  static const re2::RE2 list(kNodeList);
  static const re2::RE2 item(R"((?:\w+\s+as\s+)?(\w+)(?:\s*:\s*\w+)?)");
  re2::StringPiece rest(text.data(), text.size());
  re2::StringPiece found;
  while (re2::RE2::FindAndConsume(&rest, list, &found)) {
    collect({found.data(), found.size()}, item, names);
  }
}

bool has_any(std::string_view text, const auto& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

/// `module.exports = something` that is no list of names.
bool exports_a_value(std::string_view text) {
  static const re2::RE2 pattern(R"(module\.exports\s*=\s*[^\s{=])");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

}  // namespace

std::optional<HandlerFile> find_handler_file(const Files& files, const std::string& directory,
                                             const std::string& handler) {
  for (const Suffix& suffix : kSuffixes) {
    const std::size_t end = module_end(suffix.language, handler);
    const std::string module = handler.substr(0, end);
    const std::string name = end == std::string::npos ? "" : handler.substr(end + 1);
    for (const std::string& below : {module, str::replace_all(module, ".", "/")}) {
      std::string path = path::join(directory, below + std::string(suffix.text));
      if (!files.exists(path)) continue;
      return HandlerFile{suffix.language, std::move(path), name.substr(0, name.find('.'))};
    }
  }
  return std::nullopt;
}

std::vector<std::string> exported_names(Language language, std::string_view text) {
  std::vector<std::string> names;
  if (language == Language::python) {
    for (const char* pattern : kPython) collect(text, re2::RE2(pattern), names);
  } else if (language == Language::node) {
    for (const char* pattern : kNode) collect(text, re2::RE2(pattern), names);
    collect_lists(text, names);
  }
  return names;
}

bool surely_lacks(Language language, std::string_view text, std::string_view name) {
  if (language != Language::python && language != Language::node) return false;
  const bool open = language == Language::python
                        ? has_any(text, kPythonOpen)
                        : has_any(text, kNodeOpen) || exports_a_value(text);
  if (open || name.empty()) return false;
  const re2::RE2 word(R"(\b)" + re2::RE2::QuoteMeta(re2::StringPiece(name.data(), name.size())) +
                      R"(\b)");
  return !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), word);
}

}  // namespace meshfn::function
