#include "invoke/layers.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/unzip.h"
#include "invoke/launch.h"

namespace meshfn::invoke {

namespace {

/// What a function and its layers may have unpacked in Lambda.
constexpr std::uint64_t kMostUnpacked = 250U << 20U;

Result<std::unique_ptr<TemporaryFolder>> unpack(const Files& files, const std::string& path) {
  const Result<std::string> bytes = files.read(path);
  if (!bytes) return tl::unexpected(bytes.error());
  auto folder = TemporaryFolder::make();
  if (!folder) return folder;
  if (const auto unpacked = unzip(*bytes, (*folder)->path(), kMostUnpacked); !unpacked) {
    return fail(fmt::format("cannot unpack the layer `{}`: {}", path, unpacked.error().message));
  }
  return folder;
}

}  // namespace

Result<UnpackedLayers> prepare_layers(std::vector<std::string>& layers) {
  UnpackedLayers unpacked;
  const std::unique_ptr<Files> files = real_files();
  for (std::string& layer : layers) {
    if (files->exists(layer) && !files->is_directory(layer)) {
      auto folder = unpack(*files, layer);
      if (!folder) return tl::unexpected(folder.error());
      layer = (*folder)->path();
      unpacked.push_back(std::move(*folder));
    } else {
      layer = absolute_path(layer);
    }
  }
  return unpacked;
}

}  // namespace meshfn::invoke
