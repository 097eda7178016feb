// CRDs from files, for --crd FILE|DIR.

#include <fmt/format.h>

#include "schema/catalogue.h"
#include "yaml/reader.h"

namespace meshfn::schema {

namespace {

/// Adds the CRD at `root`, or those of a `kind: List`; other objects are passed over.
Result<void> add_all(yaml::Node root, Catalogue& catalogue, int& count) {
  const std::string_view kind = root.find("kind").text();
  if (kind == "CustomResourceDefinition") {
    ++count;
    return catalogue.add_crd(root);
  }
  if (!kind.ends_with("List")) return {};
  for (const yaml::Node item : root.find("items").items()) {
    if (auto added = add_all(item, catalogue, count); !added) return added;
  }
  return {};
}

/// Adds the CRDs of one file to `catalogue` and their number to `count`.
Result<void> load_file(const Files& files, const std::string& path, Catalogue& catalogue,
                       int& count) {
  auto text = files.read(path);
  if (!text) return tl::unexpected(text.error());
  const source::File file(path, std::move(*text));
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(file, problems);
  for (const diagnostic::Diagnostic& problem : problems) {
    if (problem.severity != diagnostic::Severity::error) continue;
    return fail(fmt::format("{}: {}", source::to_string(problem.where), problem.message),
                "mend the file, or leave it out of --crd");
  }
  for (const yaml::Document& document : tree->documents()) {
    if (auto added = add_all(document.root, catalogue, count); !added) return added;
  }
  return {};
}

bool is_yaml(const std::string& path) {
  const std::string_view extension = path::extension(path);
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

}  // namespace

Result<void> load_crds(const Files& files, const std::string& path, Catalogue& catalogue) {
  int count = 0;
  if (files.is_directory(path)) {
    const auto below = files.walk(path);
    if (!below) return tl::unexpected(below.error());
    for (const std::string& file : *below) {
      if (!is_yaml(file)) continue;
      if (auto loaded = load_file(files, file, catalogue, count); !loaded) return loaded;
    }
  } else if (auto loaded = load_file(files, path, catalogue, count); !loaded) {
    return loaded;
  }
  if (count > 0) return {};
  return fail(fmt::format("{}: no CustomResourceDefinition", path),
              "give files with `kind: CustomResourceDefinition`");
}

}  // namespace meshfn::schema
