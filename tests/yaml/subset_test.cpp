// What is read without libyaml reads the same with it: the same tree to the byte, or the same
// complaints. Texts are made of pieces that documents are made of, valid and not.

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "support/paths.h"
#include "yaml/reader.h"

namespace meshfn::yaml {

namespace {

void describe(Node node, std::string& out) {
  out += fmt::format("{}-{} {} {} {}:", node.span().begin, node.span().end,
                     static_cast<int>(node.kind()), static_cast<int>(node.style()), node.size());
  if (node.is_scalar()) out += fmt::format("{} {}\n", static_cast<int>(node.type()), node.text());
  for (const Entry entry : node.entries()) {
    describe(entry.key, out);
    describe(entry.value, out);
  }
  for (const Node item : node.items()) describe(item, out);
}

std::string read_as(std::string_view text, Shortcut shortcut) {
  const source::File file("in.yaml", std::string(text));
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = read(file, problems, {}, shortcut);
  std::string out;
  for (const Document& document : tree->documents()) {
    out +=
        fmt::format("document {} {}-{}\n", document.index, document.span.begin, document.span.end);
    if (document.root) describe(document.root, out);
  }
  for (const Comment& comment : tree->comments()) {
    out +=
        fmt::format("comment {}-{} {}\n", comment.span.begin, comment.span.end, comment.own_line);
  }
  for (const auto& problem : problems) {
    out += fmt::format("{} {}-{} {}\n", problem.rule->id, problem.where.span.begin,
                       problem.where.span.end, problem.message);
  }
  return out;
}

void check_same(std::string_view text) {
  const std::string slow = read_as(text, Shortcut::no);
  const std::string fast = read_as(text, Shortcut::yes);
  INFO(text);
  CHECK(fast == slow);
}

constexpr std::string_view kTexts[] = {
    "",
    "\n\n",
    "# only a comment",
    "---\n",
    "---\n---\n",
    "--- # marked\na: 1\n",
    "a: 1",
    "a: 1\nb:\n  c: 2\n  d:\n  - e\n  - f: 3\n    g: 4\nh: 5\n",
    "a:\n- b\n- c\nd: e\n",
    "a:\n  - - b\n    - c\n  - - d\n",
    "-\n- a\n-\n  b: c\n- # nothing\n",
    "a:\nb:\n  c:\n",
    "a: {b: 1, \"c\":2, d: [e, 'f', -1, {}], g: []}\n",
    "{\n  \"a\": [1,\n 2],\n\"b\": {\"c\": null}\n}\n",
    "a: [b, c] # and a comment\n# another\nd: e # f\n",
    "a: 'it''s'\nb: \"tab\\tquote\\\"slash\\\\ \\u00e9\"\n",
    "a: b # c\nd: e#f\ng: '#h'\n",
    "a: |\n  one\n   two\n\n  three\n\n\nb: |-\n  x\nc: |+\n  y\n\nd: 1\n",
    "a: |\n\n  late\n  last",
    "a: |\n  one\n # less\nb: 1\n",
    "a: | # why\n    deep\n    deeper\n  \nb: 2\n",
    "a: >-\n  folded\n  text\n\n  more\nb: 1\n",
    "a: one\n  two\nb: 1\n",
    "a: &x 1\nb: *x\nc: !Sub d\n<<: {e: f}\n",
    "a: 1\na: 2\n",
    "a: http://b:80/c\nd: e:f\ng: -h\ni: --j=k\nl: ~\n",
    "a : 1\n? b\n: 2\n",
    "a: b: c\n",
    "a: - b\n",
    "a:\n  b: 1\n c: 2\n",
    "a: 'open\nb: 1\n",
    "a: [1, 2\n---\nb: 1\n",
    "a: {b: 1, c}\n",
    "a: [b: c, d]\n",
    "a: [b,]\n",
    "\ta: 1\n",
    "a:\t1\n",
    "a: 1\r\nb: 2\r\n",
    "a: é — ü # ñ\nb: \"日本\"\n",
    "a: b\xC2\x85"
    "c: d\n",
    "%YAML 1.1\n---\na: 1\n---\nb: 2\n",
    "a: 1\n...\nb: 2\n---\nc: 3\n",
    "a: {{ .Values.b }}\n",
    "plain\n",
    "'quoted': \"key\"\n\"other\" : x\n",
    "  a: 1\n  b: 2\n",
    "a: @b\n",
    "a: `b`\n",
    "- a\nb: 1\n",
    "a:\n- b\n c\n",
    "a: \"\"\nb: ''\n",
    "a: {b: c,\n# why\nd: e}\n",
    "a: x\n\n\n  # deep comment\nb: y\n",
};

constexpr std::string_view kPieces[] = {
    "a",    "b: ",  ": ",   ":\n",   "- ",  "-\n",  "\n",   "\n  ",     "\n    ", " ",    "'",
    "\"",   "[",    "]",    "{",     "}",   ", ",   "#",    " # c",     "|\n",    "|-\n", ">\n",
    "key:", "x: 1", "\n- ", "\n  -", "&a ", "*a",   "!t ",  "---\n",    "...\n",  "\t",   "\\n",
    "?",    "%",    "80",   "é",     "~",   "<<: ", "\n\n", "  k: v\n", "k: v\n", "-x",   "a b"};

}  // namespace

TEST_CASE("documents read the same with libyaml and without", "[yaml][subset]") {
  for (const std::string_view text : kTexts) check_same(text);
}

TEST_CASE("random documents read the same with libyaml and without", "[yaml][subset]") {
  Random random = Random::stream(1, "documents");
  for (int round = 0; round < 30'000; ++round) {
    std::string text;
    const std::uint32_t length = 1 + random.below(14);
    for (std::uint32_t i = 0; i < length; ++i) text += kPieces[random.below(std::size(kPieces))];
    check_same(text);
  }
}

TEST_CASE("public files read the same with libyaml and without", "[yaml][subset]") {
  if (!test::have_shared("corpus")) return;
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::shared_path(""))) {
    const auto extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".json") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.size() > 300'000) continue;
    INFO(entry.path());
    check_same(text);
    ++files;
  }
  CHECK(files > 500);
}

}  // namespace meshfn::yaml
