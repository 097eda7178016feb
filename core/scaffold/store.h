#pragma once

// The templates that are part of the binary, as files in memory.

#include "base/files.h"

namespace meshfn::scaffold {

/// Paths as below templates/ in the source tree: "languages/python/template.yaml".
MemoryFiles embedded_templates();

}  // namespace meshfn::scaffold
