#include "yaml/tree_builder.h"

namespace meshfn::yaml {

void TreeBuilder::finish() {
  const std::string_view text = tree_.file().text();
  const Tree::Records& records = tree_.records_;
  // Scalars were recorded in the order of their text; aliases and merged copies hold none.
  const auto holds_text_after = [&](std::uint32_t id, std::size_t at) {
    const Tree::Record& record = records[id];
    return record.kind == Kind::scalar && !record.alias && !record.merged && record.end > at;
  };
  std::uint32_t scalar = 0;
  std::size_t at = text.find('#');
  while (at != std::string_view::npos) {
    // libyaml keeps no comments: a `#` after a blank is one unless a scalar holds it.
    while (scalar < records.size() && !holds_text_after(scalar, at)) ++scalar;
    const bool inside = scalar < records.size() && records[scalar].begin <= at;
    const bool after_blank =
        at == 0 || std::string_view(" \t\r\n").find(text[at - 1]) != std::string_view::npos;
    if (inside || !after_blank) {
      at = text.find('#', inside ? records[scalar].end : at + 1);
      continue;
    }
    std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t next = end;
    if (end > at && text[end - 1] == '\r') --end;
    const std::size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const bool own_line =
        text.substr(line, at - line).find_first_not_of(" \t") == std::string_view::npos;
    tree_.comments_.push_back(
        {{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)}, own_line});
    at = text.find('#', next);
  }
}

}  // namespace meshfn::yaml
