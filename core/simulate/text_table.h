#pragma once

// Columns for a terminal: the first left-aligned, the others right-aligned, two spaces between.

#include <string>
#include <vector>

namespace meshfn::simulate {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  /// REQUIRES: as many cells as the header has.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// All rows, each a line that starts with two spaces.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace meshfn::simulate
