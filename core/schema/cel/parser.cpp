#include "schema/cel/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "schema/cel/lexer.h"
#include "schema/cel/macros.h"
#include "schema/cel/words.h"

namespace meshfn::schema::cel {

namespace {

struct Operator {
  std::string_view sign;
  int precedence;
  Op op;
};

constexpr std::array kOperators = {
    Operator{"||", 1, Op::logical_or}, Operator{"&&", 2, Op::logical_and},
    Operator{"==", 3, Op::equal},      Operator{"!=", 3, Op::not_equal},
    Operator{"<", 3, Op::less},        Operator{"<=", 3, Op::less_equal},
    Operator{">", 3, Op::greater},     Operator{">=", 3, Op::greater_equal},
    Operator{"in", 3, Op::in},         Operator{"+", 4, Op::add},
    Operator{"-", 4, Op::subtract},    Operator{"*", 5, Op::multiply},
    Operator{"/", 5, Op::divide},      Operator{"%", 5, Op::modulo},
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, Program::Parts& parts)
      : tokens_(std::move(tokens)), parts_(parts) {
    scope_ = {"self", "oldSelf"};
  }

  Result<void> run() {
    parts_.root = ternary();
    if (error_.empty() && now().kind != TokenKind::end) {
      stop(fmt::format("unexpected `{}`", now().text));
    }
    if (!error_.empty()) return fail(error_);
    return {};
  }

 private:
  const Token& now() const { return tokens_[at_]; }

  bool is(std::string_view sign) const {
    return (now().kind == TokenKind::sign || now().kind == TokenKind::word) && now().text == sign;
  }

  bool take(std::string_view sign) {
    if (!is(sign)) return false;
    ++at_;
    return true;
  }

  void expect(std::string_view sign) {
    if (take(sign)) return;
    stop(now().kind == TokenKind::end
             ? fmt::format("`{}` is missing at the end", sign)
             : fmt::format("`{}` is missing before `{}`", sign, now().text));
  }

  /// Keeps the first error and moves to the end, so that parsing unwinds.
  void stop(std::string what) {
    if (error_.empty()) error_ = fmt::format("{} (offset {})", what, now().offset);
    at_ = tokens_.size() - 1;
  }

  Expr& add(Op op) {
    Expr& expr = parts_.nodes.emplace_back();
    expr.op = op;
    return expr;
  }

  Expr& add(Op op, std::vector<const Expr*> args) {
    Expr& expr = add(op);
    expr.args = std::move(args);
    for (const Expr* arg : expr.args) expr.depth = std::max(expr.depth, arg->depth + 1);
    if (expr.depth > kChainLimit) stop("the expression has too many parts in a row");
    return expr;
  }

  std::string_view keep(std::string text) { return parts_.texts.emplace_back(std::move(text)); }

  const Expr* ternary() {
    if (++depth_ > kDepthLimit) {
      stop("the expression is nested too deeply");
      return &add(Op::literal);
    }
    const Expr* condition = binary(1);
    if (take("?")) {
      const Expr* yes = binary(1);
      expect(":");
      const Expr* no = ternary();
      condition = &add(Op::conditional, {condition, yes, no});
    }
    --depth_;
    return condition;
  }

  const Expr* binary(int floor) {
    const Expr* left = unary();
    while (true) {
      const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                       [&](const Operator& row) { return is(row.sign); });
      if (found == kOperators.end() || found->precedence < floor) return left;
      ++at_;
      const Expr* right = binary(found->precedence + 1);
      left = &add(found->op, {left, right});
    }
  }

  const Expr* unary() {
    if (is("!") || is("-")) {
      const bool minus = is("-");
      ++at_;
      const bool number = now().kind == TokenKind::integer || now().kind == TokenKind::real;
      if (minus && number) return postfix(literal_number("-"));
      if (++depth_ > kDepthLimit) stop("the expression is nested too deeply");
      const Expr* operand = unary();
      --depth_;
      return &add(minus ? Op::negate : Op::logical_not, {operand});
    }
    return postfix(primary());
  }

  const Expr* literal_number(std::string_view sign) {
    const Token token = now();
    ++at_;
    Expr& expr = add(Op::literal);
    const auto number = read_number(token, sign);
    if (number) expr.literal = *number;
    if (!number) stop(fmt::format("`{}{}` is out of range", sign, token.text));
    return &expr;
  }

