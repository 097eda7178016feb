#include "schema/catalogue.h"

#include <fmt/format.h>

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
  std::shared_ptr<const KindSchema> schema =
      replaced(group, kind) ? nullptr : table::read(tables().index, group, version, kind, channel_);
  return loaded_.emplace(Key{api_version, kind}, std::move(schema)).first->second.get();
}

bool Catalogue::replaced(std::string_view group, std::string_view kind) const {
  return std::any_of(crds_.begin(), crds_.end(), [&](const KindInfo& info) {
    return info.group == group && info.kind == kind;
  });
}

const std::vector<KindInfo>& Catalogue::kinds() const {
  if (kinds_.empty()) kinds_ = list_kinds();
  return kinds_;
}

std::vector<KindInfo> Catalogue::list_kinds() const {
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

std::unique_ptr<Catalogue> Catalogue::fork() const {
  auto other = std::make_unique<Catalogue>(channel_);
  other->crds_ = crds_;
  for (const auto& [key, kind] : loaded_) {
    if (kind != nullptr && kind->user_defined) other->loaded_.emplace(key, kind);
  }
  return other;
}

bool Catalogue::has_kind(std::string_view group, std::string_view kind) const {
  const auto& blocks = tables().index.kinds;
  return replaced(group, kind) ||
         std::any_of(blocks.begin(), blocks.end(), [&](const table::KindBlock& block) {
           return block.group == group && block.kind == kind;
         });
}

Result<void> Catalogue::add_crd(yaml::Node root) {
  source::Location where;
  auto added = add_crd(root, where);
  if (added) return added;
  Error error = added.error();
  error.message = fmt::format("{}: {}", source::to_string(where), error.message);
  return tl::unexpected(error);
}

Result<void> Catalogue::add_crd(yaml::Node root, source::Location& where) {
  auto read = read_crd(root, where);
  if (!read) return tl::unexpected(read.error());
  if (read->empty()) return {};
  kinds_.clear();
  const KindSchema& first = *read->front();
  std::erase_if(crds_, [&](const KindInfo& info) {
    return info.group == first.group && info.kind == first.kind;
  });
  std::erase_if(loaded_, [&](const auto& entry) {
    return entry.first.second == first.kind &&
           split_api_version(entry.first.first).group == first.group;
  });
  crds_.push_back(
      {texts_.emplace_front(first.group), texts_.emplace_front(first.kind), first.scope, {}, true});
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
