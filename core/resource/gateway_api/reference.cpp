#include "resource/gateway_api/reference.h"

#include <fmt/format.h>

namespace meshfn::resource::gateway_api {

source::Location Reference::where() const { return where("name"); }

source::Location Reference::where(std::string_view key) const {
  if (const yaml::Node value = node.find(key)) return value.where();
  const yaml::Node own = node.find("name");
  return (own ? own : node).where();
}

Reference decode_reference(yaml::Node node, std::string_view group, std::string_view kind,
                           std::string_view scope) {
  Reference reference;
  reference.node = node;
  reference.group = text(node.find("group")).value_or(group);
  reference.kind = text(node.find("kind")).value_or(kind);
  reference.name = text(node.find("name")).value;
  reference.scope = text(node.find("namespace")).value_or(scope);
  reference.section = text(node.find("sectionName"));
  reference.port = integer(node.find("port"));
  return reference;
}

std::vector<Reference> decode_references(yaml::Node list, std::string_view group,
                                         std::string_view kind, std::string_view scope) {
  return each<Reference>(
      list, [&](yaml::Node node) { return decode_reference(node, group, kind, scope); });
}

std::string describe(const Reference& reference) {
  if (reference.scope.empty()) return fmt::format("{} `{}`", reference.kind, reference.name);
  return fmt::format("{} `{}/{}`", reference.kind, reference.scope, reference.name);
}

}  // namespace meshfn::resource::gateway_api
