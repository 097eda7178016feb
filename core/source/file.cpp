#include "source/file.h"

#include <algorithm>
#include <cstring>

#include "base/str.h"

namespace meshfn::source {

File::File(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  starts_.push_back(0);
  const char* const begin = text_.data();
  const char* const end = begin + text_.size();
  for (const char* at = begin; at != end;) {
    const void* hit = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    if (hit == nullptr) break;
    at = static_cast<const char*>(hit) + 1;
    starts_.push_back(static_cast<std::uint32_t>(at - begin));
  }
}

Position File::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - starts_.begin());
  const std::uint32_t start = starts_[line - 1];
  const std::size_t before = str::code_points(text().substr(start, offset - start));
  return {line, static_cast<std::uint32_t>(before) + 1};
}

std::uint32_t File::line_count() const {
  const auto count = static_cast<std::uint32_t>(starts_.size());
  return count > 1 && starts_.back() == text_.size() ? count - 1 : count;
}

std::string_view File::line(std::uint32_t line) const {
  const std::uint32_t start = starts_[line - 1];
  const std::size_t end = line < starts_.size() ? starts_[line] : text_.size();
  std::string_view out = text().substr(start, end - start);
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.remove_suffix(1);
  return out;
}

const File& Store::add(std::string path, std::string text) {
  return *files_.emplace_back(std::make_unique<File>(std::move(path), std::move(text)));
}

std::string to_string(const Location& where) {
  if (where.file == nullptr) return {};
  const Position at = where.file->position(where.span.begin);
  return where.file->path() + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

}  // namespace meshfn::source
