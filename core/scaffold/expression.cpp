#include "scaffold/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/str.h"
#include "base/suggest.h"

namespace meshfn::scaffold {

namespace {

struct Token {
  enum class Kind { end, word, text, sign } kind = Kind::end;
  std::string_view text;  ///< without the quotes of a string
  std::size_t offset = 0;
};

tl::unexpected<ExpressionError> wrong(std::size_t offset, std::string message,
                                      std::string hint = {}) {
  return tl::unexpected<ExpressionError>({std::move(message), std::move(hint), offset});
}

bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool continues_word(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '.'; }

tl::expected<std::vector<Token>, ExpressionError> tokenise(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
    } else if (starts_word(text[at])) {
      while (at < text.size() && continues_word(text[at])) ++at;
      tokens.push_back({Token::Kind::word, text.substr(begin, at - begin), begin});
    } else if (text[at] == '"' || text[at] == '\'') {
      const std::size_t close = text.find(text[at], at + 1);
      if (close == std::string_view::npos) return wrong(begin, "string without its closing quote");
      tokens.push_back({Token::Kind::text, text.substr(begin + 1, close - begin - 1), begin});
      at = close + 1;
    } else {
      const bool two = text.substr(at, 2) == "==" || text.substr(at, 2) == "!=";
      if (!two && std::string_view("|()").find(text[at]) == std::string_view::npos) {
        return wrong(begin, fmt::format("unexpected `{}`", text[at]));
      }
      at += two ? 2 : 1;
      tokens.push_back({Token::Kind::sign, text.substr(begin, at - begin), begin});
    }
  }
  tokens.push_back({Token::Kind::end, {}, text.size()});
  return tokens;
}

std::string unknown_hint(std::string_view name, const Variables& variables) {
  std::vector<std::string_view> known;
  for (const auto& [key, value] : variables) known.push_back(key);
  return did_you_mean(name, known);
}

bool truth(const Value& value) {
  if (const bool* yes = std::get_if<bool>(&value)) return *yes;
  if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
  return !std::get<std::vector<std::string>>(value).empty();
}

/// Recursive descent over the tokens. Without variables it only checks the syntax: every operand
/// is then taken for an empty text.
class Reader {
 public:
  Reader(std::vector<Token> tokens, const Variables* variables)
      : tokens_(std::move(tokens)), variables_(variables) {}

  using Answer = tl::expected<Value, ExpressionError>;

  Answer whole() {
    Answer value = any_of();
    if (value && peek().kind != Token::Kind::end) return unexpected();
    return value;
  }

 private:
  const Token& peek() const { return tokens_[next_]; }

  bool take(std::string_view text) {
    if (peek().kind == Token::Kind::text || peek().text != text) return false;
    ++next_;
    return true;
  }

  tl::unexpected<ExpressionError> unexpected() const {
    if (peek().kind == Token::Kind::end) return wrong(peek().offset, "unfinished expression");
    return wrong(peek().offset, fmt::format("unexpected `{}`", peek().text));
  }

  Answer any_of() {
    Answer left = all_of();
    while (left && take("or")) {
      const Answer right = all_of();
      if (!right) return right;
      left = Value(truth(*left) || truth(*right));
    }
    return left;
  }

  Answer all_of() {
    Answer left = negation();
    while (left && take("and")) {
      const Answer right = negation();
      if (!right) return right;
      left = Value(truth(*left) && truth(*right));
    }
    return left;
  }

  Answer negation() {
    if (!take("not")) return comparison();
    const Answer value = negation();
    return value ? Answer(Value(!truth(*value))) : value;
  }

  Answer comparison() {
    Answer left = filtered();
    if (!left) return left;
    const std::size_t place = peek().offset;
    const bool equal = take("==");
    if (equal || take("!=")) {
      const Answer right = filtered();
      return right ? Answer(Value((*left == *right) == equal)) : right;
    }
    if (!take("in")) return left;
    const Answer right = filtered();
    return right ? member(*left, *right, place) : right;
  }

  Answer member(const Value& item, const Value& in, std::size_t place) const {
    if (variables_ == nullptr) return Value(false);
    const auto* text = std::get_if<std::string>(&item);
    const auto* among = std::get_if<std::vector<std::string>>(&in);
    if (text == nullptr || among == nullptr) return wrong(place, "`in` takes a text and a list");
    return Value(std::find(among->begin(), among->end(), *text) != among->end());
  }

  Answer filtered() {
    Answer value = operand();
    while (value && take("|")) {
      const Token name = peek();
      if (name.kind != Token::Kind::word) return unexpected();
      ++next_;
      value = apply(name, *value);
    }
    return value;
  }

  Answer apply(const Token& name, const Value& value) const {
    std::vector<std::string_view> known;
    for (const Filter& filter : filters()) {
      known.push_back(filter.name);
      if (filter.name != name.text) continue;
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr) return wrong(name.offset, "a filter takes a text");
      return Value(filter.apply(*text));
    }
    return wrong(name.offset, fmt::format("unknown filter `{}`", name.text),
                 did_you_mean(name.text, known));
  }

  Answer operand() {
    const Token token = peek();
    if (take("(")) {
      Answer inner = any_of();
      if (inner && !take(")")) return unexpected();
      return inner;
    }
    if (token.kind == Token::Kind::end || token.kind == Token::Kind::sign) return unexpected();
    ++next_;
    if (token.kind == Token::Kind::text || variables_ == nullptr) {
      return Value(std::string(token.text));
    }
    const auto found = variables_->find(token.text);
    if (found != variables_->end()) return found->second;
    return wrong(token.offset, fmt::format("unknown variable `{}`", token.text),
                 unknown_hint(token.text, *variables_));
  }

  std::vector<Token> tokens_;
  const Variables* variables_;
  std::size_t next_ = 0;
};

tl::expected<Value, ExpressionError> work_out(std::string_view text, const Variables* variables) {
  auto tokens = tokenise(text);
  if (!tokens) return tl::unexpected(tokens.error());
  return Reader(std::move(*tokens), variables).whole();
}

}  // namespace

tl::expected<bool, ExpressionError> condition(std::string_view text, const Variables& variables) {
  const auto value = work_out(text, &variables);
  if (!value) return tl::unexpected(value.error());
  return truth(*value);
}

tl::expected<std::string, ExpressionError> substitution(std::string_view text,
                                                        const Variables& variables) {
  const auto value = work_out(text, &variables);
  if (!value) return tl::unexpected(value.error());
  if (const auto* found = std::get_if<std::string>(&*value)) return *found;
  return wrong(0, fmt::format("`{}` is not a text", str::trim(text)),
               "use it in `if`, `in` or `for`");
}

tl::expected<std::vector<std::string>, ExpressionError> list(std::string_view name,
                                                             const Variables& variables) {
  const auto value = work_out(name, &variables);
  if (!value) return tl::unexpected(value.error());
  if (const auto* found = std::get_if<std::vector<std::string>>(&*value)) return *found;
  return wrong(0, fmt::format("`{}` is not a list", name));
}

tl::expected<void, ExpressionError> check_syntax(std::string_view text) {
  const auto value = work_out(text, nullptr);
  if (!value) return tl::unexpected(value.error());
  return {};
}

Result<bool> evaluate(std::string_view text, std::string_view where, const Variables& variables) {
  auto answer = condition(text, variables);
  if (!answer) {
    return usage_error(fmt::format("{}: {}", where, answer.error().message), answer.error().hint);
  }
  return *answer;
}

}  // namespace meshfn::scaffold
