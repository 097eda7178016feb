#include "scaffold/writer.h"

#include "catch.h"

namespace meshfn::scaffold {

namespace {

const Project kProject = {{{"a", "1", false}, {"b/c", "2", true}, {"b/d/e", "3", false}}, {}};

/// Fails to write one path; everything else goes to memory.
class FailingFiles : public MemoryFiles {
 public:
  explicit FailingFiles(std::string path) : path_(std::move(path)) {}

  Result<void> write(const std::string& path, std::string_view bytes, bool executable) override {
    if (path == path_) return fail("cannot write `" + path + "`: disk full");
    return MemoryFiles::write(path, bytes, executable);
  }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("a project is written below its folder", "[scaffold]") {
  MemoryFiles files;
  const auto written = write(files, "p", kProject, false);
  REQUIRE(written.has_value());
  CHECK(written->made == std::vector<std::string>{"a", "b/c", "b/d/e"});
  CHECK(files.read("p/b/c").value() == "2");
}

TEST_CASE("a file in the way stops everything, and is named", "[scaffold]") {
  MemoryFiles files(std::map<std::string, std::string>{{"p/b/c", "mine"}});
  const auto refused = write(files, "p", kProject, false);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "`p/b/c` is in the way");
  CHECK(refused.error().hint.find("--force") != std::string::npos);
  CHECK_FALSE(files.exists("p/a"));
  CHECK(files.read("p/b/c").value() == "mine");
}

TEST_CASE("force replaces what differs, and equal files stay", "[scaffold]") {
  MemoryFiles files({{"p/b/c", "mine"}, {"p/a", "1"}});
  const auto written = write(files, "p", kProject, true);
  REQUIRE(written.has_value());
  CHECK(written->replaced == std::vector<std::string>{"b/c"});
  CHECK(written->unchanged == std::vector<std::string>{"a"});
  CHECK(files.read("p/b/c").value() == "2");
  CHECK(write(files, "p", kProject, false)->made.empty());
}

TEST_CASE("a write that fails leaves nothing behind", "[scaffold]") {
  FailingFiles files("p/b/d/e");
  REQUIRE(files.write("p/a", "old", false));
  const auto failed = write(files, "p", kProject, true);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message == "cannot write `p/b/d/e`: disk full");
  CHECK(files.read("p/a").value() == "old");
  CHECK_FALSE(files.exists("p/b/c"));
}

TEST_CASE("a tree shows folders once", "[scaffold]") {
  CHECK(tree(kProject) == "a\nb/\n  c\n  d/\n    e\n");
}

}  // namespace meshfn::scaffold
