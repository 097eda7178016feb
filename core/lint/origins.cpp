#include "lint/origins.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::lint {

namespace {

constexpr std::string_view kHelm = "# Source: ";
constexpr std::string_view kKustomize = "config.kubernetes.io/origin";

/// A template and the byte from which on it holds, up to the next one.
struct Source {
  std::uint32_t begin = 0;
  std::string_view path;
};

/// The comments of Helm in one file, ascending.
std::vector<Source> helm_sources(const yaml::Tree& tree) {
  std::vector<Source> sources;
  for (const yaml::Comment& comment : tree.comments()) {
    const std::string_view text = tree.file().slice(comment.span);
    if (!comment.own_line || !text.starts_with(kHelm)) continue;
    sources.push_back({comment.span.begin, str::trim(text.substr(kHelm.size()))});
  }
  return sources;
}

/// The last source above the document that holds `offset`, unless it belongs to the one before.
std::string_view source_at(const std::vector<Source>& sources, const yaml::Tree& tree,
                           std::uint32_t offset) {
  const auto above = [](std::uint32_t at, const Source& source) { return at < source.begin; };
  const auto after = std::upper_bound(sources.begin(), sources.end(), offset, above);
  const yaml::Document* document = tree.document_at(offset);
  if (after == sources.begin() || document == nullptr) return {};
  const Source& source = *std::prev(after);
  const bool before_us =
      document->index > 0 && source.begin < tree.documents()[document->index - 1].span.end;
  return before_us ? std::string_view() : source.path;
}

/// "base/routes.yaml", with the repository when it is another one. The annotation's value is
/// a few lines of `key: value`.
std::string kustomize_origin(std::string_view annotation) {
  std::map<std::string_view, std::string_view> fields;
  for (const std::string_view line : str::lines(annotation)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    fields.emplace(str::trim(line.substr(0, colon)), str::trim(line.substr(colon + 1)));
  }
  const std::string_view path = fields.contains("path") ? fields["path"] : fields["configuredIn"];
  if (path.empty()) return {};
  if (fields["repo"].empty()) return std::string(path);
  return fmt::format("{}{}{}/{}", fields["repo"], fields["ref"].empty() ? "" : "@", fields["ref"],
                     path);
}

}  // namespace

void add_origins(std::vector<diagnostic::Diagnostic>& findings, const ObjectIndex& objects,
                 const std::map<const source::File*, const yaml::Tree*>& trees) {
  std::map<const source::File*, std::vector<Source>> sources;
  for (diagnostic::Diagnostic& finding : findings) {
    const auto tree = trees.find(finding.where.file);
    if (tree == trees.end()) continue;
    if (const resource::Object* object = objects.at(finding.where)) {
      finding.origin = kustomize_origin(object->annotation(kKustomize).value);
    }
    if (!finding.origin.empty()) continue;
    const auto [known, added] = sources.try_emplace(finding.where.file);
    if (added) known->second = helm_sources(*tree->second);
    finding.origin = source_at(known->second, *tree->second, finding.where.span.begin);
  }
}

}  // namespace meshfn::lint
