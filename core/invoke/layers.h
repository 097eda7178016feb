#pragma once

// Layers as a function of AWS brings them: folders, or the zip archives that are uploaded.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/temporary_folder.h"

namespace meshfn::invoke {

/// Folders that hold unpacked layers, as long as the object lives.
using UnpackedLayers = std::vector<std::unique_ptr<TemporaryFolder>>;

/// Makes the paths of `layers` absolute, and puts a folder in the place of each archive.
Result<UnpackedLayers> prepare_layers(std::vector<std::string>& layers);

}  // namespace meshfn::invoke
