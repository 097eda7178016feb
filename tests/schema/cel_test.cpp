#include <fmt/format.h>

#include "catch.h"
#include "schema/cel/program.h"
#include "schema/kind.h"
#include "source/file.h"
#include "yaml/reader.h"

namespace meshfn::schema::cel {

namespace {

/// The object that the expressions below see as `self`.
constexpr std::string_view kSelf = R"(
name: web
count: 3
ratio: 0.5
port: 80
target: http
on: true
items: [1, 2, 3]
names: [a, b, c]
labels: {app: web, tier: front}
nested: {inner: {value: deep}}
namespace: shop
dashed-name: yes-it-is
wait: 30s
when: 2026-01-31T12:30:15Z
nothing: null
)";

/// A schema for it, written as a CRD would.
struct Self {
  Self() : file("self.yaml", std::string(kSelf)), tree(yaml::read(file, problems)) {
    type.base = Base::object;
    add("name", Base::string);
    add("count", Base::integer);
    add("ratio", Base::number);
    add("port", Base::int_or_string);
    add("target", Base::int_or_string);
    add("on", Base::boolean);
    add("items", Base::list).element = &add("item", Base::integer);
    add("names", Base::list).element = type.fields.front().type;
    add("labels", Base::map).element = type.fields.front().type;
    Type& nested = add("nested", Base::object);
    Type& inner = store.type();
    inner.base = Base::object;
    inner.fields.push_back({"value", type.fields.front().type, false, {}, {}});
    inner.index_fields();
    nested.fields.push_back({"inner", &inner, false, {}, {}});
    nested.index_fields();
    add("namespace", Base::string);
    add("dashed-name", Base::string);
    add("wait", Base::string).format = Format::duration;
    add("when", Base::string).format = Format::date_time;
    add("nothing", Base::string);
    add("mode", Base::string);
    type.fields.back().fallback = store.value("Strict");
    type.index_fields();
  }

  Type& add(std::string_view name, Base base) {
    Type& field = store.type();
    field.base = base;
    type.fields.push_back({name, &field, false, {}, {}});
    return field;
  }

  source::File file;
  std::vector<diagnostic::Diagnostic> problems;
  std::unique_ptr<yaml::Tree> tree;
  Store store;
  Type type;
};

std::string run(const Self& self, std::string_view expression) {
  const auto program = compile(expression, self.type);
  if (!program) return "compile: " + program.error().message;
  Arena arena;
  const Value value = from_node(self.tree->documents().front().root, &self.type, arena);
  return to_string(evaluate(**program, value, Value(Null{}), arena), arena);
}

struct Row {
  const char* expression;
  const char* result;
};

void check(const std::vector<Row>& rows) {
  const Self self;
  for (const Row& row : rows) {
    INFO(row.expression);
    CHECK(run(self, row.expression) == row.result);
  }
}

}  // namespace

TEST_CASE("literals have the type that they are written with", "[cel]") {
  check({
      {"1", "1"},
      {"-1", "-1"},
      {"0x1F", "31"},
      {"-0x10", "-16"},
      {"7u", "7u"},
      {"1.5", "1.5"},
      {"2.0", "2.0"},
      {"1e3", "1000.0"},
      {".5", "0.5"},
      {"true", "true"},
      {"null", "null"},
      {"'a'", "\"a\""},
      {"\"a\\nb\"", "\"a\\nb\""},
      {"r'a\\nb'", "\"a\\\\nb\""},
      {"'''it's'''", "\"it's\""},
      {"r\"\"\"a\"b\"\"\"", "\"a\\\"b\""},
      {"b'ab'", "b\"ab\""},
      {"'\\u00e9'", "\"é\""},
      {"'\\x41\\101'", "\"AA\""},
      {"[1, 'a', [true]]", "[1, \"a\", [true]]"},
      {"{'a': 1, 'b': [2]}", "{\"a\": 1, \"b\": [2]}"},
      {"[]", "[]"},
      {"{}", "{}"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"[1, 2,]", "[1, 2]"},
  });
}

