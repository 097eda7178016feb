#include "base/suggest.h"

#include "catch.h"

namespace meshfn {

TEST_CASE("a swap of neighbours is one edit", "[base]") {
  CHECK(edit_distance("lnit", "lint") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("Host", "host") == 0);
}

TEST_CASE("only near words are suggested", "[base]") {
  CHECK(suggest("lnt", {"render", "lint"}) == "lint");
  CHECK(suggest("xyz", {"render", "lint"}).empty());
  CHECK(did_you_mean("rotue", {"route"}) == "did you mean `route`?");
}

}  // namespace meshfn
