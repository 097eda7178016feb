#include "scaffold/update.h"

#include "catch.h"
#include "scaffold/writer.h"

namespace meshfn::scaffold {

namespace {

Request request(std::vector<std::string> clouds) {
  Request wanted;
  wanted.template_name = "function";
  wanted.name = "order-created";
  wanted.clouds = std::move(clouds);
  wanted.language = "python";
  wanted.trigger = "http";
  wanted.mesh = "istio";
  return wanted;
}

Project made(const Request& wanted) {
  auto project = compose(MemoryFiles(), wanted);
  REQUIRE(project.has_value());
  return std::move(*project);
}

/// A project on the disk as `meshfn new` leaves it.
void make(Files& files, const Request& wanted) {
  REQUIRE(write(files, "p", made(wanted), false).has_value());
}

Updated updated(Files& files, const Request& wanted) {
  const auto record = record_of(files, "p");
  REQUIRE(record.has_value());
  auto done = update(files, "p", *record, made(wanted), false);
  INFO((done ? "" : done.error().message));
  REQUIRE(done.has_value());
  return std::move(*done);
}

void edit(Files& files, const std::string& path, const std::string& from, const std::string& to) {
  std::string text = *files.read(path);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(files.write(path, text.replace(at, from.size(), to), false).has_value());
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("a project is up to date as it was made", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws"}));
  const Updated done = updated(files, request({"aws"}));
  CHECK(done.made.empty());
  CHECK(done.changed.empty());
  CHECK(done.conflicts.empty());
}

TEST_CASE("a record holds the request and every file", "[scaffold]") {
  MemoryFiles files;
  Request wanted = request({"aws", "gcp"});
  wanted.with = {"redis"};
  wanted.set["description"] = "Prices in €";
  make(files, wanted);
  const auto record = record_of(files, "p");
  REQUIRE(record.has_value());
  CHECK(record->request.clouds == wanted.clouds);
  CHECK(record->request.with == wanted.with);
  CHECK(record->request.set == wanted.set);
  CHECK(record->files.at("src/core.py") == *files.read("p/src/core.py"));
  CHECK(record->files.size() + 1 == made(wanted).files.size());
}

TEST_CASE("another cloud is added beside what its owner changed", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws"}));
  edit(files, "p/src/core.py", "Hello", "Good day");
  edit(files, "p/README.md", "## Test", "## Try it");
  const Updated done = updated(files, request({"aws", "gcp"}));
  CHECK(done.conflicts.empty());
  CHECK(std::find(done.made.begin(), done.made.end(), "src/main.py") != done.made.end());
  CHECK(files.read("p/src/core.py")->find("Good day") != std::string::npos);
  const std::string readme = *files.read("p/README.md");
  CHECK(readme.find("## Try it") != std::string::npos);
  CHECK(readme.find("infra/gcp.sh") != std::string::npos);
  CHECK(updated(files, request({"aws", "gcp"})).changed.empty());
}

TEST_CASE("lines that both changed stand there with markers", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws"}));
  edit(files, "p/README.md", "# order-created", "# Orders");
  Request wanted = request({"aws"});
  const auto record = record_of(files, "p");
  Project project = made(wanted);
  for (ProjectFile& file : project.files) {
    if (file.path == "README.md") file.bytes.replace(0, 15, "# The template's");
  }
  const auto done = update(files, "p", *record, project, false);
  REQUIRE(done.has_value());
  CHECK(done->conflicts == Paths{"README.md"});
  CHECK(files.read("p/README.md")->starts_with("<<<<<<< yours\n# Orders\n======="));
  const auto again = update(files, "p", *record_of(files, "p"), project, false);
  REQUIRE(!again.has_value());
  CHECK(again.error().message == "`p/README.md` still holds a conflict");
}

TEST_CASE("files of a cloud that is left out go unless somebody changed them", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws", "gcp"}));
  edit(files, "p/src/main.py", "import logging", "import logging  # mine");
  const Updated done = updated(files, request({"aws"}));
  CHECK(done.kept == Paths{"src/main.py"});
  CHECK(files.exists("p/src/main.py"));
  CHECK_FALSE(files.exists("p/infra/gcp.sh"));
}

TEST_CASE("a file that its owner deleted comes back as .rej only when it changed", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws"}));
  REQUIRE(files.remove("p/samconfig.toml").has_value());
  REQUIRE(files.remove("p/README.md").has_value());
  const Updated done = updated(files, request({"aws", "gcp"}));
  CHECK(done.conflicts == Paths{"README.md.rej"});
  CHECK_FALSE(files.exists("p/samconfig.toml"));
  CHECK_FALSE(files.exists("p/README.md"));
}

TEST_CASE("a dry run of an update writes nothing", "[scaffold]") {
  MemoryFiles files;
  make(files, request({"aws"}));
  const auto record = record_of(files, "p");
  const auto done = update(files, "p", *record, made(request({"aws", "gcp"})), true);
  REQUIRE(done.has_value());
  CHECK_FALSE(done->made.empty());
  CHECK_FALSE(files.exists("p/src/main.py"));
}

TEST_CASE("a folder without a record says what can be updated", "[scaffold]") {
  MemoryFiles files;
  const auto record = record_of(files, "p");
  REQUIRE(!record.has_value());
  CHECK(record.error().message == "`p` has no record of how it was made");
  REQUIRE(files.write("p/.meshfn/scaffold.json", "{", false).has_value());
  CHECK(record_of(files, "p").error().message.starts_with("p/.meshfn/scaffold.json is no record"));
}

}  // namespace meshfn::scaffold
