#include "yaml/reader.h"

#include <string>
#include <vector>

#include "catch.h"
#include "support/tree.h"

namespace meshfn::yaml {

namespace {

using test::places;
using test::ReadText;
using Places = std::vector<std::string>;

/// "begin-end" of a node as line:column pairs.
std::string range(Node node) {
  const source::File& file = node.tree()->file();
  const source::Position a = file.position(node.span().begin);
  const source::Position b = file.position(node.span().end);
  return std::to_string(a.line) + ':' + std::to_string(a.column) + '-' + std::to_string(b.line) +
         ':' + std::to_string(b.column);
}

/// Every span lies in the file and inside its parent's, unless an alias or a merge moved it there.
void check_spans(Node node) {
  CHECK(node.span().begin <= node.span().end);
  CHECK(node.span().end <= node.tree()->file().text().size());
  for (const Entry entry : node.entries()) {
    check_spans(entry.key);
    check_spans(entry.value);
  }
  for (const Node item : node.items()) check_spans(item);
}

}  // namespace

TEST_CASE("every node knows where it stands", "[yaml]") {
  const ReadText read(
      "# h\xC3\xA9llo\n"
      "a: {\xC3\xA9: \"q\\n\", b: [1, ~, yes]}   # trailing\n"
      "c: |\n"
      "  text # no\n"
      "\n"
      "empty:\n"
      "last: x\n");
  const Node root = read.root();
  REQUIRE(read.problems.empty());
  CHECK(range(root) == "2:1-7:8");
  CHECK(range(root.find("a")) == "2:4-2:30");
  CHECK(range(root.at("a", "\xC3\xA9")) == "2:8-2:13");
  CHECK(root.at("a", "\xC3\xA9").text() == "q\n");
  CHECK(range(root.at("a", "b").item(2)) == "2:25-2:28");
  CHECK(root.at("a", "b").item(2).type() == ScalarType::boolean);
  CHECK(range(root.find("c")) == "3:4-4:12");
  CHECK(root.find("c").text() == "text # no\n");
  CHECK(range(root.find("empty")) == "6:7-6:7");
  CHECK(root.find("empty").is_null());
  CHECK_FALSE(root.find("nothing"));
  check_spans(root);
}

TEST_CASE("comments are kept and told from text", "[yaml]") {
  const ReadText read("# one\na: 'x # no'  # two\nb: u#v\nc: |\n  # no\nd: [1, # three\n 2]\n");
  REQUIRE(read.tree->comments().size() == 3);
  const auto text = [&read](std::size_t i) {
    return std::string(read.file.slice(read.tree->comments()[i].span));
  };
  CHECK(text(0) == "# one");
  CHECK(text(1) == "# two");
  CHECK(text(2) == "# three");
  CHECK(read.tree->comments()[0].own_line);
  CHECK_FALSE(read.tree->comments()[1].own_line);
}

TEST_CASE("a syntax error costs its document and no other", "[yaml]") {
  const ReadText read("ok: 1\n---\nbad: \"never closed\n---\n- a\nb: c\n---\nfine: 2\n");
  CHECK(places(read.problems) == Places{"MF0001 3:6", "MF0001 6:1"});
  REQUIRE(read.tree->documents().size() == 4);
  CHECK(read.root(0).find("ok").text() == "1");
  CHECK_FALSE(read.root(1));
  CHECK(read.root(3).find("fine").text() == "2");
}

TEST_CASE("what libyaml leaves to its users is checked", "[yaml]") {
  CHECK(places(ReadText("a: 1\nb: 2\na: 3\n").problems) == Places{"MF0002 3:1"});
  CHECK(places(ReadText("a: *nope\n").problems) == Places{"MF0003 1:4"});
  CHECK(places(ReadText("a: &a [*a]\n").problems) == Places{"MF0003 1:8"});
  CHECK(places(ReadText("a: {{ .Values.x }}\n").problems) == Places{"MF0004 1:4"});
  CHECK(places(ReadText("a: 1\n{{- if .x }}\nb: 2\n").problems) == Places{"MF0004 2:1"});
  CHECK(places(ReadText("[a]: 1\n").problems) == Places{"MF0009 1:1"});
  CHECK(places(ReadText("a: 1\nb: {<<: 7}\n").problems) == Places{"MF0010 2:9"});
  CHECK(ReadText("a: '{{ fine }}'\n").problems.empty());
}

TEST_CASE("duplicates are found in large mappings too", "[yaml]") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "key" + std::to_string(i) + ": 1\n";
  text += "key17: 2\n";
  const ReadText read(text);
  REQUIRE(places(read.problems) == Places{"MF0002 41:1"});
  CHECK(read.file.position(read.problems[0].related.at(0).where.span.begin).line == 18);
}

