#pragma once

// Folders of files that stand in for a server, to try things out: other machines do not see them.

#include <filesystem>
#include <optional>
#include <string>

class SharedFolder {
 public:
  /// The folder of this name below DATA_FOLDER, by default where temporary files are.
  explicit SharedFolder(const std::string& name);

  const std::filesystem::path& path() const { return path_; }

  /// The bytes of a file, if there is one.
  std::optional<std::string> read(const std::string& file) const;

  /// Puts the bytes there in one step, in place of what is there.
  void replace(const std::string& file, const std::string& bytes) const;

  /// Puts the bytes there in one step; false when the file is there already.
  bool create(const std::string& file, const std::string& bytes) const;

  void remove(const std::string& file) const { std::filesystem::remove(path_ / file); }

 private:
  std::filesystem::path write(const std::string& bytes) const;

  std::filesystem::path path_;
};

/// The variable's value; "" when it is not set.
std::string setting(const char* name);

/// A fresh name that nobody guesses.
std::string unique_name();
<%if "postgres" in with or "redis" in with or "object-store" in with%>

/// SHA-256: names the file of a key, whatever characters the key has; tells contents apart.
std::string digest(const std::string& bytes);
<%end%>