TEST_CASE("operators follow the precedence and the checks of CEL", "[cel]") {
  check({
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"7 / 2", "3"},
      {"-7 / 2", "-3"},
      {"7 % 3", "1"},
      {"7.0 / 2.0", "3.5"},
      {"1 - 2 - 3", "-4"},
      {"'a' + 'b'", "\"ab\""},
      {"[1] + [2]", "[1, 2]"},
      {"b'a' + b'b'", "b\"ab\""},
      {"1 < 2 && 2 < 3", "true"},
      {"1 == 1.0", "true"},
      {"1 == 1u", "true"},
      {"1 == 'a'", "false"},
      {"1 < 1.5", "true"},
      {"'a' < 'b'", "true"},
      {"true || 1 / 0 == 0", "true"},
      {"1 / 0 == 0 || true", "true"},
      {"false && 1 / 0 == 0", "false"},
      {"1 / 0 == 0 && false", "false"},
      {"1 / 0", "error: division by zero"},
      {"1 % 0", "error: modulus by zero"},
      {"true ? 1 : 2", "1"},
      {"false ? 1 : true ? 2 : 3", "2"},
      {"!true", "false"},
      {"!!true", "true"},
      {"-(-3)", "3"},
      {"9223372036854775807 + 1", "error: the number overflows"},
      {"0u - 1u", "error: the number overflows"},
      {"2 in [1, 2]", "true"},
      {"'x' in {'x': 1}", "true"},
      {"3 in [1, 2]", "false"},
      {"[1, 2] == [1, 2]", "true"},
      {"[1, 2] != [2, 1]", "true"},
      {"{'a': 1} == {'a': 1.0}", "true"},
      {"null == null", "true"},
      {"1 != null", "true"},
      {"1 + 'a'", "error: `+` does not take int and string"},
      {"true && 'a' == 'a'", "true"},
      {"1.0 / 0.0", "+Inf"},
      {"1 < 'a'", "error: int and string cannot be compared"},
      {"b'a' < b'b'", "true"},
      {"1 + 2 == 3 && 'a' in ['a'] || false", "true"},
      {"-2 * -3", "6"},
  });
}

TEST_CASE("fields of self have the types of their schema", "[cel]") {
  check({
      {"self.name", "\"web\""},
      {"self.count + 1", "4"},
      {"self.ratio * 2.0", "1.0"},
      {"self.port == 80", "true"},
      {"self.target == 'http'", "true"},
      {"type(self.port) == int", "true"},
      {"self.on", "true"},
      {"self.items[1]", "2"},
      {"self.items[3]", "error: index out of bounds: 3"},
      {"self.names[0] + self.name", "\"aweb\""},
      {"self.labels.app", "\"web\""},
      {"self.labels['tier']", "\"front\""},
      {"self.labels.gone", "error: no such key: gone"},
      {"has(self.labels.app)", "true"},
      {"has(self.labels.gone)", "false"},
      {"has(self.nothing)", "false"},
      {"self.nested.inner.value", "\"deep\""},
      {"has(self.nested.inner)", "true"},
      {"self.__namespace__", "\"shop\""},
      {"self.dashed__dash__name", "\"yes-it-is\""},
      {"self.wait == duration('30s')", "true"},
      {"self.when.getFullYear()", "2026"},
      {"self.mode", "\"Strict\""},
      {"has(self.mode)", "true"},
      {"self.items == [1, 2, 3]", "true"},
      {"size(self.labels)", "2"},
      {"'app' in self.labels", "true"},
      {"self.nested == self.nested", "true"},
      {"self.nmae", "compile: there is no field `nmae`; did you mean `name`?"},
      {"self.?nothing.orValue('none')", "\"none\""},
      {"self.?labels.?app", "optional.of(\"web\")"},
      {"self.?labels.?gone", "optional.none()"},
      {"self.labels[?'gone'].orValue('x')", "\"x\""},
      {"self.items[?7]", "optional.none()"},
      {"self.?nested.inner.value.hasValue()", "true"},
  });
}

