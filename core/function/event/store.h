#pragma once

// The embedded sample files, read. For this room only: it shows JSON.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace meshfn::function {

using Json = nlohmann::ordered_json;

/// One sample file. `parameters` holds the common ones of its platform, too.
struct SampleFile {
  std::string name;
  std::string platform;
  std::string summary;
  std::vector<std::string> aliases;
  Json parameters;
  Json event;
  std::string records;  ///< JSON pointer to the array of records in `event`; empty: none
  std::vector<std::string> beside;  ///< pointers to arrays with one item for each record
  Json via;  ///< by outer source: the parameters that this event becomes there
};

/// Reads the file called `name` (a name or an alias, "aws-" in front allowed).
Result<SampleFile> load_sample(std::string_view name);

/// All of them, sorted by platform and name.
std::vector<SampleFile> load_samples();

}  // namespace meshfn::function
