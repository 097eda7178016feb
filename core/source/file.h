#pragma once

// Source text and places in it. Everything that a message points at is a byte span in an owned
// file; lines and columns are computed only when somebody has to read them.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::source {

/// Half-open range of byte offsets in one file. Empty spans mark a place between two bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;

  std::uint32_t size() const { return end - begin; }

  bool contains(Span inner) const { return begin <= inner.begin && inner.end <= end; }
};

/// A place for people: both are 1-based and the column counts code points (SARIF's
/// `unicodeCodePoints`).
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend bool operator==(const Position&, const Position&) = default;
};

/// The text of one file with its line index. Its address is its identity: it neither moves nor
/// changes while spans into it exist.
class File {
 public:
  /// REQUIRES: `text` is smaller than 4 GiB (Files::read refuses more than 1 GiB).
  File(std::string path, std::string text);
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// As the user named it; "<stdin>" for standard input.
  const std::string& path() const { return path_; }

  std::string_view text() const { return text_; }

  std::string_view slice(Span span) const {
    return text().substr(span.begin, span.end - span.begin);
  }

  /// The place of a byte offset; offsets past the end give the end.
  Position position(std::uint32_t offset) const;

  /// Number of lines; a file that ends in a newline has no empty last line. At least 1.
  std::uint32_t line_count() const;

  /// Line `line` (1-based) without its line break.
  std::string_view line(std::uint32_t line) const;

  /// Byte offset of the first byte of line `line` (1-based).
  std::uint32_t line_start(std::uint32_t line) const { return starts_[line - 1]; }

 private:
  std::string path_;
  std::string text_;
  std::vector<std::uint32_t> starts_;
};

/// A span in a named file; `file` is null for findings about nothing in particular.
struct Location {
  const File* file = nullptr;
  Span span;

  friend bool operator==(const Location&, const Location&) = default;
};

/// Owns all files of one run at stable addresses.
class Store {
 public:
  /// Takes the text and returns the file, which lives as long as the store.
  const File& add(std::string path, std::string text);

  std::size_t size() const { return files_.size(); }

 private:
  std::vector<std::unique_ptr<File>> files_;
};

/// "path:line:column" of where the location begins.
std::string to_string(const Location& where);

}  // namespace meshfn::source
