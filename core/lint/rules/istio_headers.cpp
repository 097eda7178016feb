// Names and values of HTTP headers, as Istio's webhook reads them.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "lint/rules/istio_values.h"

namespace meshfn::lint::istio {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consists_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_pseudo_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {":method", ":scheme", ":authority", ":path",
                                                      ":status"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_refused(std::string_view name, HeaderUse use) {
  switch (use) {
    case HeaderUse::match:
      return !is_claim(name) && !is_pseudo_header(name) && !str::is_http_token(name);
    case HeaderUse::set:
      return name.starts_with(':') && name != ":authority";
    case HeaderUse::remove:
      return name.starts_with(':') || str::equals_ignore_case(name, "host");
    case HeaderUse::cors:
      return name != "*" && !str::is_http_token(name);
    case HeaderUse::strict:
      return !consists_of(name, "-_");
    case HeaderUse::probe:
      return !consists_of(name, "-");
  }
  return false;
}

/// Envoy's header parser: what may come next.
enum class Expect : std::uint8_t {
  literal,
  name,          ///< of a variable, up to `%` or `(`
  arguments,     ///< `[` of an array, or a bare string
  bare,          ///< a bare string, up to `)`
  quote,         ///< that opens a string of the array
  quoted,        ///< inside that string
  comma_or_end,  ///< of the array
  closing,       ///< the parenthesis behind the array
  percent        ///< that ends the variable
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class ValueParser {
 public:
  explicit ValueParser(std::string_view text) : text_(text) {}

  std::string problem() {
    for (; at_ < text_.size(); ++at_) {
      std::string wrong = step(text_[at_]);
      if (!wrong.empty()) return wrong;
    }
    if (expect_ == Expect::literal) return {};
    return fmt::format("the `%…%` expression in `{}` has no end; write `%%` for a percent sign",
                       text_);
  }

 private:
  std::string step(char c) {
    switch (expect_) {
      case Expect::literal:
        return literal(c);
      case Expect::name:
        if (c == '%') expect_ = Expect::literal;
        if (c == '(') expect_ = Expect::arguments;
        return {};
      case Expect::arguments:
        if (c == '[') return follow(Expect::quote);
        return is_space(c) ? std::string() : follow(Expect::bare);
      case Expect::bare:
        return c == ')' ? follow(Expect::percent) : std::string();
      case Expect::quoted:
        if (c == '\\') ++at_;
        return c == '"' ? follow(Expect::comma_or_end) : std::string();
      case Expect::quote:
        return c == '"' ? follow(Expect::quoted) : only_space(c, "`\"`");
      case Expect::comma_or_end:
        if (c == ',') return follow(Expect::quote);
        return c == ']' ? follow(Expect::closing) : only_space(c, "`,` or `]`");
      case Expect::closing:
        return c == ')' ? follow(Expect::percent) : only_space(c, "`)`");
      case Expect::percent:
        return c == '%' ? follow(Expect::literal) : only_space(c, "`%`");
    }
    return {};
  }

  std::string literal(char c) {
    if (c != '%') return {};
    if (at_ + 1 == text_.size()) {
      return fmt::format("the `%` that ends `{}` begins nothing; write `%%`", text_);
    }
    if (text_[at_ + 1] == '%') {
      ++at_;
    } else {
      expect_ = Expect::name;
    }
    return {};
  }

  std::string follow(Expect next) {
    expect_ = next;
    return {};
  }

  std::string only_space(char c, std::string_view wanted) const {
    if (is_space(c)) return {};
    return fmt::format("the expression in `{}` needs {} where it has `{}`", text_, wanted, c);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Expect expect_ = Expect::literal;
};

}  // namespace

bool is_claim(std::string_view header) {
  constexpr std::string_view kPrefix = "@request.auth.claims";
  if (!str::equals_ignore_case(header.substr(0, kPrefix.size()), kPrefix)) return false;
  const std::string_view rest = header.substr(std::min(kPrefix.size(), header.size()));
  if (rest.starts_with('.')) return rest.size() > 1;
  return rest.starts_with('[') && rest.ends_with(']') && rest.size() > 2;
}

std::string header_name_problem(std::string_view name, HeaderUse use) {
  if (name.empty()) return "the name of the header is empty";
  if (!is_refused(name, use)) return {};
  if (use == HeaderUse::set || use == HeaderUse::remove) {
    return fmt::format("the header `{}` cannot be changed here", name);
  }
  return fmt::format("`{}` is no name of a header", name);
}

std::string header_value_problem(std::string_view value) {
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
  if (has_control) return "the value of the header has a control character";
  return ValueParser(value).problem();
}

}  // namespace meshfn::lint::istio