  const Expr* primary() {
    const Token token = now();
    switch (token.kind) {
      case TokenKind::integer:
      case TokenKind::unsigned_integer:
      case TokenKind::real:
        return literal_number("");
      case TokenKind::string:
      case TokenKind::bytes: {
        ++at_;
        Expr& expr = add(Op::literal);
        const std::string_view text = keep(token.value);
        expr.literal = token.kind == TokenKind::string ? Value(text) : Value(Bytes{text});
        return &expr;
      }
      case TokenKind::word:
        return word();
      case TokenKind::end:
        stop("the expression ends too early");
        break;
      case TokenKind::sign:
        if (take("(")) {
          const Expr* inner = ternary();
          expect(")");
          return inner;
        }
        if (is("[") || is("[?")) return list();
        if (take("{")) return map();
        if (take(".")) return primary();  // a leading dot means the root of all names
        stop(fmt::format("unexpected `{}`", token.text));
    }
    return &add(Op::literal);
  }

  const Expr* list() {
    Expr& expr = add(Op::list);
    bool optional = take("[?");
    if (!optional) expect("[");
    while (!is("]") && now().kind != TokenKind::end) {
      optional = take("?") || optional;
      expr.optional.push_back(optional);
      expr.args.push_back(ternary());
      optional = false;
      if (!take(",")) break;
    }
    expect("]");
    return &expr;
  }

  const Expr* map() {
    Expr& expr = add(Op::map);
    while (!is("}") && now().kind != TokenKind::end) {
      expr.optional.push_back(take("?"));
      expr.args.push_back(ternary());
      expect(":");
      expr.args.push_back(ternary());
      if (!take(",")) break;
    }
    expect("}");
    return &expr;
  }

  const Expr* word() {
    const std::string_view name = now().text;
    if (name == "true" || name == "false" || name == "null") {
      ++at_;
      Expr& expr = add(Op::literal);
      if (name != "null") expr.literal = name == "true";
      return &expr;
    }
    if (is_reserved(name)) {
      stop(fmt::format("`{}` is a reserved word", name));
      return &add(Op::literal);
    }
    ++at_;
    if (take("(")) return call(name);
    const auto found = std::find(scope_.rbegin(), scope_.rend(), name);
    if (found != scope_.rend()) {
      Expr& expr = add(Op::variable);
      expr.slot = static_cast<int>(scope_.rend() - found) - 1;
      expr.name = keep(std::string(name));
      parts_.uses_old_self = parts_.uses_old_self || expr.slot == 1;
      return &expr;
    }
    if (is_function_space(name) && take(".")) return qualified(name);
    if (const auto type = type_literal(name)) {
      Expr& expr = add(Op::literal);
      expr.literal = *type;
      return &expr;
    }
    const std::vector<std::string_view> known(scope_.begin(), scope_.end());
    const std::string hint = did_you_mean(name, known);
    stop(fmt::format("`{}` is not defined{}{}", name, hint.empty() ? "" : "; ", hint));
    return &add(Op::literal);
  }

  static std::optional<Value> type_literal(std::string_view name) {
    constexpr std::array<std::string_view, 10> kTypes = {
        "int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"};
    const auto* found = std::find(kTypes.begin(), kTypes.end(), name);
    return found == kTypes.end() ? std::nullopt : std::optional(Value(TypeName{*found}));
  }

  const Expr* qualified(std::string_view space) {
    const std::string name = fmt::format("{}.{}", space, now().text);
    ++at_;
    if (!is("(")) {
      stop(fmt::format("`{}` is not defined", name));
      return &add(Op::literal);
    }
    ++at_;
    if (name == "cel.bind") return macro(*find_macro("bind"), nullptr);
    return function(keep(name), nullptr, arguments());
  }

  std::vector<const Expr*> arguments() {
    std::vector<const Expr*> args;
    while (!is(")") && now().kind != TokenKind::end) {
      args.push_back(ternary());
      if (!take(",")) break;
    }
    expect(")");
    return args;
  }

  const Expr* call(std::string_view name) {
    if (name != "has") return function(name, nullptr, arguments());
    const Expr* operand = ternary();
    expect(")");
    if (operand->op != Op::select) {
      stop("`has` takes a field, such as `has(self.name)`");
      return operand;
    }
    Expr& expr = add(Op::has, operand->args);
    expr.name = operand->name;
    expr.property = operand->property;
    return &expr;
  }