TEST_CASE("merge keys bring in what is not set", "[yaml]") {
  const ReadText read(
      "base: &base {x: 1, y: [2]}\nmore: &more {y: 3, z: 4}\n"
      "one: {<<: *base, x: 5}\nmany: {<<: [*base, *more]}\n");
  REQUIRE(read.problems.empty());
  const Node one = read.root().find("one");
  CHECK(one.size() == 2);
  CHECK(one.find("x").text() == "5");
  CHECK(one.find("y").item(0).text() == "2");
  CHECK_FALSE(one.find("<<"));
  const Node many = read.root().find("many");
  CHECK(many.find("y").is_sequence());
  CHECK(many.find("z").text() == "4");
  // A merged value points to where it is written.
  CHECK(range(one.find("y")) == "1:23-1:26");
}

TEST_CASE("aliases have the content of their anchor and their own place", "[yaml]") {
  const ReadText read("a: &x {k: v}\nb: *x\n");
  const Node b = read.root().find("b");
  CHECK(b.find("k").text() == "v");
  CHECK(range(b) == "2:4-2:6");
  CHECK(range(read.root().find("a")) == "1:7-1:13");
}

TEST_CASE("hostile input meets a limit", "[yaml]") {
  CHECK(places(ReadText(std::string(100'000, '[')).problems) == Places{"MF0005 1:257"});
  Limits small;
  small.document_bytes = 20;
  CHECK(places(ReadText("a: 1\n---\nb: 'xxxxxxxxxxxxxxxxxxxxxxx'\n---\nc: 3\n", small).problems) ==
        Places{"MF0007 2:1"});
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  REQUIRE(ReadText(bomb).problems.size() == 1);
  CHECK(ReadText(bomb).problems[0].rule->id == "MF0006");
}

TEST_CASE("good documents between broken ones are read", "[yaml]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "---\n: : [\n---\na: 1\n---\nb: 2\n";
  const ReadText read(text);
  CHECK(read.problems.size() == 1000);
  std::size_t good = 0;
  for (const Document& document : read.tree->documents()) good += document.root ? 1U : 0U;
  CHECK(read.tree->documents().size() == 3000);
  CHECK(good == 2000);
}

TEST_CASE("a key that is set a thousand times is reported a hundred times", "[yaml]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a: 1\n";
  CHECK(ReadText(text).problems.size() == 100);
}

TEST_CASE("text that is no text is said once, with its place", "[yaml]") {
  CHECK(places(ReadText(std::string("a\0b", 3)).problems) == Places{"MF0008 1:2"});
  CHECK(places(ReadText("a: 1\n---\nb: \xFF\n---\nc: 1\n").problems) == Places{"MF0008 3:4"});
  CHECK(places(ReadText("a: \x01\n").problems) == Places{"MF0008 1:4"});
  CHECK(places(ReadText("\xFF\xFE"
                        "a")
                   .problems) == Places{"MF0008 1:1"});
  CHECK(ReadText("\xEF\xBB\xBF"
                 "a: 1\n")
            .root()
            .find("a")
            .text() == "1");
}

TEST_CASE("JSON is read by the same reader", "[yaml]") {
  const ReadText read("{\"a\": [1, true, null, \"x\\u00e9\\/\"],\n\t\"b\": {\"c\": 1.5e3}}\n");
  REQUIRE(read.problems.empty());
  CHECK(read.root().find("a").item(3).text() == "x\xC3\xA9/");
  CHECK(read.root().at("b", "c").type() == ScalarType::floating);
  CHECK(range(read.root().find("b")) == "2:7-2:19");
}

TEST_CASE("a span has a JSON pointer", "[yaml]") {
  const ReadText read("spec:\n  http:\n  - route:\n    - {weight: 50}\n  a/b~c: 1\n");
  const Node weight = read.root().at("spec", "http").item(0).find("route").item(0).find("weight");
  CHECK(read.tree->pointer_to(weight.span()) == "/spec/http/0/route/0/weight");
  CHECK(read.tree->pointer_to(read.root().find("spec").find_key("a/b~c").span()) ==
        "/spec/a~1b~0c");
}

TEST_CASE("a duplicate key leaves its document readable, a syntax error does not", "[yaml]") {
  CHECK_FALSE(loses_document(*ReadText("a: 1\na: 2\n").problems.at(0).rule));
  CHECK(loses_document(*ReadText("a: [\n").problems.at(0).rule));
}

TEST_CASE("documents without content are no documents", "[yaml]") {
  CHECK(ReadText("").tree->documents().empty());
  CHECK(ReadText("# only a comment\n").tree->documents().empty());
  CHECK(ReadText("---\n---\na: 1\n---\n").tree->documents().size() == 1);
}

}  // namespace meshfn::yaml
