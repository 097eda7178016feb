#include "function/exports.h"

#include "catch.h"

namespace meshfn::function {

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what Python defines at the top is exported", "[function]") {
  CHECK(exported_names(Language::python, R"(import os
LIMIT: int = 3
async def main(event, context):
    inner = 1
class Handler: pass
handle = main
if LIMIT == 3: pass
)") == Names{"main", "Handler", "LIMIT", "handle"});
}

TEST_CASE("Node.js exports in many forms", "[function]") {
  CHECK(exported_names(Language::node, R"(
exports.one = async () => 1;
module.exports.two = 2;
export async function three() {}
export const four = 4, other = 5;
export { inner as five };
)") == Names{"one", "two", "three", "four", "five"});
  CHECK(exported_names(Language::node, "let n=0;exports.a=exports.b=()=>++n;export{n as c}") ==
        Names{"a", "b", "c"});
  CHECK(exported_names(Language::node, "module.exports = { main, handler: run };") ==
        Names{"main", "handler"});
}

TEST_CASE("a name is surely missing only where nothing can bring it in", "[function]") {
  CHECK(surely_lacks(Language::python, "def main(): pass\n", "handler"));
  CHECK_FALSE(surely_lacks(Language::python, "from app import *\n", "handler"));
  CHECK_FALSE(surely_lacks(Language::python, "from app import handler\n", "handler"));
  CHECK(surely_lacks(Language::node, "exports.main = 1;", "handler"));
  CHECK(surely_lacks(Language::node, "module.exports = { main };", "handler"));
  CHECK_FALSE(surely_lacks(Language::node, "module.exports = require('./app');", "handler"));
  CHECK_FALSE(surely_lacks(Language::node, "module.exports = { ...app };", "handler"));
  CHECK_FALSE(surely_lacks(Language::node, "exports.a = 1; fill(exports);", "handler"));
  CHECK_FALSE(surely_lacks(Language::python, "def a(): pass\nvars()[b] = a\n", "handler"));
  CHECK_FALSE(surely_lacks(Language::executable, "", "handler"));
}

TEST_CASE("a handler string names a file", "[function]") {
  MemoryFiles files;
  for (const char* path : {"p/src/app.py", "p/index.mjs", "p/pkg/__init__.py"}) {
    REQUIRE(files.write(path, "", false));
  }
  const auto dotted = find_handler_file(files, "p", "src.app.handler");
  REQUIRE(dotted);
  CHECK(dotted->path == "p/src/app.py");
  CHECK(dotted->name == "handler");
  const auto nested = find_handler_file(files, "p", "index.api.get");
  REQUIRE(nested);
  CHECK(nested->language == Language::node);
  CHECK(nested->name == "api");
  CHECK(find_handler_file(files, "p", "pkg.run")->path == "p/pkg/__init__.py");
  CHECK_FALSE(find_handler_file(files, "p", "other.run"));
}

}  // namespace meshfn::function
