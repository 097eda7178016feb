#include "resource/mesh.h"

#include <algorithm>

namespace meshfn::resource {

namespace {

constexpr std::string_view kIstioNetworking = "networking.istio.io";

/// `kind: List`, and the typed lists that kubectl prints (ServiceList, VirtualServiceList).
bool is_list(yaml::Node root) {
  const std::string_view kind = root.find("kind").text();
  return kind.ends_with("List") && root.find("items").is_sequence();
}

}  // namespace

void Mesh::load(const yaml::Tree& tree, bool context) {
  for (const yaml::Document& document : tree.documents()) {
    if (document.root.is_mapping()) add(document.root, document.index, context);
  }
}

void Mesh::add(yaml::Node root, std::uint32_t document, bool context) {
  if (is_list(root)) {
    for (const yaml::Node item : root.find("items").items()) add(item, document, context);
    return;
  }
  Object object = decode_object(root, document, settings_.default_namespace);
  object.context = context;
  const Object& kept = objects_.emplace_back(object);
  index_.try_emplace({kept.kind.value, kept.scope, kept.name.value}, &kept);
  const std::string_view group = kept.group();
  const std::string_view kind = kept.kind.value;
  kinds_[{group, kind}].push_back(&kept);
  if (group == kIstioNetworking && kind == "VirtualService") {
    std::get<std::deque<istio::VirtualService>>(typed_).push_back(
        istio::decode_virtual_service(object));
  } else if (group == kIstioNetworking && kind == "DestinationRule") {
    std::get<std::deque<istio::DestinationRule>>(typed_).push_back(
        istio::decode_destination_rule(object));
  } else if (group == kIstioNetworking && kind == "Gateway") {
    std::get<std::deque<istio::Gateway>>(typed_).push_back(istio::decode_gateway(object));
  } else if (group == kIstioNetworking && kind == "ServiceEntry") {
    std::get<std::deque<istio::ServiceEntry>>(typed_).push_back(
        istio::decode_service_entry(object));
  } else if (group == gateway_api::kGroup) {
    add_gateway_api(object);
  } else if (group.empty() && kind == "Service") {
    auto& services = std::get<std::deque<kubernetes::Service>>(typed_);
    const auto& service = services.emplace_back(kubernetes::decode_service(object));
    services_.try_emplace({service.scope, service.name.value}, &service);
  } else if (kubernetes::is_workload(group, kind)) {
    const kubernetes::Workload& workload =
        std::get<std::deque<kubernetes::Workload>>(typed_).emplace_back(
            kubernetes::decode_workload(object));
    for (const Label& label : workload.pod_labels) {
      auto& same = labelled_[{workload.scope, label.key.value, label.value.value}];
      // A label that is written twice must not list its workload twice.
      if (same.empty() || same.back() != &workload) same.push_back(&workload);
    }
  }
}

const Mesh::Objects& Mesh::of_kind(std::string_view group, std::string_view kind) const {
  static const Objects none;
  const auto found = kinds_.find({group, kind});
  return found == kinds_.end() ? none : found->second;
}

void Mesh::add_gateway_api(const Object& object) {
  const std::string_view kind = object.kind.value;
  if (kind == "Gateway" || kind == "ListenerSet") {
    std::get<std::deque<gateway_api::Gateway>>(typed_).push_back(
        gateway_api::decode_gateway(object));
  } else if (kind == "ReferenceGrant") {
    std::get<std::deque<gateway_api::ReferenceGrant>>(typed_).push_back(
        gateway_api::decode_reference_grant(object));
  } else if (gateway_api::route_kind(kind)) {
    std::get<std::deque<gateway_api::Route>>(typed_).push_back(gateway_api::decode_route(object));
  }
}

const Object* Mesh::find(std::string_view kind, std::string_view scope,
                         std::string_view name) const {
  const auto found = index_.find({kind, scope, name});
  return found == index_.end() ? nullptr : found->second;
}

const kubernetes::Service* Mesh::service(std::string_view scope, std::string_view name) const {
  const auto found = services_.find({scope, name});
  return found == services_.end() ? nullptr : found->second;
}

bool Mesh::has_services_in(std::string_view scope) const {
  if (settings_.closed_world) return true;
  const auto next = services_.lower_bound({scope, std::string_view()});
  return next != services_.end() && next->first.first == scope;
}

std::vector<const kubernetes::Workload*> Mesh::workloads(std::string_view scope,
                                                         const Labels& selector) const {
  const std::vector<const kubernetes::Workload*>* fewest = nullptr;
  for (const Label& label : selector) {
    const auto found = labelled_.find({scope, label.key.value, label.value.value});
    if (found == labelled_.end()) return {};
    if (fewest == nullptr || found->second.size() < fewest->size()) fewest = &found->second;
  }
  std::vector<const kubernetes::Workload*> selected;
  if (fewest == nullptr) return selected;
  for (const kubernetes::Workload* workload : *fewest) {
    if (selects(selector, workload->pod_labels)) selected.push_back(workload);
  }
  return selected;
}

}  // namespace meshfn::resource
