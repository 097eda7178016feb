#include "yaml/reader.h"

#include <algorithm>
#include <array>

#include "base/str.h"
#include "yaml/tree_builder.h"

namespace meshfn::yaml {

namespace {

/// A part of the file that begins with a document marker (or the file's start).
struct Chunk {
  source::Span span;
  bool readable = true;
};

bool is_marker(std::string_view line) {
  return line.starts_with("---") &&
         (line.size() == 3 || std::string_view(" \t\r\n").find(line[3]) != std::string_view::npos);
}

/// Whether no document can begin in `text`: nothing but comments and directives.
bool is_preamble(std::string_view text) {
  const auto lines = str::split(text, '\n');
  return std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::string_view trimmed = str::trim(line);
    return trimmed.empty() || trimmed.front() == '#' || line.front() == '%';
  });
}

/// `---` in column 0 always begins a document (YAML 1.2.2 section 9.1.2), so a file can be cut
/// there without parsing it.
std::vector<Chunk> cut(std::string_view text, std::uint32_t begin) {
  std::vector<Chunk> chunks;
  std::size_t start = begin;
  for (std::size_t at = text.find("\n---", begin); at != std::string_view::npos;
       at = text.find("\n---", at + 1)) {
    if (!is_marker(text.substr(at + 1, 4))) continue;
    if (chunks.empty() && !text.substr(start).starts_with("---") &&
        is_preamble(text.substr(start, at - start))) {
      continue;
    }
    chunks.push_back({{static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(at + 1)}});
    start = at + 1;
  }
  chunks.push_back({{static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(text.size())}});
  return chunks;
}

/// Bytes that YAML text may not contain (YAML 1.2.2 section 5.1) among those below 0x80.
constexpr std::array<bool, 256> make_refused() {
  std::array<bool, 256> refused{};
  for (std::size_t c = 0; c < 0x20; ++c) refused[c] = c != '\t' && c != '\n' && c != '\r';
  refused[0x7F] = true;
  return refused;
}

constexpr std::array<bool, 256> kRefused = make_refused();

struct BadByte {
  std::size_t at;
  std::string what;
};

std::string control_name(unsigned char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return std::string("control character 0x") + kHex[byte >> 4U] + kHex[byte & 0x0FU];
}

/// The first byte that keeps `text` from being YAML text; `what` is empty when there is none.
BadByte find_bad_byte(std::string_view text) {
  bool ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kRefused[byte]) return {i, control_name(byte)};
    ascii = ascii && byte < 0x80;
  }
  if (ascii || str::is_utf8(text)) return {0, {}};
  std::size_t good = 0;
  // Bisecting on prefixes would cut sequences; lines are short and cut nothing.
  for (const std::string_view line : str::split(text, '\n')) {
    if (!str::is_utf8(line)) break;
    good += line.size() + 1;
  }
  std::size_t size = 0;
  const std::string_view rest = text.substr(good);
  while (size < rest.size()) {
    std::size_t step = 1;
    while (step <= 4 && !str::is_utf8(rest.substr(size, step))) ++step;
    if (step > 4) break;
    size += step;
  }
  return {good + size, "a byte that is not UTF-8"};
}

class Reader {
 public:
  Reader(const source::File& file, std::vector<diagnostic::Diagnostic>& problems,
         const Limits& limits, Shortcut shortcut)
      : file_(file), problems_(problems), limits_(limits), shortcut_(shortcut) {}

  std::unique_ptr<Tree> read() {
    auto tree = std::make_unique<Tree>(file_);
    const std::optional<std::uint32_t> begin = skip_byte_order_mark();
    if (!begin) return tree;
    chunks_ = cut(file_.text(), *begin);
    for (Chunk& chunk : chunks_) check(chunk);
    TreeBuilder builder(*tree, problems_, limits_);
    for (std::size_t i = 0; i < chunks_.size();) i = read_document(builder, i);
    builder.finish();
    return tree;
  }

 private:
  /// Where the text begins; nothing when it is no UTF-8 text at all (then said once).
  std::optional<std::uint32_t> skip_byte_order_mark() {
    const std::string_view text = file_.text();
    if (text.starts_with("\xEF\xBB\xBF")) return 3;
    if (text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE")) {
      report("MF0008", {0, 2}, "this file is UTF-16", "save it as UTF-8");
      return std::nullopt;
    }
    const std::size_t zero = text.substr(0, 8192).find('\0');
    if (zero != std::string_view::npos) {
      const auto at = static_cast<std::uint32_t>(zero);
      report("MF0008", {at, at + 1}, "this is a binary file, not YAML or JSON", "");
      return std::nullopt;
    }
    return 0;
  }

  void check(Chunk& chunk) {
    if (chunk.span.size() > limits_.document_bytes) {
      chunk.readable = false;
      report(
          "MF0007", {chunk.span.begin, chunk.span.begin},
          "this document is larger than " + std::to_string(limits_.document_bytes >> 20U) + " MiB",
          "a cluster stores at most 1.5 MiB an object; split the file");
      return;
    }
    const BadByte bad = find_bad_byte(file_.slice(chunk.span));
    if (bad.what.empty()) return;
    chunk.readable = false;
    const std::uint32_t at = chunk.span.begin + static_cast<std::uint32_t>(bad.at);
    report("MF0008", {at, at + 1}, "the text contains " + bad.what,
           "save the file as UTF-8 text; write special characters as escapes in double quotes");
  }

  /// Reads the document that begins with the chunk `first`; returns the next chunk to look at.
  std::size_t read_document(TreeBuilder& builder, std::size_t first) {
    const Chunk& chunk = chunks_[first];
    if (!chunk.readable) return first + 1;
    if (shortcut_ == Shortcut::yes && builder.build_subset(chunk.span)) return first + 1;
    // What was not closed is noticed at the next `---`.
    const bool more = first + 1 < chunks_.size() && chunks_[first + 1].readable;
    const std::uint32_t end = chunks_[more ? first + 1 : first].span.end;
    const std::uint32_t stopped = builder.build({chunk.span.begin, end}, chunk.span.end);
    std::size_t next = first + 1;
    while (next < chunks_.size() && chunks_[next].span.begin < stopped) ++next;
    return next;
  }

  void report(std::string_view rule, source::Span span, std::string message, std::string help) {
    diagnostic::Findings(reading_rule(rule), problems_)
        .add({&file_, span}, std::move(message))
        .with_help(std::move(help));
  }

  const source::File& file_;
  std::vector<diagnostic::Diagnostic>& problems_;
  const Limits& limits_;
  std::vector<Chunk> chunks_;
  Shortcut shortcut_;
};

}  // namespace

std::unique_ptr<Tree> read(const source::File& file, std::vector<diagnostic::Diagnostic>& problems,
                           const Limits& limits, Shortcut shortcut) {
  return Reader(file, problems, limits, shortcut).read();
}

}  // namespace meshfn::yaml
