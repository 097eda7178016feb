#pragma once

// Go functions of Google are packages; the platform's builder adds the main package. So do we, by
// an overlay that the compiler reads instead of files: nothing is written into the project.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

extern const std::string_view kGoogleGoBootstrap;

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

/// Compiles the function into `folder` and returns the program's path. A main package of the
/// project's own (in its root or in cmd/) is preferred. The error holds what the compiler said.
Result<std::string> build_google_go(const function::Function& function, const Settings& settings,
                                    const std::string& folder);

}  // namespace meshfn::invoke
