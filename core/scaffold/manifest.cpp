#include "scaffold/manifest.h"

#include <fmt/format.h>

#include "source/file.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::scaffold {

namespace {

using yaml::MapReader;
using yaml::Problems;

std::map<std::string, std::string> texts(MapReader& reader, std::string_view key) {
  std::map<std::string, std::string> found;
  for (const yaml::Entry& entry : reader.entries(key)) {
    found[std::string(entry.key.text())] = entry.value.text();
  }
  return found;
}

VariableSpec variable(yaml::Node node, Problems& problems) {
  MapReader reader(node, "variable", problems);
  reader.require("name");
  VariableSpec spec{reader.string("name").value_or(""), reader.string("summary").value_or(""),
                    reader.string("default").value_or(""), reader.string("pattern").value_or(""),
                    reader.strings("choices")};
  reader.done();
  return spec;
}

FileSpec file(yaml::Node node, Problems& problems) {
  MapReader reader(node, "file", problems);
  FileSpec spec;
  spec.to = reader.string("to").value_or("");
  spec.from = reader.string("from").value_or("");
  spec.event = reader.string("event").value_or("");
  spec.set = texts(reader, "set");
  spec.body = reader.string("body").value_or("");
  spec.records = reader.integer("records", 1, 100);
  spec.poison = reader.integer("poison", 0, 99);
  spec.when = reader.string("when").value_or("");
  spec.executable = reader.boolean("executable").value_or(false);
  spec.where = source::to_string(node.where());
  if (spec.from.empty() == spec.event.empty()) {
    yaml::bad_value(problems, node.where(), "a file has either `from` or `event`");
  }
  if (spec.to.empty()) spec.to = spec.from;
  reader.done();
  return spec;
}

StepSpec step(yaml::Node node, Problems& problems) {
  MapReader reader(node, "step", problems);
  reader.require("run");
  StepSpec spec{reader.string("run").value_or(""), reader.string("what").value_or(""),
                reader.string("when").value_or(""), source::to_string(node.where())};
  reader.done();
  return spec;
}

CloudSpec cloud(const yaml::Entry& entry) {
  CloudSpec spec{std::string(entry.key.text()), {}, {}};
  for (const auto& [key, value, merged] : entry.value.entries()) {
    if (key.text() == "refuse") {
      spec.refusal = value.text();
    } else {
      spec.values[std::string(key.text())] = value.text();
    }
  }
  return spec;
}

Manifest manifest(yaml::Node root, Problems& problems) {
  MapReader reader(root, "template", problems);
  reader.require("name");
  Manifest found;
  found.name = reader.string("name").value_or("");
  found.summary = reader.string("summary").value_or("");
  found.layers = reader.string("layers").value_or("");
  for (const yaml::Node node : reader.list("variables")) {
    found.variables.push_back(variable(node, problems));
  }
  found.values = texts(reader, "values");
  found.languages = reader.strings("languages");
  for (const yaml::Entry& entry : reader.entries("clouds")) found.clouds.push_back(cloud(entry));
  for (const yaml::Node node : reader.list("files")) found.files.push_back(file(node, problems));
  for (const yaml::Node node : reader.list("next")) found.next.push_back(step(node, problems));
  reader.done();
  return found;
}

}  // namespace

Result<Manifest> read_manifest(const Files& files, const std::string& folder) {
  const std::string path = path::join(folder, "template.yaml");
  auto text = files.read(path);
  if (!text) return tl::unexpected(text.error());
  const source::File file(path, std::move(*text));
  Problems problems;
  const auto tree = yaml::read(file, problems);
  if (problems.empty() && (tree->documents().empty() || !tree->documents().front().root)) {
    return fail(fmt::format("{} is empty", path), "a template has at least `name` and `files`");
  }
  Manifest found;
  if (problems.empty()) found = manifest(tree->documents().front().root, problems);
  if (!problems.empty()) return tl::unexpected(yaml::to_error(problems));
  found.path = path;
  return found;
}

}  // namespace meshfn::scaffold
