#pragma once

// What a project was made from, kept inside it: the request and every file as it was made. With it
// a newer template, or another choice, can be merged into a project that its owner has changed.

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "scaffold/project.h"

namespace meshfn::scaffold {

/// Where the record is, below the folder of the project.
inline constexpr std::string_view kRecordPath = ".meshfn/scaffold.json";

struct Record {
  Request request;
  std::map<std::string, std::string> files;  ///< bytes by path
};

/// The record as JSON: equal requests and files give equal bytes.
std::string to_json(const Request& request, const Project& project);

/// Reads what `to_json` wrote; the error names `path`.
Result<Record> read_record(const std::string& json, const std::string& path);

}  // namespace meshfn::scaffold
