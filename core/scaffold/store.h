#pragma once

// The templates that are part of the binary, as files in memory.

#include <map>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace meshfn::scaffold {

/// Paths as below templates/ in the source tree: "languages/python/template.yaml".
MemoryFiles embedded_templates();

/// The same from a folder of the disk, for people who work on templates.
Result<std::map<std::string, std::string>> templates_in(const Files& files,
                                                        const std::string& folder);

}  // namespace meshfn::scaffold
