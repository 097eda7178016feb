#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <mutex>

#include "base/str.h"
#include "routing/match.h"
#include "routing/regex_prefix.h"

namespace meshfn::routing {

namespace {

bool equal(std::string_view a, std::string_view b, bool ignore_case) {
  return ignore_case ? str::equals_ignore_case(a, b) : a == b;
}

bool begins(std::string_view text, std::string_view prefix, bool ignore_case) {
  return text.size() >= prefix.size() && equal(text.substr(0, prefix.size()), prefix, ignore_case);
}

std::string_view without_trailing_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// `/a` holds `/a`, `/a/` and `/a/b`, not `/ab`.
bool under_path(std::string_view path, std::string_view prefix, bool ignore_case) {
  prefix = without_trailing_slash(prefix);
  if (prefix.empty() || prefix == "/") return path.starts_with('/');
  if (!begins(path, prefix, ignore_case)) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/';
}

re2::RE2::Options regex_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  // Envoy compiles with latin1 off and `.` not matching line breaks: RE2's defaults.
  return options;
}

}  // namespace

/// Most of a large table's expressions are never asked, and most answers need no more than their
/// first letters. Safe to be asked from several threads.
class LazyRegex {
 public:
  explicit LazyRegex(std::string text) : text_(std::move(text)), prefix_(literal_prefix(text_)) {}

  bool matches(std::string_view text) const {
    if (!text.starts_with(prefix_)) return false;
    return get().ok() && re2::RE2::FullMatch({text.data(), text.size()}, get());
  }

  const re2::RE2& get() const {
    std::call_once(once_, [&] { regex_ = std::make_unique<re2::RE2>(text_, regex_options()); });
    return *regex_;
  }

 private:
  std::string text_;
  std::string prefix_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const re2::RE2> regex_;
};

namespace {

/// Whether the regex goes on with anything: ends in an unescaped `.*` that belongs to the whole.
bool is_open_ended(std::string_view regex) {
  if (!regex.ends_with(".*") || has_top_level_choice(regex)) return false;
  std::size_t backslashes = 0;
  while (backslashes + 2 < regex.size() && regex[regex.size() - 3 - backslashes] == '\\') {
    ++backslashes;
  }
  return backslashes % 2 == 0;
}

}  // namespace

StringMatch::StringMatch(Kind kind, std::string text, bool ignore_case)
    : kind_(kind), text_(std::move(text)), ignore_case_(ignore_case && kind != Kind::regex) {
  if (kind_ == Kind::regex) regex_ = std::make_shared<const LazyRegex>(text_);
}

std::string StringMatch::error() const {
  return regex_ == nullptr || regex_->get().ok() ? std::string() : regex_->get().error();
}

bool StringMatch::matches(std::string_view text) const {
  switch (kind_) {
    case Kind::exact:
      return equal(text, text_, ignore_case_);
    case Kind::prefix:
      return begins(text, text_, ignore_case_);
    case Kind::path_prefix:
      return under_path(text, text_, ignore_case_);
    case Kind::suffix:
      return text.ends_with(text_);
    case Kind::regex:
      return regex_->matches(text);
    case Kind::present:
      return true;
  }
  return false;
}

/// Whether every text that begins with `prefix` is matched.
bool StringMatch::covers_prefix(std::string_view prefix) const {
  switch (kind_) {
    case Kind::present:
      return true;
    case Kind::prefix:
      return begins(prefix, text_, ignore_case_);
    case Kind::path_prefix: {
      const std::string_view own = without_trailing_slash(text_);
      if (own == "/" || own.empty()) return prefix.starts_with('/');
      return begins(prefix, own, ignore_case_) && prefix.size() > own.size() &&
             prefix[own.size()] == '/';
    }
    case Kind::regex:
      return is_open_ended(text_) && matches(prefix);
    case Kind::exact:
    case Kind::suffix:
      return false;
  }
  return false;
}

bool StringMatch::covers(const StringMatch& other) const {
  if (kind_ == Kind::present || *this == other) return true;
  // A pattern that matters by case cannot cover one that does not.
  if (other.ignore_case_ && !ignore_case_) return false;
  switch (other.kind_) {
    case Kind::exact:
      return matches(other.text_);
    case Kind::prefix:
      return covers_prefix(other.text_);
    case Kind::path_prefix: {
      const std::string base(without_trailing_slash(other.text_));
      if (kind_ == Kind::path_prefix) return under_path(base, text_, ignore_case_);
      return matches(base) && covers_prefix(base == "/" ? base : base + "/");
    }
    case Kind::regex: {
      const std::string prefix = literal_prefix(other.text_);
      if (text_ == ".*" && kind_ == Kind::regex) return true;
      return !prefix.empty() && covers_prefix(prefix);
    }
    case Kind::suffix:
      return kind_ == Kind::suffix && other.text_.ends_with(text_);
    case Kind::present:
      return kind_ == Kind::regex && text_ == ".*";
  }
  return false;
}

std::string StringMatch::describe() const {
  const char* note = ignore_case_ ? " in any case" : "";
  switch (kind_) {
    case Kind::exact:
      return fmt::format("exact `{}`{}", text_, note);
    case Kind::prefix:
      return fmt::format("prefix `{}`{}", text_, note);
    case Kind::path_prefix:
      return fmt::format("path prefix `{}`{}", text_, note);
    case Kind::suffix:
      return fmt::format("suffix `{}`{}", text_, note);
    case Kind::regex:
      return fmt::format("regex `{}`", text_);
    case Kind::present:
      return "any value";
  }
  return {};
}

bool operator==(const StringMatch& a, const StringMatch& b) {
  return a.kind_ == b.kind_ && a.text_ == b.text_ && a.ignore_case_ == b.ignore_case_;
}

std::string replace_regex(const std::string& path, const std::string& regex,
                          const std::string& substitution) {
  const re2::RE2 pattern(regex, regex_options());
  std::string changed = path;
  if (pattern.ok()) re2::RE2::GlobalReplace(&changed, pattern, substitution);
  return changed;
}

}  // namespace meshfn::routing
