// Input that was made to hurt: one clear finding each, at a cost in proportion to its size. The
// bound is loose, as tests run unoptimised on busy machines; what it catches is quadratic time.

#include <chrono>
#include <functional>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

constexpr std::string_view kHead =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n";
constexpr std::chrono::seconds kEnough{20};

std::string repeat(int count, const std::function<std::string(int)>& part) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part(i);
  return text;
}

std::string times(int count, std::string_view part) {
  return repeat(count, [&](int) { return std::string(part); });
}

std::string alias_bomb() {
  return "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + repeat(20, [](int i) {
           const std::string before = "*a" + std::to_string(i) + ", ";
           const std::string name = "a" + std::to_string(i + 1);
           return name + ": &" + name + " [" + times(9, before) + "]\n";
         });
}

std::unique_ptr<Linted> timed(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  auto linted = lint_text(text);
  CHECK(std::chrono::steady_clock::now() - start < kEnough);
  return linted;
}

}  // namespace

TEST_CASE("hostile documents are refused with one finding", "[hostile]") {
  struct Case {
    std::string name;
    std::string text;
    std::string line;
  };

  const std::string head(kHead);
  const Case cases[] = {
      {"alias bomb", alias_bomb(), "a.yaml:7 MF0006"},
      {"merge bomb",
       "a0: &a0 {k: v}\n" + repeat(40,
                                   [](int i) {
                                     const std::string before = std::to_string(i);
                                     const std::string own = std::to_string(i + 1);
                                     return "a" + own + ": &a" + own + " {<<: [*a" + before +
                                            ", *a" + before + "], k" + own + ": v}\n";
                                   }),
       "a.yaml:17 MF0006"},
      {"value inside itself", head + "x: &x [*x]\n", "a.yaml:4 MF0003"},
      {"deep flow list", head + "x: " + times(100'000, "["), "a.yaml:4 MF0005"},
      {"deep flow mapping", head + "x: " + times(100'000, "{a: "), "a.yaml:4 MF0005"},
      {"deep block list", head + "x:\n  " + times(100'000, "- ") + "a\n", "a.yaml:5 MF0005"},
      {"deep block mapping",
       head + "x:\n" +
           repeat(2000, [](int i) { return std::string(1U + unsigned(i), ' ') + "a:\n"; }),
       "a.yaml:260 MF0005"},
      {"huge scalar", head + "data: {x: " + std::string(100'000'000, 'a') + "}\n",
       "a.yaml:1 MF0007"},
      {"bytes that are no UTF-8", head + "data: {x: \xC3\x28}\n", "a.yaml:4 MF0008"},
      {"a NUL byte", head + std::string("data: {x: a\0b}\n", 15), "a.yaml:4 MF0008"},
      {"UTF-16",
       std::string("\xFF\xFE"
                   "a\0:\0",
                   6),
       "a.yaml:1 MF0008"},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    CHECK(timed(one.text)->lines() == std::vector<std::string>{one.line});
  }
}

TEST_CASE("a byte order mark and carriage returns are fine", "[hostile]") {
  CHECK(lint_text("\xEF\xBB\xBF" + std::string(kHead))->lines().empty());
  CHECK(lint_text("apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a, namespace: b}\r\n")
            ->lines()
            .empty());
}

TEST_CASE("much of everything costs no more than its size", "[hostile]") {
  const std::string head(kHead);
  CHECK(timed(times(200'000, "---\n"))->outcome.documents == 0);
  CHECK(timed(times(20'000, "---\n: : [\n"))->outcome.findings.size() == 20'000);
  CHECK(timed(head + "data:\n" + times(50'000, "  k: v\n"))->outcome.findings.size() == 100);
  CHECK(timed(head + "data:\n" +
              repeat(20'000, [](int i) { return "  k" + std::to_string(i) + ": 1\n"; }))
            ->outcome.findings.size() == 20'000);
  CHECK(timed(head + repeat(20'000, [](int i) { return "k" + std::to_string(i) + ": 1\n"; }))
            ->outcome.findings.size() == 20'000);
  CHECK(timed(head + times(20'000, "# meshfn: ignore[MF0001] none\n"))->outcome.findings.size() ==
        20'000);
}

}  // namespace meshfn::lint
