#include "scaffold/manifest.h"

#include "catch.h"
#include "scaffold/project.h"

namespace meshfn::scaffold {

namespace {

std::string problem(std::string text) {
  const std::map<std::string, std::string> folder = {{"t/template.yaml", std::move(text)}};
  const MemoryFiles files(folder);
  const auto manifest = read_manifest(files, "t");
  return manifest ? "" : manifest.error().message;
}

Request request(std::string folder) {
  Request wanted;
  wanted.template_name = std::move(folder);
  wanted.name = "hello";
  return wanted;
}

}  // namespace

TEST_CASE("a mistake in a manifest is named with its place", "[scaffold]") {
  CHECK(problem("").find("t/template.yaml") != std::string::npos);
  CHECK(problem("summary: x\n").find("t/template.yaml:1:1") == 0);
  CHECK(problem("name: x\nfils: []\n").find("t/template.yaml:2:1") == 0);
  CHECK(problem("name: x\nfiles:\n  - {to: a}\n").find("t/template.yaml:3:5") == 0);
  CHECK(problem("name: [\n").find("t/template.yaml:") == 0);
}

TEST_CASE("a template of one's own is a folder", "[scaffold]") {
  const MemoryFiles files({{"mine/template.yaml",
                            "name: mine\n"
                            "variables:\n"
                            "  - {name: team, default: <%name%>-team, pattern: '[-a-z]+'}\n"
                            "  - {name: tier, default: gold, choices: [gold, silver]}\n"
                            "files:\n"
                            "  - {to: '<%name|snake%>.txt', from: a.txt}\n"
                            "  - {to: event.json, event: sqs, records: 2, when: tier == 'gold'}\n"
                            "next:\n"
                            "  - {run: cat <%name|snake%>.txt, what: read it}\n"},
                           {"mine/files/a.txt", "team <%team%>\n"}});
  const auto project = compose(files, request("mine"));
  REQUIRE(project.has_value());
  REQUIRE(project->files.size() == 3);
  CHECK(project->files[2].path == "hello.txt");
  CHECK(project->files[2].bytes == "team hello-team\n");
  CHECK(project->next.at(0).run == "cat hello.txt");

  Request wanted = request("mine");
  wanted.set = {{"tier", "silver"}};
  CHECK(compose(files, wanted)->files.size() == 2);
  wanted.set = {{"tier", "bronze"}};
  CHECK(compose(files, wanted).error().message == "`bronze` is no value of `tier`");
  wanted.set = {{"team", "A1"}};
  CHECK(compose(files, wanted).error().message == "`A1` is no value of `team`");
  wanted.set = {{"teem", "a"}};
  CHECK(compose(files, wanted).error().message == "the template has no variable `teem`");
  CHECK(compose(files, wanted).error().hint == "did you mean `team`?");
}

TEST_CASE("a template of one's own can build on a built-in layer", "[scaffold]") {
  const MemoryFiles files({{"mine/template.yaml",
                            "name: mine\n"
                            "layers: function\n"
                            "files:\n"
                            "  - {to: README.md, from: README.md}\n"},
                           {"mine/files/README.md", "ours\n"}});
  Request wanted = request("mine");
  wanted.clouds = {"aws"};
  wanted.language = "python";
  wanted.trigger = "http";
  wanted.mesh = "none";
  const auto project = compose(files, wanted);
  REQUIRE(project.has_value());
  CHECK(project->files.size() > 8);
  for (const ProjectFile& file : project->files) {
    if (file.path == "README.md") CHECK(file.bytes == "ours\n");
  }
}

TEST_CASE("a template cannot write outside the project", "[scaffold]") {
  for (const char* to : {"/etc/x", "../x", "a/../../x"}) {
    const MemoryFiles files(
        {{"mine/template.yaml", std::string("name: mine\nfiles:\n  - {to: ") + to + ", from: a}\n"},
         {"mine/files/a", ""}});
    const auto project = compose(files, request("mine"));
    REQUIRE_FALSE(project.has_value());
    CHECK(project.error().message.find("leaves the project") != std::string::npos);
  }
}

TEST_CASE("a layer that does not exist is named", "[scaffold]") {
  const std::map<std::string, std::string> folder = {
      {"mine/template.yaml", "name: mine\nlayers: languages/pyhton\n"}};
  const auto project = compose(MemoryFiles(folder), request("mine"));
  REQUIRE_FALSE(project.has_value());
  CHECK(project.error().hint == "did you mean `python`?");
}

TEST_CASE("a language that a template has no files for is refused", "[scaffold]") {
  const std::map<std::string, std::string> folder = {
      {"mine/template.yaml", "name: mine\nlanguages: [go, java]\n"}};
  Request wanted = request("mine");
  wanted.language = "python";
  const auto project = compose(MemoryFiles(folder), wanted);
  REQUIRE_FALSE(project.has_value());
  CHECK(project.error().message == "`mine` has no client in `python`");
  CHECK(project.error().hint == "choose `--lang` from go, java, or leave it out");
}

}  // namespace meshfn::scaffold
