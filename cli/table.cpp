#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::cli {

namespace {

nlohmann::ordered_json cell(const Column& column, const std::string& text) {
  if (!column.is_list) return text;
  nlohmann::ordered_json words = nlohmann::ordered_json::array();
  for (const std::string_view word : str::split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& text : cells) {
    line += fmt::format(" {} |", str::replace_all(text, "|", "\\|"));
  }
  return line + "\n";
}

}  // namespace

std::string to_text(const Table& table) {
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], str::display_width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (table.columns[i].is_detail) continue;
      line += row[i] + std::string(widths[i] - str::display_width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string to_json(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json object;
    for (std::size_t i = 0; i < row.size(); ++i) {
      object[std::string(table.columns[i].name)] = cell(table.columns[i], row[i]);
    }
    rows.push_back(std::move(object));
  }
  const nlohmann::ordered_json document = {{"schema", 1}, {table.name, std::move(rows)}};
  return document.dump(2) + "\n";
}

std::string to_markdown(const Table& table) {
  std::vector<std::string> headings;
  std::vector<std::string> rule;
  for (const Column& column : table.columns) {
    headings.emplace_back(column.name);
    rule.emplace_back("---");
  }
  std::string text = markdown_row(headings) + markdown_row(rule);
  for (const auto& row : table.rows) text += markdown_row(row);
  return text;
}

}  // namespace meshfn::cli
