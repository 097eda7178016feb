#pragma once

// From a request to the files of a project, in memory: reads the layers of a template, settles the
// variables, renders. Nothing is written here (scaffold/writer.h does that), so the same request
// gives the same bytes and a dry run is the same code.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace meshfn::scaffold {

/// What to make.
struct Request {
  std::string template_name;  ///< a built-in one ("function"), or the path of a folder
  std::string name;
  std::vector<std::string> clouds;
  std::string language;
  std::string trigger;
  std::string mesh;
  std::vector<std::string> with;           ///< shared data: names of the layers below "with"
  std::map<std::string, std::string> set;  ///< variables of the template
  std::string layers;  ///< a folder to use instead of the built-in layers; empty: those
};

struct ProjectFile {
  std::string path;  ///< relative to the project
  std::string bytes;
  bool executable = false;
};

struct NextStep {
  std::string run;
  std::string what;
};

struct Project {
  std::vector<ProjectFile> files;  ///< sorted by path
  std::vector<NextStep> next;
};

/// One thing that can be made, for `list templates`.
struct TemplateInfo {
  std::string name;  ///< "function python aws", "scenario"
  std::string summary;
  std::string command;  ///< that makes it
};

/// Composes the project. `files` reads a user's template (a `template_name` with a slash or one
/// that is a folder); the built-in layers are part of the binary. Errors: a bad name, a language
/// or cloud that does not exist (with a suggestion) or cannot be combined (with the reason), an
/// unknown variable, a mistake in a template with its place.
Result<Project> compose(const Files& files, const Request& request);

/// Everything the built-in templates can make, and the names of one kind of layer ("languages",
/// "clouds").
std::vector<TemplateInfo> templates();
std::vector<std::string> layer_names(std::string_view kind);

}  // namespace meshfn::scaffold
