#include "schema/cel/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/str.h"

namespace meshfn::schema::cel {

namespace {

constexpr std::array<std::string_view, 21> kReserved = {
    "as",       "break",   "const",  "continue", "else", "false", "for",
    "function", "if",      "import", "in",       "let",  "loop",  "namespace",
    "null",     "package", "return", "true",     "var",  "void",  "while"};

}  // namespace

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

std::string unescape(std::string_view name) {
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    const std::string_view inner = name.substr(2, name.size() - 4);
    if (is_reserved(inner)) return std::string(inner);
  }
  std::string text = str::replace_all(name, "__dot__", ".");
  text = str::replace_all(text, "__dash__", "-");
  text = str::replace_all(text, "__slash__", "/");
  return str::replace_all(text, "__underscores__", "__");
}

namespace {

template <class T, class... Base>
std::optional<Value> read(std::string_view digits, Base... base) {
  T value = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value, base...);
  return error == std::errc() && at == end ? std::optional(Value(value)) : std::nullopt;
}

}  // namespace

std::optional<Value> read_number(const Token& token, std::string_view sign) {
  const bool hex = token.text.starts_with("0x") || token.text.starts_with("0X");
  const std::string digits = std::string(sign) + std::string(token.text.substr(hex ? 2 : 0));
  if (token.kind == TokenKind::real) return read<double>(digits);
  if (token.kind == TokenKind::unsigned_integer) return read<std::uint64_t>(digits, hex ? 16 : 10);
  return read<std::int64_t>(digits, hex ? 16 : 10);
}

}  // namespace meshfn::schema::cel