TEST_CASE("macros iterate over lists and over the keys of maps", "[cel]") {
  check({
      {"self.items.all(x, x > 0)", "true"},
      {"self.items.all(x, x > 1)", "false"},
      {"self.items.exists(x, x == 2)", "true"},
      {"self.items.exists_one(x, x > 2)", "true"},
      {"self.items.exists_one(x, x > 1)", "false"},
      {"[].all(x, false)", "true"},
      {"[].exists(x, true)", "false"},
      {"self.items.map(x, x * x)", "[1, 4, 9]"},
      {"self.items.map(x, x > 1, x * 10)", "[20, 30]"},
      {"self.items.filter(x, x != 2)", "[1, 3]"},
      {"self.labels.all(k, k.size() > 2)", "true"},
      {"self.labels.map(k, self.labels[k])", "[\"web\", \"front\"]"},
      {"[[1, 2], [3]].all(l, l.all(x, x < 4))", "true"},
      {"[1, 2].map(x, [3, 4].map(y, x * y))", "[[3, 4], [6, 8]]"},
      {"[0, 1].exists(x, 1 / x == 1)", "true"},
      {"[1, 0].all(x, 1 / x == 1)", "error: division by zero"},
      {"[2, 0].all(x, 1 / x == 1)", "false"},
      {"['a', 'b'].all(i, v, i < 2 && v != '')", "true"},
      {"{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"},
      {"[1, 1].existsOne(i, v, i == 0)", "true"},
      {"[1, 2].transformList(i, v, i + v)", "[1, 3]"},
      {"[1, 2].transformList(i, v, v > 1, v)", "[2]"},
      {"{'a': 1}.transformMap(k, v, v + 1)", "{\"a\": 2}"},
      {"{'a': 'b'}.transformMapEntry(k, v, {v: k})", "{\"b\": \"a\"}"},
      {"cel.bind(x, 20, x + x)", "40"},
      {"['bb', 'a'].sortBy(s, size(s))", "[\"a\", \"bb\"]"},
      {"1.all(x, true)", "error: int cannot be iterated over"},
      {"has(self.name) && self.name.startsWith('w')", "true"},
      {"optional.of(1).optMap(x, x + 1)", "optional.of(2)"},
      {"optional.none().optMap(x, x + 1)", "optional.none()"},
      {"optional.of(1).optFlatMap(x, optional.none())", "optional.none()"},
      {"[?optional.of(1), ?optional.none(), 2]", "[1, 2]"},
      {"{?'a': optional.none(), 'b': 1}", "{\"b\": 1}"},
  });
}

TEST_CASE("the standard and string functions count code points", "[cel]") {
  check({
      {"size('añb')", "3"},
      {"'añb'.size()", "3"},
      {"size(b'abc')", "3"},
      {"size([1, 2])", "2"},
      {"'abc'.contains('b')", "true"},
      {"'abc'.startsWith('ab')", "true"},
      {"'abc'.endsWith('bc')", "true"},
      {"'a1'.matches('^[a-z][0-9]$')", "true"},
      {"'xa1x'.matches('[a-z][0-9]')", "true"},
      {"'a'.matches('(')", "compile: `(` is not a regular expression (offset 16)"},
      {"matches('a', 'a')", "true"},
      {"int('42')", "42"},
      {"int(3.9)", "3"},
      {"int('x')", "error: `x` is not a whole number"},
      {"double('1.5')", "1.5"},
      {"string(1)", "\"1\""},
      {"string(1.5)", "\"1.5\""},
      {"string(true)", "\"true\""},
      {"uint(3)", "3u"},
      {"uint(-1)", "error: the number is negative"},
      {"bool('true')", "true"},
      {"bytes('a')", "b\"a\""},
      {"type(1) == int", "true"},
      {"type('a') == string", "true"},
      {"dyn(1) == 1", "true"},
      {"'añb'.charAt(1)", "\"ñ\""},
      {"'añb'.substring(1)", "\"ñb\""},
      {"'añb'.substring(1, 2)", "\"ñ\""},
      {"'abc'.substring(4)", "error: index out of range: 4"},
      {"'añbñ'.indexOf('ñ')", "1"},
      {"'añbñ'.lastIndexOf('ñ')", "3"},
      {"'abc'.indexOf('z')", "-1"},
      {"'abcb'.indexOf('b', 2)", "3"},
      {"'AbÑ'.lowerAscii()", "\"abÑ\""},
      {"'ab'.upperAscii()", "\"AB\""},
      {"'  a '.trim()", "\"a\""},
      {"'a,b,c'.split(',')", "[\"a\", \"b\", \"c\"]"},
      {"'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"},
      {"'abc'.split('')", "[\"a\", \"b\", \"c\"]"},
      {"['a', 'b'].join('-')", "\"a-b\""},
      {"['a', 'b'].join()", "\"ab\""},
      {"'aaa'.replace('a', 'b')", "\"bbb\""},
      {"'aaa'.replace('a', 'b', 2)", "\"bba\""},
      {"'ab'.reverse()", "\"ba\""},
      {"strings.quote('a\"')", "\"\\\"a\\\\\\\"\\\"\""},
      {"'%s is %d'.format(['a', 1])", "\"a is 1\""},
      {"'%.2f%%'.format([1.5])", "\"1.50%\""},
      {"'%x'.format([255])", "\"ff\""},
      {"'%s'.format([])", "error: the format has more verbs than arguments"},
      {"'a1b22'.find('[0-9]+')", "\"1\""},
      {"'a1b22'.findAll('[0-9]+')", "[\"1\", \"22\"]"},
      {"'a1b22'.findAll('[0-9]+', 1)", "[\"1\"]"},
      {"'abc'.find('z')", "\"\""},
  });
}

