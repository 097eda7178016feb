#include "schema/table_lines.h"

namespace meshfn::schema::table {

Cursor::Cursor(std::string_view text, std::size_t offset) : text_(text), after_(offset) { load(); }

void Cursor::next() { load(); }

void Cursor::load() {
  while (after_ < text_.size()) {
    offset_ = after_;
    std::size_t end = std::min(text_.find('\n', after_), text_.size());
    while (end < text_.size() && end > 0 && text_[end - 1] == '|') {
      end = std::min(text_.find('\n', end + 1), text_.size());
    }
    after_ = end + 1;
    std::string_view line = text_.substr(offset_, end - offset_);
    const std::size_t first = line.find_first_not_of(' ');
    if (first == std::string_view::npos || line[first] == '#') continue;
    indent_ = first;
    line_ = line.substr(first);
    return;
  }
  at_end_ = true;
  indent_ = 0;
  line_ = {};
}

void Cursor::skip_below(std::size_t indent) {
  while (!at_end_ && indent_ > indent) next();
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
  const std::string_view word = text.substr(0, end);
  const std::size_t next = text.find_first_not_of(" \n", end);
  text = next == std::string_view::npos ? std::string_view() : text.substr(next);
  return word;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) found.push_back(take_word(text));
  return found;
}

}  // namespace meshfn::schema::table
