#include "schema/cel/lexer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace meshfn::schema::cel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (skip_blank(); at_ < text_.size(); skip_blank()) {
      start_ = at_;
      if (!string() && !number() && !word() && !sign()) {
        return fail(fmt::format("unexpected `{}` at offset {}", text_[at_], at_));
      }
      if (!error_.empty()) return fail(error_);
    }
    start_ = at_;
    push(TokenKind::end);
    return std::move(found_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void push(TokenKind kind, std::string value = {}) {
    found_.push_back({kind, text_.substr(start_, at_ - start_), std::move(value), start_});
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  bool word() {
    if (!starts_word(peek())) return false;
    while (starts_word(peek()) || is_digit(peek())) ++at_;
    push(TokenKind::word);
    return true;
  }

  bool number() {
    if (!is_digit(peek()) && !(peek() == '.' && is_digit(peek(1)))) return false;
    bool real = false;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      while (is_hex(peek())) ++at_;
    } else {
      while (is_digit(peek())) ++at_;
      if (peek() == '.' && is_digit(peek(1))) {
        real = true;
        for (++at_; is_digit(peek());) ++at_;
      }
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign))) {
        real = true;
        for (at_ += sign; is_digit(peek());) ++at_;
      }
    }
    if (!real && (peek() == 'u' || peek() == 'U')) {
      push(TokenKind::unsigned_integer);
      ++at_;
    } else {
      push(real ? TokenKind::real : TokenKind::integer);
    }
    return true;
  }

  bool sign() {
    constexpr std::array<std::string_view, 26> kSigns = {
        "==", "!=", "<=", ">=", "&&", "||", ".?", "[?", "?", ":", "<", ">", "+",
        "-",  "*",  "/",  "%",  "!",  "(",  ")",  "[",  "]", "{", "}", ".", ","};
    for (const std::string_view sign : kSigns) {
      if (text_.substr(at_, sign.size()) != sign) continue;
      at_ += sign.size();
      push(TokenKind::sign);
      return true;
    }
    return false;
  }

  /// Prefixes r and b in either order, then one or three quotes.
  bool string() {
    std::size_t quote = 0;
    bool raw = false;
    bool bytes = false;
    while (quote < 2 && starts_word(peek(quote))) {
      const char c = peek(quote);
      if (c == 'r' || c == 'R') {
        raw = true;
      } else if (c == 'b' || c == 'B') {
        bytes = true;
      } else {
        return false;
      }
      ++quote;
    }
    const char mark = peek(quote);
    if (mark != '"' && mark != '\'') return false;
    at_ += quote;
    const std::string triple(3, mark);
    const std::string_view end =
        text_.substr(at_, 3) == triple ? std::string_view(triple) : text_.substr(at_, 1);
    at_ += end.size();
    std::string value;
    while (text_.substr(at_, end.size()) != end) {
      if (at_ >= text_.size() || (end.size() == 1 && peek() == '\n')) {
        error_ = fmt::format("the string at offset {} does not end", start_);
        return true;
      }
      if (peek() == '\\' && !raw) {
        escape(value, bytes);
      } else {
        value.push_back(text_[at_++]);
      }
    }
    at_ += end.size();
    push(bytes ? TokenKind::bytes : TokenKind::string, std::move(value));
    return true;
  }

  void escape(std::string& value, bool bytes) {
    constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    const char letter = peek(1);
    const std::size_t simple = kLetters.find(letter);
    if (letter != '\0' && simple != std::string_view::npos) {
      value.push_back(kMeanings[simple]);
      at_ += 2;
      return;
    }
    const bool octal = letter >= '0' && letter <= '3';
    const std::size_t digits = octal                            ? 3
                               : letter == 'u'                  ? 4
                               : letter == 'U'                  ? 8
                               : letter == 'x' || letter == 'X' ? 2
                                                                : 0;
    const std::string_view number =
        text_.substr(std::min(at_ + (octal ? 1 : 2), text_.size()), digits);
    unsigned code = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), code, octal ? 8 : 16);
    if (digits == 0 || number.size() != digits || error != std::errc() ||
        end != number.data() + digits) {
      error_ = fmt::format("unknown escape at offset {}", at_);
      at_ += 1;
      return;
    }
    at_ += digits + (octal ? 1 : 2);
    if (bytes && (octal || digits == 2)) {
      value.push_back(static_cast<char>(code));
    } else {
      append_utf8(value, code);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  std::vector<Token> found_;
  std::string error_;
};

}  // namespace

Result<std::vector<Token>> tokens(std::string_view text) { return Lexer(text).run(); }

}  // namespace meshfn::schema::cel
