#include "yaml/writer.h"

#include <yaml-cpp/yaml.h>

#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "catch.h"
#include "yaml/reader.h"

namespace meshfn::yaml {

namespace {

/// `text` as our own reader understands it.
Value read_back(const std::string& text) {
  const source::File file("written.yaml", text);
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = read(file, problems);
  for (const auto& problem : problems) UNSCOPED_INFO(problem.message);
  REQUIRE(problems.empty());
  REQUIRE(tree->documents().size() == 1);
  return Value::from(tree->documents()[0].root);
}

/// Whether yaml-cpp finds the same structure, texts and string-ness. It resolves nothing, so a
/// quoted scalar shows by its tag.
bool same(const YAML::Node& node, const Value& value) {
  if (value.is_list()) {
    if (!node.IsSequence() || node.size() != value.size()) return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!same(node[i], value.items()[i])) return false;
    }
    return true;
  }
  if (value.is_map()) {
    if (!node.IsMap() || node.size() != value.size()) return false;
    std::size_t i = 0;
    for (const auto& entry : node) {
      if (entry.first.Scalar() != value.keys()[i]) return false;
      if (!same(entry.second, value.items()[i++])) return false;
    }
    return true;
  }
  if (value.is_null()) return node.IsNull();
  if (!node.IsScalar()) return false;
  if (value.is_string()) {
    return node.Scalar() == value.text() && (node.Tag() == "!" || !needs_quotes(node.Scalar()));
  }
  return node.Tag() != "!";
}

void check_round_trip(const Value& value) {
  const std::string text = write(value);
  INFO(text);
  CHECK(read_back(text) == value);
  CHECK(same(YAML::Load(text), value));
}

/// A text of `length` code points from an alphabet of everything that has ever gone wrong.
std::string random_text(Random& random) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "b",
                                                   "0",
                                                   "1",
                                                   ".",
                                                   "-",
                                                   "_",
                                                   ":",
                                                   ": ",
                                                   " #",
                                                   "#",
                                                   " ",
                                                   "  ",
                                                   "\n",
                                                   "\n",
                                                   "\t",
                                                   "\r",
                                                   "'",
                                                   "\"",
                                                   "\\",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   ",",
                                                   "&",
                                                   "*",
                                                   "!",
                                                   "|",
                                                   ">",
                                                   "%",
                                                   "@",
                                                   "`",
                                                   "?",
                                                   "=",
                                                   "<<",
                                                   "~",
                                                   "\xC3\xA9",
                                                   "e",
                                                   "E",
                                                   "x",
                                                   "+",
                                                   "\x7F",
                                                   "\x01",
                                                   "\xC2\x85",
                                                   "\xE2\x80\xA8",
                                                   "\xEF\xBB\xBF",
                                                   "\xF0\x9F\x98\x80",
                                                   "true",
                                                   "null",
                                                   "- ",
                                                   "---",
                                                   "...",
                                                   "\xE2\x80\xA9"};
  std::string text;
  const std::uint32_t length = random.below(9);
  for (std::uint32_t i = 0; i < length; ++i) {
    text += kPieces[random.below(static_cast<std::uint32_t>(kPieces.size()))];
  }
  return text;
}

Value random_scalar(Random& random) {
  switch (random.below(7)) {
    case 0:
      return {};
    case 1:
      return random.below(2) == 0;
    case 2:
      return static_cast<std::int64_t>(random.next());
    case 3:
      return (random.uniform() - 0.5) * 1e6;
    default:
      return random_text(random);
  }
}

Value random_value(Random& random, int depth) {
  const std::uint32_t choice = depth == 0 ? 2 : random.below(3);
  if (choice == 2) return random_scalar(random);
  Value value = choice == 0 ? Value::list() : Value::map();
  const std::uint32_t size = random.below(4);
  for (std::uint32_t i = 0; i < size; ++i) {
    Value child = random_value(random, depth - 1);
    if (random.below(4) == 0) child.with_comment_before(random_text(random));
    if (random.below(4) == 0) child.with_comment_after(random_text(random));
    if (choice == 0) {
      value.add(std::move(child));
    } else {
      value.set(random_text(random), std::move(child));
    }
  }
  return value;
}

}  // namespace

TEST_CASE("text that looks like something else is quoted", "[yaml]") {
  for (const char* text : {"",      "~",       "null",       "Null",
                           "NULL",  "true",    "True",       "yes",
                           "NO",    "on",      "Off",        "y",
                           "N",     "012",     "0o17",       "0x1F",
                           "0b11",  "1",       "-1",         "+1",
                           "1_000", "1.10",    "1e3",        ".5",
                           "5.",    ".inf",    "-.Inf",      ".nan",
                           "12:30", "-1:59.5", "2001-12-14", "2001-12-14t21:59:43.10-05:00",
                           "=",     "<<",      "---",        "...",
                           "--- a"}) {
    INFO(text);
    CHECK(needs_quotes(text));
    check_round_trip(Value(text));
    check_round_trip(Value::map({{text, Value::list({Value(text)})}}));
  }
}

