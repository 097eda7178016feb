#include "base/files.h"

#include <unistd.h>

#include <filesystem>

#include "catch.h"

namespace meshfn {

namespace {

/// A fresh folder that is gone at the end of the test.
class Scratch {
 public:
  Scratch()
      : path_(std::filesystem::temp_directory_path() /
              ("meshfn-files-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { std::filesystem::remove_all(path_); }

  std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("files are written whole and walked in order", "[base]") {
  const Scratch scratch;
  const auto files = real_files();
  REQUIRE(files->write(scratch.at("b/two.yaml"), "2", true));
  REQUIRE(files->write(scratch.at("a.yaml"), "1"));
  REQUIRE(files->write(scratch.at(".git/x.yaml"), "no"));
  CHECK(files->read(scratch.at("a.yaml")).value() == "1");
  CHECK(files->walk(scratch.at("")).value() ==
        std::vector<std::string>{scratch.at("a.yaml"), scratch.at("b/two.yaml")});
  CHECK(::access(scratch.at("b/two.yaml").c_str(), X_OK) == 0);
}

TEST_CASE("writing respects what is there", "[base]") {
  namespace fs = std::filesystem;
  const Scratch scratch;
  const auto files = real_files();
  REQUIRE(files->write(scratch.at("secret"), "1"));
  fs::permissions(scratch.at("secret"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("secret", scratch.at("link"));
  REQUIRE(files->write(scratch.at("link"), "2"));
  CHECK(fs::is_symlink(scratch.at("link")));
  CHECK(files->read(scratch.at("secret")).value() == "2");
  CHECK(fs::status(scratch.at("secret")).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));

  // A device must not be replaced by a file; its own name would be gone for everybody.
  fs::create_symlink("/dev/null", scratch.at("null"));
  REQUIRE(files->write(scratch.at("null"), "3"));
  CHECK(fs::is_character_file(scratch.at("null")));
  CHECK_FALSE(files->write(scratch.at("."), "4"));
}

TEST_CASE("a failure names the path and the reason", "[base]") {
  const Scratch scratch;
  const auto files = real_files();
  const auto missing = files->read(scratch.at("nope"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message ==
        "cannot read `" + scratch.at("nope") + "`: No such file or directory");
  CHECK_FALSE(files->read(scratch.at("")));
  CHECK_FALSE(files->walk(scratch.at("nope")));
}

TEST_CASE("a file and then its empty directory are removed", "[base]") {
  const auto files = real_files();
  const Scratch scratch;
  REQUIRE(files->write(scratch.at("d/a"), "1"));
  CHECK_FALSE(files->remove(scratch.at("d")).has_value());
  CHECK(files->remove(scratch.at("d/a")).has_value());
  CHECK(files->remove(scratch.at("d")).has_value());
  CHECK_FALSE(files->exists(scratch.at("d")));
  CHECK(files->remove(scratch.at("d")).error().message.starts_with("cannot remove `"));
}

TEST_CASE("paths join with one slash", "[base]") {
  CHECK(path::join("a", "b") == "a/b");
  CHECK(path::join("a/", "b") == "a/b");
  CHECK(path::join(".", "b") == "b");
  CHECK(path::join("a", "/b") == "/b");
  CHECK(path::parent("a/b.c") == "a");
  CHECK(path::parent("x") == ".");
  CHECK(path::extension("a/b.tar.gz") == ".gz");
  CHECK(path::extension(".bashrc").empty());
}

TEST_CASE("memory files behave like files", "[base]") {
  MemoryFiles files({{"d/a", "1"}, {"e", "2"}});
  CHECK(files.is_directory("d"));
  CHECK(files.exists("d/a"));
  CHECK(files.walk("d").value() == std::vector<std::string>{"d/a"});
  CHECK_FALSE(files.read("d"));
  CHECK(files.remove("e"));
  CHECK_FALSE(files.exists("e"));
  CHECK_FALSE(files.remove("e"));
}

}  // namespace meshfn
