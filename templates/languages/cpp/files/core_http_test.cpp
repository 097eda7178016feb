#include "core.h"

#include "check.h"

int main() {
  const std::string hello = R"({"message":"Hello, Ada!"})";
  CHECK(respond({{"name", "Ada"}}, "").body == hello);
  CHECK(respond({}, R"({"name": "Ada"})").body == hello);
  CHECK(respond({}, "").body == R"({"message":"Hello, world!"})");

  CHECK(respond({{"name", " "}}, "").status == 400);
  CHECK(respond({{"name", std::string(kLongestName + 1, 'x')}}, "").status == 400);
  for (const char* body : {"{", "[]", R"({"name": 1})"}) CHECK(respond({}, body).status == 400);
  return failures;
}
