#include "resource/gateway_api/reference_grant.h"

#include <utility>

namespace meshfn::resource::gateway_api {

namespace {

GrantFrom decode_from(yaml::Node node) {
  return {node, node.find("group").text(), node.find("kind").text(), node.find("namespace").text()};
}

GrantTo decode_to(yaml::Node node) {
  return {node, node.find("group").text(), node.find("kind").text(), text(node.find("name")).value};
}

}  // namespace

ReferenceGrant decode_reference_grant(Object object) {
  ReferenceGrant grant{std::move(object), {}, {}};
  grant.from = each<GrantFrom>(grant.spec.find("from"), decode_from);
  grant.to = each<GrantTo>(grant.spec.find("to"), decode_to);
  return grant;
}

}  // namespace meshfn::resource::gateway_api
