#include "source/file.h"

#include "catch.h"

namespace meshfn::source {

TEST_CASE("positions count code points from 1", "[source]") {
  const File file("f", "a\xC3\xA9 b\r\n\nlast");
  CHECK(file.position(0) == Position{1, 1});
  CHECK(file.position(4) == Position{1, 4});
  CHECK(file.position(7) == Position{2, 1});
  CHECK(file.position(99) == Position{3, 5});
  CHECK(file.line_count() == 3);
  CHECK(file.line(1) == "a\xC3\xA9 b");
  CHECK(file.line(2).empty());
  CHECK(file.line(3) == "last");
}

TEST_CASE("a final newline adds no line", "[source]") {
  CHECK(File("f", "a\n").line_count() == 1);
  CHECK(File("f", "").line_count() == 1);
}

TEST_CASE("a location reads path, line and column", "[source]") {
  const File file("d/f.yaml", "a: 1\nb: 2\n");
  CHECK(to_string({&file, {8, 9}}) == "d/f.yaml:2:4");
}

}  // namespace meshfn::source