TEST_CASE("list and set functions", "[cel]") {
  check({
      {"[1, 2, 3].sum()", "6"},
      {"[].sum()", "0"},
      {"[1.5, 2.5].sum()", "4.0"},
      {"[3, 1, 2].min()", "1"},
      {"[3, 1, 2].max()", "3"},
      {"[].max()", "error: min and max of an empty list"},
      {"[1, 2].isSorted()", "true"},
      {"[2, 1].isSorted()", "false"},
      {"[1, 2, 1].indexOf(1)", "0"},
      {"[1, 2, 1].lastIndexOf(1)", "2"},
      {"[1].indexOf(5)", "-1"},
      {"[1, 1, 2].distinct()", "[1, 2]"},
      {"[2, 1].sort()", "[1, 2]"},
      {"[1, 2, 3].slice(1, 3)", "[2, 3]"},
      {"[1, [2, [3]]].flatten()", "[1, 2, [3]]"},
      {"[1, 2].reverse()", "[2, 1]"},
      {"lists.range(3)", "[0, 1, 2]"},
      {"sets.contains([1, 2], [2])", "true"},
      {"sets.equivalent([1, 2, 2], [2, 1])", "true"},
      {"sets.intersects([1], [2])", "false"},
      {"[1, 2].first()", "optional.of(1)"},
      {"[].last()", "optional.none()"},
      {"optional.of(1).value()", "1"},
      {"optional.none().value()", "error: the optional has no value"},
      {"optional.none().orValue(2)", "2"},
      {"optional.ofNonZeroValue('')", "optional.none()"},
      {"optional.of(1).or(optional.of(2)).value()", "1"},
  });
}

TEST_CASE("durations and times", "[cel]") {
  check({
      {"duration('1h30m').getMinutes()", "90"},
      {"duration('1.5s').getMilliseconds()", "1500"},
      {"duration('90s') == duration('1m30s')", "true"},
      {"duration('1s') < duration('1m')", "true"},
      {"duration('x')", "error: `x` is not a duration"},
      {"string(duration('90s'))", "\"90s\""},
      {"duration('1s') + duration('500ms')", "duration(\"1.5s\")"},
      {"timestamp('2026-01-31T12:30:15Z').getMonth()", "0"},
      {"timestamp('2026-01-31T12:30:15Z').getDayOfMonth()", "30"},
      {"timestamp('2026-01-31T12:30:15Z').getDate()", "31"},
      {"timestamp('2026-01-31T12:30:15Z').getDayOfWeek()", "6"},
      {"timestamp('2026-03-01T00:00:00Z').getDayOfYear()", "59"},
      {"timestamp('2024-03-01T00:00:00Z').getDayOfYear()", "60"},
      {"timestamp('2026-01-31T23:30:00Z').getHours('+02:00')", "1"},
      {"timestamp('2026-01-31T00:00:00Z') + duration('24h')",
       "timestamp(\"2026-02-01T00:00:00Z\")"},
      {"timestamp('2026-02-01T00:00:00Z') - timestamp('2026-01-31T00:00:00Z')",
       "duration(\"86400s\")"},
      {"timestamp('2026-01-31T01:00:00+01:00') == timestamp('2026-01-31T00:00:00Z')", "true"},
      {"int(timestamp('1970-01-01T00:00:10Z'))", "10"},
      {"timestamp(0)", "timestamp(\"1970-01-01T00:00:00Z\")"},
      {"timestamp('2026-13-01T00:00:00Z')", "error: `2026-13-01T00:00:00Z` is not a time"},
  });
}

