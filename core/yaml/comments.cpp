#include "yaml/tree_builder.h"

namespace meshfn::yaml {

std::vector<Comment> find_comments(const source::File& file,
                                   const std::vector<source::Span>& scalars) {
  std::vector<Comment> found;
  const std::string_view text = file.text();
  std::size_t scalar = 0;
  std::size_t at = text.find('#');
  while (at != std::string_view::npos) {
    // libyaml keeps no comments: a `#` after a blank is one unless a scalar holds it.
    while (scalar < scalars.size() && scalars[scalar].end <= at) ++scalar;
    const bool inside = scalar < scalars.size() && scalars[scalar].begin <= at;
    const bool after_blank =
        at == 0 || std::string_view(" \t\r\n").find(text[at - 1]) != std::string_view::npos;
    if (inside || !after_blank) {
      at = text.find('#', inside ? scalars[scalar].end : at + 1);
      continue;
    }
    std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t next = end;
    if (end > at && text[end - 1] == '\r') --end;
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const bool own_line =
        text.substr(line, at - line).find_first_not_of(" \t") == std::string_view::npos;
    found.push_back({{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)}, own_line});
    at = text.find('#', next);
  }
  return found;
}

}  // namespace meshfn::yaml
