#pragma once

// Room for files that are gone with the object.

#include <memory>
#include <string>

#include "base/result.h"

namespace meshfn {

/// A folder that is removed with everything in it.
class TemporaryFolder {
 public:
  /// An error when no folder can be made where temporary files go.
  static Result<std::unique_ptr<TemporaryFolder>> make();

  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace meshfn
