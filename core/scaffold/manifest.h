#pragma once

// template.yaml: what a template folder says about itself. Folders are layers: the template
// `function` names a shared layer, one for the language and one for each cloud, so that clouds ×
// languages × triggers share every file that is the same. templates/README.md has the format.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace meshfn::scaffold {

/// A value that the user may set.
struct VariableSpec {
  std::string name;
  std::string summary;
  std::string fallback;              ///< rendered with the variables before it
  std::string pattern;               ///< the whole value must match (RE2); empty: anything
  std::vector<std::string> choices;  ///< allowed values; empty: anything
};

/// A file to make.
struct FileSpec {
  std::string to;                          ///< path in the project, rendered
  std::string from;                        ///< path below `files/`, rendered; or
  std::string event;                       ///< chain of a sample event, rendered
  std::map<std::string, std::string> set;  ///< parameters of that event, rendered
  std::string body;                     ///< body of that event, rendered; empty: the sample's own
  std::optional<std::int64_t> records;  ///< of that event
  std::optional<std::int64_t> poison;   ///< of that event
  std::string when;                     ///< condition; empty: always
  bool executable = false;
  std::string where;  ///< "path:line:column" of the entry, for messages
};

/// A command to type after the project was made.
struct StepSpec {
  std::string run;
  std::string what;
  std::string when;
  std::string where;
};

/// What a language layer says about one cloud.
struct CloudSpec {
  std::string cloud;
  std::string refusal;                        ///< why it cannot run there; empty: it can
  std::map<std::string, std::string> values;  ///< variables "<cloud>.<key>", rendered
};

struct Manifest {
  std::string path;
  std::string name;
  std::string summary;
  std::string layers;  ///< folders of other layers, one a line, rendered
  std::vector<VariableSpec> variables;
  std::map<std::string, std::string> values;  ///< variables that nobody sets, rendered
  std::vector<CloudSpec> clouds;
  std::vector<std::string> languages;  ///< that the layer has files for; empty: any
  std::vector<FileSpec> files;
  std::vector<StepSpec> next;
};

/// Reads `folder`/template.yaml. The error is the first thing that is wrong with it, with its
/// place: a key that does not exist, a value of the wrong kind, a missing name.
Result<Manifest> read_manifest(const Files& files, const std::string& folder);

}  // namespace meshfn::scaffold
