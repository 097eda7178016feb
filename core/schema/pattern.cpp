#include "schema/pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace meshfn::schema {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

constexpr bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

constexpr bool is_lower_alnum(char c) { return is_lower(c) || is_digit(c); }

constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }

bool dns_label(std::string_view text) {
  return !text.empty() && is_lower_alnum(text.front()) && is_lower_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower_alnum(c) || c == '-'; });
}

bool dns_subdomain(std::string_view text) {
  bool at_edge = true;  // the previous character was a dot or the start
  char last = '.';
  for (const char c : text) {
    if (c == '.') {
      if (at_edge || last == '-') return false;
      at_edge = true;
    } else if (is_lower_alnum(c) || (c == '-' && !at_edge)) {
      at_edge = false;
    } else {
      return false;
    }
    last = c;
  }
  return !at_edge && last != '-';
}

bool optional_subdomain(std::string_view text) { return text.empty() || dns_subdomain(text); }

bool wildcard_subdomain(std::string_view text) {
  return dns_subdomain(text.starts_with("*.") ? text.substr(2) : text);
}

bool kind_name(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

bool header_name(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool header_value(std::string_view text) {
  const auto visible = [](char c) { return c >= '!' && c <= '~'; };
  if (text.empty() || !visible(text.front()) || !visible(text.back())) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (visible(text[i])) continue;
    const bool blank = text[i] == ' ' || text[i] == '\t';
    if (!blank || !visible(text[i - 1])) return false;
  }
  return true;
}

bool label_value(std::string_view text) {
  return text.empty() || (is_alnum(text.front()) && is_alnum(text.back()) &&
                          std::all_of(text.begin(), text.end(), [](char c) {
                            return is_alnum(c) || c == '-' || c == '_' || c == '.';
                          }));
}

/// GEP-2257: one to four groups of one to five digits and a unit.
bool gateway_duration(std::string_view text) {
  int groups = 0;
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == 0 || digits > 5 || ++groups > 4) return false;
    text.remove_prefix(digits);
    if (text.starts_with("ms")) {
      text.remove_prefix(2);
    } else if (!text.empty() && (text[0] == 'h' || text[0] == 'm' || text[0] == 's')) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  return groups > 0;
}

/// A label or annotation key: an optional DNS subdomain and a slash, then a name.
bool qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    if (!dns_subdomain(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  return !text.empty() && text.size() <= 63 && label_value(text);
}

struct ByHand {
  std::string_view expression;
  bool (*matches)(std::string_view);  ///< null: left to RE2
  std::string_view like;
};

constexpr std::array kByHand = {
    ByHand{R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?$)", dns_label,
           "lower-case letters, digits and `-`, with a letter or digit at both ends"},
    ByHand{R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)", dns_subdomain,
           "a DNS name: lower-case letters, digits, `-` and `.`"},
    ByHand{R"(^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
           optional_subdomain, "empty, or a DNS name such as `gateway.networking.k8s.io`"},
    ByHand{R"(^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
           wildcard_subdomain, "a lower-case DNS name, optionally with `*.` in front"},
    ByHand{R"(^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$)", kind_name,
           "a kind: letters, digits and `-`, beginning with a letter"},
    ByHand{R"(^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$)", header_name, "an HTTP header name"},
    ByHand{R"(^[!-~]+([\t ]?[!-~]+)*$)", header_value,
           "visible ASCII with single blanks between words"},
    ByHand{R"(^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$)", label_value,
           "letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"},
    ByHand{R"(^([0-9]{1,5}(h|m|s|ms)){1,4}$)", gateway_duration,
           "a duration such as `500ms` or `1m30s`: whole numbers with `h`, `m`, `s` or `ms`"},
    ByHand{
        R"(^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$)",
        qualified_name,
        "a name of at most 63 letters, digits, `-`, `_` and `.`, optionally after "
        "`prefix.example/`"},
    ByHand{R"(^[a-z]([-a-z0-9]*[a-z0-9])?$)", nullptr,
           "lower-case letters, digits and `-`, beginning with a letter"},
    ByHand{R"(^[-_A-Za-z0-9]+$)", nullptr, "letters, digits, `-` and `_`"},
    ByHand{R"((^$|^[a-f0-9]{64}$))", nullptr, "64 lower-case hexadecimal digits"},
};

}  // namespace

Pattern::Pattern(std::string expression) : expression_(std::move(expression)) {
  const auto found = std::find_if(kByHand.begin(), kByHand.end(),
                                  [&](const ByHand& row) { return row.expression == expression_; });
  if (found == kByHand.end()) return;
  by_hand_ = found->matches;
  like_ = found->like;
}

Pattern::~Pattern() = default;

const re2::RE2& Pattern::compiled() const {
  std::call_once(once_, [this] {
    RE2::Options options;
    options.set_log_errors(false);
    regex_ = std::make_unique<re2::RE2>(expression_, options);
  });
  return *regex_;
}

bool Pattern::valid() const { return by_hand_ != nullptr || compiled().ok(); }

bool Pattern::matches(std::string_view text) const {
  if (by_hand_ != nullptr) return by_hand_(text);
  const re2::RE2& regex = compiled();
  return !regex.ok() || re2::RE2::PartialMatch({text.data(), text.size()}, regex);
}

}  // namespace meshfn::schema