TEST_CASE("Kubernetes' libraries", "[cel]") {
  check({
      {"isURL('https://example.com:80/a?b=c')", "true"},
      {"isURL('../a')", "false"},
      {"isURL('/a')", "true"},
      {"url('https://example.com:80/a?b=c').getHost()", "\"example.com:80\""},
      {"url('https://example.com:80/a').getHostname()", "\"example.com\""},
      {"url('https://example.com:80/a').getPort()", "\"80\""},
      {"url('https://[::1]:80/').getHostname()", "\"::1\""},
      {"url('https://a/b%20c').getEscapedPath()", "\"/b%20c\""},
      {"url('https://a/?k=v&k=w').getQuery()", "{\"k\": [\"v\", \"w\"]}"},
      {"url('/a').getScheme()", "\"\""},
      {"url('x')", "error: `x` is not a URL"},
      {"isIP('10.0.0.1')", "true"},
      {"isIP('010.0.0.1')", "false"},
      {"isIP('::1')", "true"},
      {"isIP('::ffff:1.2.3.4')", "false"},
      {"isIP('example.com')", "false"},
      {"ip('10.0.0.1').family()", "4"},
      {"ip('127.0.0.1').isLoopback()", "true"},
      {"ip('::').isUnspecified()", "true"},
      {"ip('169.254.1.1').isLinkLocalUnicast()", "true"},
      {"ip('224.0.0.1').isLinkLocalMulticast()", "true"},
      {"ip('8.8.8.8').isGlobalUnicast()", "true"},
      {"ip.isCanonical('2001:DB8::1')", "false"},
      {"string(ip('2001:db8:0:0:0:0:0:1'))", "\"2001:db8::1\""},
      {"cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"},
      {"cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))", "false"},
      {"cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"},
      {"cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", "true"},
      {"cidr('10.0.0.0/8').prefixLength()", "8"},
      {"isCIDR('10.0.0.0/33')", "false"},
      {"cidr('10.0.0.0/8').ip()", "10.0.0.0"},
      {"quantity('1Gi').isGreaterThan(quantity('1G'))", "true"},
      {"quantity('1000m') == quantity('1')", "true"},
      {"quantity('500m').isInteger()", "false"},
      {"quantity('2k').asInteger()", "2000"},
      {"quantity('1.5').add(quantity('500m')) == quantity('2')", "true"},
      {"quantity('1').sub(2).sign()", "-1"},
      {"quantity('50m').compareTo(quantity('0.05'))", "0"},
      {"isQuantity('1.5Qi')", "false"},
      {"quantity('250m').asApproximateFloat()", "0.25"},
      {"format.dns1123Label().validate('a-b')", "optional.none()"},
      {"format.dns1123Label().validate('a-b') == null", "true"},
      {"format.dns1123Label().validate('A') == null", "false"},
      {"format.dns1123Label().validate('A').hasValue()", "true"},
      {"format.named('uuid').hasValue()", "true"},
      {"format.named('nope').hasValue()", "false"},
      {"format.qualifiedName().validate('example.com/name').hasValue()", "false"},
      {"format.dns1035Label().validate('1a').hasValue()", "true"},
  });
}

TEST_CASE("mistakes in an expression say what and where", "[cel]") {
  check({
      {"1 +", "compile: the expression ends too early (offset 3)"},
      {"(1", "compile: `)` is missing at the end (offset 2)"},
      {"slef.name", "compile: `slef` is not defined; did you mean `self`? (offset 4)"},
      {"siez(self)", "compile: there is no function `siez`; did you mean `size`? (offset 10)"},
      {"'abc", "compile: the string at offset 0 does not end"},
      {"has(self)", "compile: `has` takes a field, such as `has(self.name)` (offset 9)"},
      {"self.namespace.x", "error: string has no fields"},
      {"a # b", "compile: unexpected `#` at offset 2"},
      {"size()", "compile: `size` does not take 0 arguments (offset 6)"},
      {"in", "compile: `in` is a reserved word (offset 0)"},
      {"99999999999999999999", "compile: `99999999999999999999` is out of range (offset 20)"},
      {"1 2", "compile: unexpected `2` (offset 2)"},
  });
}

TEST_CASE("an evaluation that takes too long is stopped", "[cel]") {
  const Self self;
  const auto program =
      compile("lists.range(3000).all(x, lists.range(3000).all(y, x + y >= 0))", self.type);
  REQUIRE(program);
  Arena arena;
  const Value result = evaluate(**program, Value(Null{}), Value(Null{}), arena);
  CHECK(to_string(result, arena) == "error: the cost limit is exceeded");
}

TEST_CASE("deeply nested expressions are refused, not crashed on", "[cel]") {
  const Self self;
  CHECK_FALSE(compile(std::string(100'000, '(') + "1" + std::string(100'000, ')'), self.type));
  CHECK_FALSE(compile(std::string(100'000, '!') + "true", self.type));
  std::string chain = "1";
  for (int i = 0; i < 100'000; ++i) chain += "+1";
  CHECK_FALSE(compile(chain, self.type));
}

}  // namespace meshfn::schema::cel
