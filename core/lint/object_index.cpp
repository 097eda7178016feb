#include "lint/object_index.h"

#include <algorithm>

#include "yaml/pointer_finder.h"

namespace meshfn::lint {

namespace {

std::uint32_t begin_of(const resource::Object* object) { return object->root.span().begin; }

}  // namespace

const ObjectIndex::ByFile& ObjectIndex::objects() const {
  if (objects_) return *objects_;
  ByFile& all = objects_.emplace();
  for (const resource::Object& object : mesh_.objects()) {
    all[object.root.where().file].push_back(&object);
  }
  for (auto& [file, of_file] : all) {
    std::sort(of_file.begin(), of_file.end(),
              [](const auto* a, const auto* b) { return begin_of(a) < begin_of(b); });
  }
  return all;
}

const resource::Object* ObjectIndex::at(const source::Location& where) const {
  const auto file = objects().find(where.file);
  if (file == objects().end()) return nullptr;
  const std::uint32_t offset = where.span.begin;
  const auto after =
      std::upper_bound(file->second.begin(), file->second.end(), offset,
                       [](std::uint32_t at, const auto* object) { return at < begin_of(object); });
  if (after == file->second.begin()) return nullptr;
  const resource::Object* object = *std::prev(after);
  return offset <= object->root.span().end ? object : nullptr;
}

diagnostic::ResourceRef reference_to(const resource::Object& object) {
  return {std::string(object.api_version.value), std::string(object.kind.value),
          std::string(object.scope), std::string(object.name.value)};
}

void annotate(std::vector<diagnostic::Diagnostic>& findings, const ObjectIndex& objects,
              const std::map<const source::File*, const yaml::Tree*>& trees) {
  std::map<const source::File*, yaml::PointerFinder> pointers;
  for (diagnostic::Diagnostic& finding : findings) {
    const auto tree = trees.find(finding.where.file);
    if (tree == trees.end()) continue;
    if (const resource::Object* object = objects.at(finding.where)) {
      finding.resource = reference_to(*object);
    }
    if (const yaml::Document* document = tree->second->document_at(finding.where.span.begin)) {
      finding.document = document->index;
      finding.pointer = pointers.try_emplace(finding.where.file, *tree->second)
                            .first->second.find(finding.where.span);
    }
  }
}

}  // namespace meshfn::lint
