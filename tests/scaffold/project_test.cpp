#include "scaffold/project.h"

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <set>

#include "catch.h"
#include "scaffold/writer.h"
#include "source/file.h"
#include "support/golden.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::scaffold {

namespace {

const std::vector<std::string> kTriggers = {"http",    "schedule", "queue",
                                            "storage", "event",    "stream"};

Request request(const std::string& cloud, const std::string& language, const std::string& trigger) {
  Request wanted;
  wanted.template_name = "function";
  wanted.name = "order-created";
  wanted.clouds = {cloud};
  wanted.language = language;
  wanted.trigger = trigger;
  wanted.mesh = "istio";
  return wanted;
}

/// Every request that a language does not refuse.
std::vector<Request> matrix() {
  std::vector<Request> all;
  const MemoryFiles none;
  for (const std::string& language : layer_names("languages")) {
    for (const std::string& cloud : layer_names("clouds")) {
      if (!compose(none, request(cloud, language, "http"))) continue;
      for (const std::string& trigger : kTriggers) {
        all.push_back(request(cloud, language, trigger));
      }
    }
  }
  return all;
}

Project made(const Request& wanted) {
  const MemoryFiles none;
  auto project = compose(none, wanted);
  INFO((project ? "" : project.error().message));
  REQUIRE(project.has_value());
  return std::move(*project);
}

/// Reads YAML with both libraries and JSON with both readers.
void check_syntax(const ProjectFile& file) {
  const std::string_view extension = path::extension(file.path);
  const bool json = extension == ".json";
  if (!json && extension != ".yaml" && extension != ".yml") return;
  const source::File text(file.path, file.bytes);
  yaml::Problems problems;
  const auto tree = yaml::read(text, problems);
  CHECK(problems.empty());
  CHECK_NOTHROW(YAML::LoadAll(file.bytes));
  if (json) CHECK(nlohmann::json::accept(file.bytes));
}

std::string name_of(const Request& wanted) {
  return wanted.language + " " + wanted.clouds.front() + " " + wanted.trigger;
}

}  // namespace

TEST_CASE("every combination is whole, parses and is the same each time", "[scaffold]") {
  for (const Request& wanted : matrix()) {
    const Project project = made(wanted);
    for (const ProjectFile& file : project.files) {
      INFO(name_of(wanted) << ": " << file.path);
      CHECK(file.bytes.find("<%") == std::string::npos);
      CHECK((file.bytes.empty() || file.bytes.back() == '\n'));
      CHECK(file.bytes.find(" \n") == std::string::npos);
      CHECK(file.bytes.find("\n\n\n\n") == std::string::npos);
      check_syntax(file);
    }
    const Project again = made(wanted);
    for (std::size_t i = 0; i < project.files.size(); ++i) {
      CHECK(project.files[i].bytes == again.files[i].bytes);
    }
  }
}

TEST_CASE("a folder of the same name does not hide a built-in template", "[scaffold]") {
  const std::map<std::string, std::string> texts = {{"function/main.py", "pass\n"}};
  const MemoryFiles folder(texts);
  CHECK(compose(folder, request("aws", "python", "http")).has_value());
}

TEST_CASE("a function has what a first-class project has", "[scaffold]") {
  for (const Request& wanted : matrix()) {
    INFO(name_of(wanted));
    const Project project = made(wanted);
    std::set<std::string> paths;
    bool tested = false;
    bool sampled = false;
    for (const ProjectFile& file : project.files) {
      paths.insert(file.path);
      // Rust keeps its unit tests in the file that they test.
      tested = tested || file.path.find("test") != std::string::npos ||
               file.bytes.find("#[cfg(test)]") != std::string::npos;
      sampled = sampled || file.path.starts_with("events/");
    }
    CHECK(tested);
    CHECK(sampled);
    CHECK(paths.count("README.md") == 1);
    CHECK(paths.count(".gitignore") == 1);
    CHECK(paths.count(".github/workflows/ci.yml") == 1);
    CHECK(paths.count("mesh/istio.yaml") == (wanted.trigger == "http" ? 1 : 0));
    CHECK(paths.count("template.yaml") == (wanted.clouds.front() == "aws" ? 1 : 0));
    CHECK_FALSE(project.next.empty());
  }
}

TEST_CASE("the trees are the pinned ones", "[scaffold]") {
  std::string all;
  for (const Request& wanted : matrix()) {
    all += "# " + name_of(wanted) + "\n" + tree(made(wanted)) + "\n";
  }
  CHECK(testing::matches_file("tests/scaffold/trees.txt", all));
}

TEST_CASE("several clouds share one core", "[scaffold]") {
  Request wanted = request("aws", "python", "http");
  wanted.clouds = {"aws", "azure", "gcp"};
  std::set<std::string> paths;
  for (const ProjectFile& file : made(wanted).files) paths.insert(file.path);
  for (const char* path : {"src/core.py", "src/app.py", "src/function_app.py", "src/main.py",
                           "template.yaml", "src/host.json", "infra/gcp.sh"}) {
    CHECK(paths.count(path) == 1);
  }
}

TEST_CASE("what does not exist or cannot be combined is refused by name", "[scaffold]") {
  const MemoryFiles none;
  CHECK(compose(none, request("aws", "pyton", "http")).error().message ==
        "there is no language `pyton`");
  CHECK(compose(none, request("aws", "pyton", "http")).error().hint == "did you mean `python`?");
  CHECK(compose(none, request("aws", "cobol", "http")).error().hint.starts_with("choose from "));
  Request bad = request("aws", "python", "http");
  bad.name = "Hello";
  CHECK_FALSE(compose(none, bad).has_value());
  bad.name = "hello";
  bad.template_name = "functon";
  CHECK(compose(none, bad).error().message == "there is no template `functon`");
}

TEST_CASE("the templates are listed with the command that makes them", "[scaffold]") {
  const auto all = templates();
  CHECK(all.size() >= 6);
  for (const TemplateInfo& info : all) {
    CHECK_FALSE(info.summary.empty());
    CHECK(info.command.starts_with("meshfn new "));
  }
}

}  // namespace meshfn::scaffold
