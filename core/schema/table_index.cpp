// Finds kinds, types and patterns in the tables, and reads the head of a kind.

#include <algorithm>

#include "schema/table.h"
#include "schema/table_lines.h"

namespace meshfn::schema::table {

namespace {

Version read_version(std::string_view line) {
  Version version;
  take_word(line);  // "version"
  version.name = take_word(line);
  while (!line.empty()) {
    const std::string_view word = take_word(line);
    if (word == "stored") version.stored = true;
    if (word == "unserved") version.served = false;
    if (word == "deprecated") version.deprecated = true;
    if (word == "plain") version.whole = true;
    if (word == "experimental") version.experimental = true;
    if (word == "since")
      version.since = config::istio_release_of(take_word(line)).value_or(version.since);
    if (word == "use") {
      version.replacement = line;
      break;
    }
  }
  return version;
}

}  // namespace

Index::Index(std::span<const std::string_view> texts) {
  for (const std::string_view text : texts) {
    std::string_view group;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at && text[at] != ' ' && text[at] != '#') {
        std::string_view line = text.substr(at, end - at);
        const std::string_view word = take_word(line);
        const std::string_view name = take_word(line);
        if (word == "group") group = name == "core" ? std::string_view() : name;
        if (word == "kind") kinds.push_back({group, name, text, at});
        if (word == "type") types[name] = {text, at};
        if (word == "pattern") patterns[name] = line;
      }
      at = end + 1;
    }
  }
}

KindInfo describe(const Index& index, std::string_view group, std::string_view kind) {
  KindInfo info{group, kind, Scope::namespaced, {}};
  for (const KindBlock& block : index.kinds) {
    if (block.group != group || block.kind != kind) continue;
    Cursor cursor(block.text, block.offset);
    for (const std::string_view word : words(cursor.line())) {
      if (word == "cluster") info.scope = Scope::cluster;
    }
    for (cursor.next(); cursor.line().starts_with("version "); cursor.next()) {
      info.versions.push_back(read_version(cursor.line()));
    }
  }
  return info;
}

}  // namespace meshfn::schema::table
