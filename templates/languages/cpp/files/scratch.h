#pragma once

#include <cstdlib>
#include <filesystem>

#include "shared_folder.h"

/// A DATA_FOLDER of the test's own, gone with it.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / unique_name()) {
    ::setenv("DATA_FOLDER", path_.c_str(), 1);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { std::filesystem::remove_all(path_); }

 private:
  std::filesystem::path path_;
};

/// Whether `work` throws a `Problem`.
template <class Problem, class Work>
bool throws(const Work& work) {
  try {
    work();
  } catch (const Problem&) {
    return true;
  }
  return false;
}