TEST_CASE("ordinary text stays bare", "[yaml]") {
  for (const char* text : {"reviews", "reviews.prod.svc.cluster.local", "v1", "10.0.0.1", "/api/v1",
                           "1.10.2", "5s", "a:b", "nowhere", "x-user-id", "--port=80"}) {
    INFO(text);
    CHECK(write(Value(text)) == std::string(text) + "\n");
    check_round_trip(Value(text));
  }
}

TEST_CASE("every awkward text is read back by both libraries", "[yaml]") {
  for (const char* text : {"- a",
                           "a: b",
                           "#x",
                           "a #x",
                           "trailing ",
                           " leading",
                           "tab\there",
                           "\ttab",
                           "it's",
                           "\"q\"",
                           "back\\slash",
                           "\xC3\xA9t\xC3\xA9",
                           "\xF0\x9F\x98\x80",
                           "\x01\x02",
                           "nel\xC2\x85x",
                           "ls\xE2\x80\xA8x",
                           "ps\xE2\x80\xA9x",
                           "\xEF\xBB\xBF"
                           "bom",
                           "del\x7F",
                           "a\rb",
                           "a\r\nb",
                           "{a}",
                           "[a]",
                           "*a",
                           "&a",
                           "!a",
                           "|",
                           ">",
                           "%a",
                           "@a",
                           "`a",
                           "?",
                           "? a",
                           ",",
                           "'",
                           "\"",
                           "a\nb",
                           "a\nb\n",
                           "a\n\nb",
                           "a\n\n",
                           "\na",
                           " a\nb",
                           "a\n b",
                           "a\n\tb",
                           "a \nb",
                           "\n",
                           "a\n---\nb\n",
                           "a\n...\nb",
                           "a\n  ",
                           "a\n#b\n",
                           "key: |\n  x\n",
                           "\xC2\xA0"}) {
    INFO(text);
    check_round_trip(Value(text));
    check_round_trip(Value::map({{"a", Value(text)}, {"b", "after"}}));
    check_round_trip(Value::list({Value(text), Value::list({Value(text), Value(text)}), "z"}));
    check_round_trip(Value::map({{text, "as a key"}}));
  }
  check_round_trip(Value(std::string(5000, 'x')));
  check_round_trip(Value(std::string(300, 'x') + " " + std::string(300, 'y')));
}

TEST_CASE("numbers, booleans and null keep their kind", "[yaml]") {
  for (const Value& value :
       {Value(), Value(true), Value(false), Value(0), Value(-7), Value(0.1), Value(100.0),
        Value(1e21), Value(1e-7), Value(std::numeric_limits<std::int64_t>::min()),
        Value(std::numeric_limits<std::int64_t>::max()),
        Value(std::numeric_limits<double>::infinity()),
        Value(-std::numeric_limits<double>::infinity()),
        Value(std::numeric_limits<double>::quiet_NaN())}) {
    check_round_trip(value);
    check_round_trip(Value::map({{"a", value}}));
  }
}

TEST_CASE("several lines become a literal block", "[yaml]") {
  CHECK(write(Value::map({{"a", "one\ntwo\n"}, {"b", "one\ntwo"}, {"c", 1}})) ==
        "a: |\n  one\n  two\nb: |-\n  one\n  two\nc: 1\n");
}

TEST_CASE("keys keep their order and empty collections stay on their line", "[yaml]") {
  CHECK(write(Value::map({{"z", 1}, {"a", Value::map()}, {"m", Value::list()}})) ==
        "z: 1\na: {}\nm: []\n");
}

TEST_CASE("setting a key again replaces its value in place", "[yaml]") {
  Value map = Value::map({{"a", 1}, {"b", 2}});
  map.set("a", 3).set_unless_empty("c", "").set_unless_empty("d", "x");
  CHECK(write(map) == "a: 3\nb: 2\nd: x\n");
}

TEST_CASE("comments stand above or beside what they explain", "[yaml]") {
  Value step = Value::map({{"name", Value("x").with_comment_before("the name")}});
  step.with_comment_before("a step");
  Value document = Value::map({
      {"kind", Value("Routes").with_comment_after("one intent")},
      {"steps", Value::list({step, Value("last").with_comment_before("two\nlines")})
                    .with_comment_after("in order")},
      {"body", Value("a\nb").with_comment_after("beside a block")},
  });
  document.with_comment_before("yaml-language-server: $schema=x");
  const std::string text = write(document);
  CHECK(text == R"(# yaml-language-server: $schema=x
kind: Routes  # one intent
steps:  # in order
  # a step
    # the name
  - name: x
  # two
  # lines
  - last
# beside a block
body: |-
  a
  b
)");
  CHECK(read_back(text) == document);
}

TEST_CASE("documents are separated", "[yaml]") {
  const std::vector<Value> documents = {Value::map({{"a", 1}}), Value::map({{"b", 2}})};
  CHECK(write(documents) == "a: 1\n---\nb: 2\n");
}

TEST_CASE("bytes that are no UTF-8 become replacement characters", "[yaml]") {
  CHECK(read_back(write(Value("a\xFFz"))) == Value("a\xEF\xBF\xBDz"));
}

TEST_CASE("any value with any comments is read back as it was", "[yaml]") {
  Random random(20240229);
  for (int i = 0; i < 2000; ++i) check_round_trip(random_value(random, 4));
}

}  // namespace meshfn::yaml
