#pragma once

// The tables as indented lines, and the words of one line.

#include <cstddef>
#include <string_view>
#include <vector>

namespace meshfn::schema::table {

/// A place in a table text that steps from line to line, past comments and empty lines.
class Cursor {
 public:
  explicit Cursor(std::string_view text, std::size_t offset = 0);

  bool at_end() const { return at_end_; }

  std::size_t indent() const { return indent_; }

  std::size_t offset() const { return offset_; }

  /// The line without indentation and line break.
  std::string_view line() const { return line_; }

  void next();
  /// Steps over every line that is indented deeper than `indent`.
  void skip_below(std::size_t indent);

 private:
  void load();

  std::string_view text_;
  std::size_t offset_ = 0;  ///< of the start of the line
  std::size_t after_ = 0;   ///< of the start of the next line
  std::size_t indent_ = 0;
  std::string_view line_;
  bool at_end_ = false;
};

/// The first word of `text`, taken off with the spaces after it; empty at the end.
std::string_view take_word(std::string_view& text);

/// The remaining words.
std::vector<std::string_view> words(std::string_view text);

}  // namespace meshfn::schema::table
