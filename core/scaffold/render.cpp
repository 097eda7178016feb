#include "scaffold/render.h"

#include <fmt/format.h>

#include <memory>

#include "base/str.h"
#include "scaffold/expression.h"
#include "source/file.h"

namespace meshfn::scaffold {

namespace {

/// Text or a tag of the template, in order.
struct Piece {
  bool tag = false;
  std::string_view text;  ///< of a tag: what stands between the delimiters
};

/// A statement with what it governs. The branches of an `if` are its parts; `else` is a part with
/// the condition "".
struct Block {
  enum class Kind { text, insert, choice, loop } kind = Kind::text;
  std::string_view text;      ///< literal text, expression, or list of a loop
  std::string_view variable;  ///< of a loop

  struct Part {
    std::string_view condition;
    std::vector<Block> body;
  };

  std::vector<Part> parts;
};

std::string_view first_word(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\n");
  return text.substr(0, end);
}

std::string_view rest(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\n");
  return end == std::string_view::npos ? std::string_view() : str::trim(text.substr(end));
}

bool is_statement(std::string_view tag) {
  if (tag.starts_with('#')) return true;
  const std::string_view word = first_word(str::trim(tag));
  return word == "if" || word == "elif" || word == "else" || word == "end" || word == "for";
}

/// Where the line that holds `at` begins, if only blanks stand between; else npos.
std::size_t blank_line_start(std::string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at == 0 || text[at - 1] == '\n' ? at : std::string_view::npos;
}

/// Where the next line begins, if only blanks stand before it; else npos.
std::size_t blank_line_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
  if (at == text.size()) return at;
  return text[at] == '\n' ? at + 1 : std::string_view::npos;
}

/// Reads and carries out one template. Failures are kept as the first error with its place.
class Template {
 public:
  Template(std::string_view text, std::string_view path)
      : file_(std::string(path), std::string(text)) {}

  Result<std::string> render(const Variables& variables) {
    if (auto cut = cut_pieces(); !cut) return tl::unexpected(cut.error());
    std::vector<Block> blocks;
    std::string_view stopped_at;
    if (auto read = read_blocks(blocks, stopped_at); !read) return tl::unexpected(read.error());
    if (stopped_at.data() != nullptr) {
      return wrong(stopped_at, fmt::format("`{}` without its `if` or `for`", stopped_at));
    }
    std::string out;
    out.reserve(file_.text().size());
    if (auto done = run(blocks, variables, out); !done) return tl::unexpected(done.error());
    return out;
  }

 private:
  tl::unexpected<Error> wrong(std::string_view at, std::string_view message,
                              std::string hint = {}) const {
    const auto offset = static_cast<std::uint32_t>(at.data() - file_.text().data());
    return usage_error(
        fmt::format("{}: {}", source::to_string({&file_, {offset, offset}}), message),
        std::move(hint));
  }

  tl::unexpected<Error> wrong(std::string_view expression, const ExpressionError& error) const {
    return wrong(expression.substr(std::min(error.offset, expression.size())), error.message,
                 error.hint);
  }

  Result<void> cut_pieces() {
    const std::string_view text = file_.text();
    std::size_t at = 0;
    std::size_t begin = 0;  // of the literal text that is being collected
    while ((at = text.find("<%", at)) != std::string_view::npos) {
      if (text.substr(at, 3) == "<%%") {
        pieces_.push_back({false, text.substr(begin, at + 2 - begin)});
        begin = at = at + 3;
        continue;
      }
      const std::size_t close = text.find("%>", at);
      if (close == std::string_view::npos) return wrong(text.substr(at), "`<%` without its `%>`");
      const std::string_view tag = text.substr(at + 2, close - at - 2);
      std::size_t end = close + 2;
      if (is_statement(tag)) {
        const std::size_t line = blank_line_start(text, at);
        const std::size_t next = blank_line_end(text, end);
        if (line != std::string_view::npos && next != std::string_view::npos && line >= begin) {
          at = line;
          end = next;
        }
      }
      pieces_.push_back({false, text.substr(begin, at - begin)});
      if (!tag.starts_with('#')) pieces_.push_back({true, str::trim(tag)});
      begin = at = end;
    }
    pieces_.push_back({false, text.substr(begin)});
    return {};
  }

