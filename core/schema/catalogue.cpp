#include "schema/catalogue.h"

#include <algorithm>

#include "schema/crd.h"
#include "schema/table.h"

namespace meshfn::schema {

struct Catalogue::Tables {
  table::Index index{table::texts()};
};

Catalogue::Catalogue(Channel channel) : channel_(channel) {}

Catalogue::~Catalogue() = default;

const Catalogue::Tables& Catalogue::tables() const {
  if (!tables_) tables_ = std::make_unique<Tables>();
  return *tables_;
}

const KindSchema* Catalogue::find(std::string_view api_version, std::string_view kind) {
  const auto found = loaded_.find(Key{api_version, kind});
  if (found != loaded_.end()) return found->second.get();
  const auto [group, version] = split_api_version(api_version);
  auto schema =
      replaced(group, kind) ? nullptr : table::read(tables().index, group, version, kind, channel_);
  return loaded_.emplace(Key{api_version, kind}, std::move(schema)).first->second.get();
}

bool Catalogue::replaced(std::string_view group, std::string_view kind) const {
  return std::any_of(crds_.begin(), crds_.end(), [&](const KindInfo& info) {
    return info.group == group && info.kind == kind;
  });
}

std::vector<KindInfo> Catalogue::kinds() const {
  std::vector<KindInfo> all = crds_;
  for (const table::KindBlock& block : tables().index.kinds) {
    if (replaced(block.group, block.kind)) continue;
    const bool again = std::any_of(all.begin(), all.end(), [&](const KindInfo& info) {
      return info.group == block.group && info.kind == block.kind;
    });
    if (!again) all.push_back(table::describe(tables().index, block.group, block.kind));
  }
  std::sort(all.begin(), all.end(), [](const KindInfo& a, const KindInfo& b) {
    return std::pair(a.group, a.kind) < std::pair(b.group, b.kind);
  });
  return all;
}

Result<void> Catalogue::add_crd(yaml::Node root) {
  auto read = read_crd(root);
  if (!read) return tl::unexpected(read.error());
  if (read->empty()) return {};
  const KindSchema& first = *read->front();
  std::erase_if(crds_, [&](const KindInfo& info) {
    return info.group == first.group && info.kind == first.kind;
  });
  std::erase_if(loaded_, [&](const auto& entry) {
    return entry.first.second == first.kind &&
           split_api_version(entry.first.first).group == first.group;
  });
  crds_.push_back(
      {texts_.emplace_front(first.group), texts_.emplace_front(first.kind), first.scope, {}});
  for (auto& schema : *read) {
    Version version = schema->version;
    version.name = texts_.emplace_front(version.name);
    version.replacement = {};
    crds_.back().versions.push_back(version);
    loaded_[Key{schema->api_version(), schema->kind}] = std::move(schema);
  }
  return {};
}

GroupVersion split_api_version(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return {{}, api_version};
  return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

}  // namespace meshfn::schema