  const Expr* function(std::string_view name, const Expr* target, std::vector<const Expr*> args) {
    const Function* found = find_function(name, target != nullptr);
    if (found == nullptr) {
      const std::string hint = did_you_mean(name, function_names());
      stop(fmt::format("there is no function `{}`{}{}", name, hint.empty() ? "" : "; ", hint));
      return &add(Op::literal);
    }
    const int count = static_cast<int>(args.size());
    if (count < found->min || count > found->max) {
      stop(fmt::format("`{}` does not take {}", name, str::count(args.size(), "argument")));
    }
    if (target != nullptr) args.insert(args.begin(), target);
    Expr& expr = add(Op::call, std::move(args));
    expr.function = found;
    remember_pattern(expr);
    return &expr;
  }

  /// A literal regular expression is compiled once, and a bad one is an error of the rule.
  void remember_pattern(Expr& expr) {
    const std::string_view name = expr.function->name;
    if (name != "matches" && name != "find" && name != "findAll") return;
    if (expr.args.size() < 2) return;
    const auto* text = expr.args[1]->literal.get<std::string_view>();
    if (text == nullptr || expr.args[1]->op != Op::literal) return;
    const Pattern& pattern = parts_.patterns.emplace_back(std::string(*text));
    if (!pattern.valid()) stop(fmt::format("`{}` is not a regular expression", *text));
    expr.pattern = &pattern;
  }

  const Expr* postfix(const Expr* target) {
    while (true) {
      if (is(".") || is(".?")) {
        target = member_of(target);
      } else if (is("[") || is("[?")) {
        const Op op = is("[?") ? Op::optional_index : Op::index;
        ++at_;
        const Expr* key = ternary();
        expect("]");
        target = &add(op, {target, key});
      } else {
        return target;
      }
    }
  }

  const Expr* member_of(const Expr* target) {
    const bool optional = take(".?");
    if (!optional) expect(".");
    if (now().kind != TokenKind::word) {
      stop(fmt::format("a field name is missing before `{}`", now().text));
      return target;
    }
    const std::string_view name = keep(std::string(now().text));
    ++at_;
    if (!optional && take("(")) {
      if (const MacroRow* row = find_macro(name); row != nullptr && name != "bind")
        return macro(*row, target);
      return function(name, target, arguments());
    }
    Expr& expr = add(optional ? Op::optional_select : Op::select, {target});
    expr.name = name;
    expr.property = name.find("__") == std::string_view::npos ? name : keep(unescape(name));
    return &expr;
  }

  std::string_view variable() {
    if (now().kind != TokenKind::word) {
      stop(fmt::format("a variable name is missing before `{}`", now().text));
      return {};
    }
    const std::string_view name = now().text;
    ++at_;
    return name;
  }

  /// Whether `name, name2, …`: a second variable stands before at least two more arguments.
  bool second_variable(const MacroRow& row) const {
    if (row.variables < 2 || now().kind != TokenKind::word) return false;
    if (tokens_[at_ + 1].text != ",") return false;
    return row.macro != Macro::map && row.macro != Macro::filter;
  }

  const Expr* macro(const MacroRow& row, const Expr* target) {
    Expr& expr = add(Op::comprehension);
    expr.macro = row.macro;
    const std::string_view first = variable();
    expect(",");
    if (target == nullptr) {  // cel.bind(x, value, result): the value does not see x
      target = ternary();
      expect(",");
    }
    expr.args.push_back(target);
    expr.slot = static_cast<int>(scope_.size());
    scope_.push_back(first);
    if (second_variable(row)) {
      expr.two = true;
      scope_.push_back(variable());
      expect(",");
    }
    parts_.slots = std::max(parts_.slots, static_cast<int>(scope_.size()));
    expr.args.push_back(ternary());
    if (row.filter && take(",")) expr.args.push_back(ternary());
    expect(")");
    scope_.resize(static_cast<std::size_t>(expr.slot));
    return &expr;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Program::Parts& parts_;
  std::vector<std::string_view> scope_;
  std::string error_;
};

}  // namespace

Result<std::unique_ptr<Program::Parts>> parse(std::string_view expression) {
  auto found = tokens(expression);
  if (!found) return tl::unexpected(found.error());
  auto parts = std::make_unique<Program::Parts>();
  Parser parser(std::move(*found), *parts);
  if (auto done = parser.run(); !done) return tl::unexpected(done.error());
  return parts;
}

}  // namespace meshfn::schema::cel
