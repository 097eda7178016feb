#pragma once

// A small table that is printed as text, JSON or Markdown: what every `meshfn list` shows.

#include <string>
#include <string_view>
#include <vector>

namespace meshfn::cli {

struct Column {
  std::string_view name;   ///< key in JSON, heading in Markdown
  bool is_list = false;    ///< words with spaces between: an array in JSON
  bool is_detail = false;  ///< left out of text
};

struct Table {
  std::string_view name;  ///< key of the rows in JSON
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  ///< a cell for each column
};

/// Aligned columns without a heading, two spaces between: for eyes, grep and awk.
std::string to_text(const Table& table);

/// `{"schema": 1, NAME: [{COLUMN: CELL, …}, …]}`.
std::string to_json(const Table& table);

/// A GitHub table with headings.
std::string to_markdown(const Table& table);

}  // namespace meshfn::cli
