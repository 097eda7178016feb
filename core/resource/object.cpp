#include "resource/object.h"

#include <algorithm>
#include <array>

namespace meshfn::resource {

namespace {

struct Scope {
  std::string_view group;
  std::string_view kind;
};

constexpr std::array kClusterScoped = {
    Scope{"", "Namespace"},
    Scope{"", "Node"},
    Scope{"", "PersistentVolume"},
    Scope{"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    Scope{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    Scope{"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    Scope{"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    Scope{"apiextensions.k8s.io", "CustomResourceDefinition"},
    Scope{"gateway.networking.k8s.io", "GatewayClass"},
    Scope{"gateway.networking.x-k8s.io", "XMesh"},
    Scope{"networking.k8s.io", "IngressClass"},
    Scope{"rbac.authorization.k8s.io", "ClusterRole"},
    Scope{"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    Scope{"scheduling.k8s.io", "PriorityClass"},
    Scope{"storage.k8s.io", "StorageClass"},
};

}  // namespace

std::string_view Object::group() const {
  const std::size_t slash = api_version.value.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.value.substr(0, slash);
}

std::string_view Object::version() const {
  const std::size_t slash = api_version.value.find('/');
  return slash == std::string_view::npos ? api_version.value : api_version.value.substr(slash + 1);
}

source::Location Object::where() const {
  if (name) return name.where();
  return kind ? kind.where() : root.where();
}

Text Object::label(std::string_view key) const { return text(metadata.at("labels", key)); }

Text Object::annotation(std::string_view key) const {
  return text(metadata.at("annotations", key));
}

Object decode_object(yaml::Node root, std::uint32_t document, std::string_view default_namespace) {
  Object object;
  object.root = root;
  object.document = document;
  object.api_version = text(root.find("apiVersion"));
  object.kind = text(root.find("kind"));
  object.metadata = root.find("metadata");
  object.spec = root.find("spec");
  object.name = text(object.metadata.find("name"));
  object.name_space = text(object.metadata.find("namespace"));
  if (!is_cluster_scoped(object.group(), object.kind.value)) {
    object.scope = object.name_space.value_or(default_namespace);
  }
  return object;
}

bool is_cluster_scoped(std::string_view group, std::string_view kind) {
  return std::any_of(kClusterScoped.begin(), kClusterScoped.end(), [&](const Scope& scope) {
    return scope.group == group && scope.kind == kind;
  });
}

}  // namespace meshfn::resource
