#include "scaffold/render.h"

#include <algorithm>

#include "catch.h"

namespace meshfn::scaffold {

namespace {

const Variables kVariables = {
    {"name", "order-created"},
    {"empty", ""},
    {"clouds", std::vector<std::string>{"aws", "gcp"}},
    {"tested", true},
    {"aws.host", "a.example.com"},
    {"gcp.host", "g.example.com"},
};

std::string rendered(std::string_view text) {
  const auto result = render(text, "t", kVariables);
  return result ? *result : "error: " + result.error().message;
}

std::string hint(std::string_view text) {
  const auto result = render(text, "t", kVariables);
  return result ? "" : result.error().hint;
}

}  // namespace

TEST_CASE("a variable stands for its text, changed by filters", "[scaffold]") {
  CHECK(rendered("a <%name%> b") == "a order-created b");
  CHECK(rendered("<%name|snake%>") == "order_created");
  CHECK(rendered("<%name|pascal%> <%name|camel%>") == "OrderCreated orderCreated");
  CHECK(rendered("<% name | snake | upper %>") == "ORDER_CREATED");
  CHECK(rendered("<%name|title%>, <%name|flat%>") == "Order Created, ordercreated");
  CHECK(rendered("<%'a\"b'|json%>") == "\"a\\\"b\"");
}

TEST_CASE("the braces of other languages are left alone", "[scaffold]") {
  const std::string foreign = "${{ a }} {{ b }} !Sub '${C}' {% d %} <b> a<b%c #{e} %>";
  CHECK(rendered(foreign) == foreign);
  CHECK(rendered("<%%name%>") == "<%name%>");
}

TEST_CASE("a condition chooses one branch", "[scaffold]") {
  const std::string text = "<%if name == \"x\"%>1<%elif \"gcp\" in clouds%>2<%else%>3<%end%>";
  CHECK(rendered(text) == "2");
  CHECK(rendered("<%if not empty and (tested or name == 'x')%>yes<%end%>") == "yes");
  CHECK(rendered("<%if name|snake == \"order_created\"%>yes<%end%>") == "yes");
  CHECK(rendered("<%if \"azure\" in clouds%>yes<%else%>no<%end%>") == "no");
  CHECK(rendered("<%if name != \"x\"%><%if empty%>a<%else%>b<%end%><%end%>") == "b");
}

TEST_CASE("a loop repeats its body for each item", "[scaffold]") {
  CHECK(rendered("<%for c in clouds%><%c|upper%>;<%end%>") == "AWS;GCP;");
  CHECK(rendered("<%for c in clouds%><%for d in clouds%><%c%><%d%> <%end%><%end%>") ==
        "awsaws awsgcp gcpaws gcpgcp ");
  CHECK(rendered("<%for c in clouds%><%c.host%> <%end%>") == "a.example.com g.example.com ");
}

TEST_CASE("a statement alone on its line takes the line with it", "[scaffold]") {
  CHECK(rendered("a\n  <%if tested%>\nb\n  <%end%>\nc\n") == "a\nb\nc\n");
  CHECK(rendered("a\n<%# why %>\nb") == "a\nb");
  CHECK(rendered("a <%if tested%>b<%end%>\nc") == "a b\nc");
  CHECK(rendered("<%for c in clouds%>\n- <%c%>\n<%end%>\n") == "- aws\n- gcp\n");
  CHECK(rendered("<%if tested%>\n<%if tested%>\nx\n<%end%>\n<%end%>\ny\n") == "x\ny\n");
}

TEST_CASE("what a template gets wrong is named with its place", "[scaffold]") {
  CHECK(rendered("a\nb <%nme%>") == "error: t:2:5: unknown variable `nme`");
  CHECK(hint("<%nme%>") == "did you mean `name`?");
  CHECK(rendered("<%name|snak%>") == "error: t:1:8: unknown filter `snak`");
  CHECK(hint("<%name|snak%>") == "did you mean `snake`?");
  CHECK(rendered("x <%name") == "error: t:1:3: `<%` without its `%>`");
  CHECK(rendered("<%if tested%>x") == "error: t:1:3: `if` without its `end`");
  CHECK(rendered("<%for c in clouds%>x") == "error: t:1:3: `for` without its `end`");
  CHECK(rendered("x<%end%>") == "error: t:1:4: `end` without its `if` or `for`");
  CHECK(rendered("<%for c clouds%><%end%>") == "error: t:1:3: a loop reads `for NAME in LIST`");
  CHECK(rendered("<%for c in name%><%end%>") == "error: t:1:12: `name` is not a list");
  CHECK(rendered("<%clouds%>") == "error: t:1:3: `clouds` is not a text");
  CHECK(rendered("<%if name ==%>x<%end%>") == "error: t:1:13: unfinished expression");
  CHECK(rendered("<%if name = 1%>x<%end%>") == "error: t:1:11: unexpected `=`");
  CHECK(rendered("<%if \"a%>x<%end%>") == "error: t:1:6: string without its closing quote");
  CHECK(rendered("<%if name in name%>x<%end%>") == "error: t:1:11: `in` takes a text and a list");
}

TEST_CASE("a mistake in a branch that is not taken is an error, too", "[scaffold]") {
  CHECK(rendered("<%if empty%><%name ||%><%end%>") == "error: t:1:21: unexpected `|`");
  CHECK(rendered("<%if tested%>a<%elif (%>b<%end%>") == "error: t:1:23: unfinished expression");
}

TEST_CASE("the filters are sorted and each says what it gives", "[scaffold]") {
  const auto all = filters();
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const Filter& a, const Filter& b) { return a.name < b.name; }));
  for (const Filter& filter : all) CHECK_FALSE(filter.summary.empty());
}

TEST_CASE("a name falls into words however it is spelt", "[scaffold]") {
  const std::vector<std::string> expected = {"order", "created", "v2"};
  CHECK(words("order-created-v2") == expected);
  CHECK(words("order_created.v2") == expected);
  CHECK(words("OrderCreatedV2") == expected);
  CHECK(words("").empty());
}

TEST_CASE("a manifest's condition fails with the place it was given", "[scaffold]") {
  CHECK(evaluate("\"aws\" in clouds", "m:1:2", kVariables).value());
  CHECK(evaluate("clod", "m:1:2", kVariables).error().message == "m:1:2: unknown variable `clod`");
}

}  // namespace meshfn::scaffold
