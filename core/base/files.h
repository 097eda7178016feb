#pragma once

// The file system as the jobs see it: a seam, so that tests read from memory. Paths are kept as
// the user typed them, because they appear in messages.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace meshfn {

/// Read and write access to files. Implementations: `real_files()` and `MemoryFiles`.
class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;

  /// The whole content of `path`. The error names the path and the reason; a directory and a
  /// file over 1 GiB are errors.
  virtual Result<std::string> read(const std::string& path) const = 0;

  /// Creates missing parent directories and writes `bytes` in one step (a temporary file that is
  /// renamed), so that no half file is ever seen. An existing file keeps its permissions; links
  /// are followed, and devices and pipes are written to.
  virtual Result<void> write(const std::string& path, std::string_view bytes,
                             bool executable = false) = 0;

  /// Removes a file or an empty directory, so that a job that failed half-way can undo its work.
  virtual Result<void> remove(const std::string& path) = 0;

  virtual bool exists(const std::string& path) const = 0;
  virtual bool is_directory(const std::string& path) const = 0;

  /// Every regular file below `directory`, sorted bytewise, each path starting with `directory`
  /// as given. Hidden entries (`.x`) and node_modules are passed over.
  virtual Result<std::vector<std::string>> walk(const std::string& directory) const = 0;
};

/// The operating system's files.
std::unique_ptr<Files> real_files();

/// Files held in memory, for tests and embedded input. Directories exist by their files.
class MemoryFiles : public Files {
 public:
  MemoryFiles() = default;

  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  Result<std::string> read(const std::string& path) const override;
  Result<void> write(const std::string& path, std::string_view bytes, bool executable) override;
  Result<void> remove(const std::string& path) override;
  bool exists(const std::string& path) const override;
  bool is_directory(const std::string& path) const override;
  Result<std::vector<std::string>> walk(const std::string& directory) const override;

 private:
  std::map<std::string, std::string> files_;
};

namespace path {

/// `a/b` with exactly one slash between; `b` alone when it is absolute or `a` is empty or ".".
std::string join(std::string_view a, std::string_view b);

/// Everything before the last slash; "." when there is none.
std::string parent(std::string_view path);

/// Everything after the last slash.
std::string_view name(std::string_view path);

/// The part of the name from its last dot on (".yaml"); empty when there is none.
std::string_view extension(std::string_view path);

}  // namespace path

}  // namespace meshfn