  /// Reads until the end or a statement that closes the block (elif, else, end): `stopped_at`.
  Result<void> read_blocks(std::vector<Block>& into, std::string_view& stopped_at) {
    stopped_at = {};
    while (next_ < pieces_.size()) {
      const Piece piece = pieces_[next_++];
      const std::string_view word = first_word(piece.text);
      if (!piece.tag) {
        if (!piece.text.empty()) into.push_back({Block::Kind::text, piece.text, {}, {}});
      } else if (word == "end" || word == "else" || word == "elif") {
        stopped_at = piece.text;
        return {};
      } else if (word == "if") {
        if (auto read = read_choice(piece.text, into); !read) return read;
      } else if (word == "for") {
        if (auto read = read_loop(piece.text, into); !read) return read;
      } else {
        if (auto fine = check_syntax(piece.text); !fine) return wrong(piece.text, fine.error());
        into.push_back({Block::Kind::insert, piece.text, {}, {}});
      }
    }
    return {};
  }

  Result<void> read_choice(std::string_view tag, std::vector<Block>& into) {
    const std::string_view opened = tag;
    Block block{Block::Kind::choice, tag, {}, {}};
    while (first_word(tag) != "end") {
      const std::string_view expression = rest(tag);
      if (first_word(tag) != "else") {
        if (auto fine = check_syntax(expression); !fine) return wrong(expression, fine.error());
      }
      block.parts.push_back({expression, {}});
      std::string_view stopped_at;
      if (auto read = read_blocks(block.parts.back().body, stopped_at); !read) return read;
      if (stopped_at.data() == nullptr) return wrong(opened, "`if` without its `end`");
      tag = stopped_at;
    }
    into.push_back(std::move(block));
    return {};
  }

  Result<void> read_loop(std::string_view tag, std::vector<Block>& into) {
    const std::string_view variable = first_word(rest(tag));
    const std::string_view in = rest(rest(tag));
    if (first_word(in) != "in" || rest(in).empty()) {
      return wrong(tag, "a loop reads `for NAME in LIST`");
    }
    Block block{Block::Kind::loop, rest(in), variable, {}};
    block.parts.emplace_back();
    std::string_view stopped_at;
    if (auto read = read_blocks(block.parts.back().body, stopped_at); !read) return read;
    if (stopped_at != "end") return wrong(tag, "`for` without its `end`");
    into.push_back(std::move(block));
    return {};
  }

  Result<void> run(const std::vector<Block>& blocks, const Variables& variables,
                   std::string& out) const {
    for (const Block& block : blocks) {
      Result<void> done;
      switch (block.kind) {
        case Block::Kind::text:
          out += block.text;
          break;
        case Block::Kind::insert:
          done = insert(block, variables, out);
          break;
        case Block::Kind::choice:
          done = choose(block, variables, out);
          break;
        case Block::Kind::loop:
          done = loop(block, variables, out);
          break;
      }
      if (!done) return done;
    }
    return {};
  }

  Result<void> insert(const Block& block, const Variables& variables, std::string& out) const {
    auto text = substitution(block.text, variables);
    if (!text) return wrong(block.text, text.error());
    out += *text;
    return {};
  }

  Result<void> choose(const Block& block, const Variables& variables, std::string& out) const {
    for (const Block::Part& part : block.parts) {
      if (part.condition.empty()) return run(part.body, variables, out);
      const auto holds = condition(part.condition, variables);
      if (!holds) return wrong(part.condition, holds.error());
      if (*holds) return run(part.body, variables, out);
    }
    return {};
  }

  Result<void> loop(const Block& block, const Variables& variables, std::string& out) const {
    const auto items = list(block.text, variables);
    if (!items) return wrong(block.text, items.error());
    Variables inner = variables;
    for (const std::string& item : *items) {
      set_item(inner, block.variable, item);
      if (auto done = run(block.parts.front().body, inner, out); !done) return done;
    }
    return {};
  }

  /// In a loop over clouds the variables of "aws", "aws.host", are those of the item, "cloud.host".
  static void set_item(Variables& variables, std::string_view name, const std::string& item) {
    const std::string prefix = item + ".";
    std::vector<std::pair<std::string, Value>> members;
    for (auto it = variables.lower_bound(prefix);
         it != variables.end() && it->first.starts_with(prefix); ++it) {
      members.emplace_back(fmt::format("{}.{}", name, it->first.substr(prefix.size())), it->second);
    }
    for (auto& [key, value] : members) variables[key] = std::move(value);
    variables[std::string(name)] = item;
  }

  source::File file_;
  std::vector<Piece> pieces_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::string> render(std::string_view template_text, std::string_view path,
                           const Variables& variables) {
  return Template(template_text, path).render(variables);
}

}  // namespace meshfn::scaffold
