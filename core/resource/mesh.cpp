#include "resource/mesh.h"

#include <algorithm>

namespace meshfn::resource {

namespace {

constexpr std::string_view kIstioNetworking = "networking.istio.io";
/// Says of a Service in one folder with others which cluster it is of.
constexpr std::string_view kCluster = "meshfn.dev/cluster";

/// `kind: List`, and the typed lists that kubectl prints (ServiceList, VirtualServiceList).
bool is_list(yaml::Node root) {
  const std::string_view kind = root.find("kind").text();
  return kind.ends_with("List") && root.find("items").is_sequence();
}

/// Whether clusters of a mesh see such objects of each other.
bool is_shared(const Object& object) {
  const std::string_view group = object.group();
  const std::string_view kind = object.kind.value;
  return kubernetes::is_workload(group, kind) ||
         (group.empty() && (kind == "Service" || kind == "Namespace" || kind == "Node"));
}

/// Reads objects into a batch.
class Decoder {
 public:
  Decoder(std::string_view default_namespace, bool context, Mesh::Batch& out)
      : default_namespace_(default_namespace), context_(context), out_(out) {}

  void add(yaml::Node root, std::uint32_t document) {
    if (is_list(root)) {
      for (const yaml::Node item : root.find("items").items()) add(item, document);
      return;
    }
    Object object = decode_object(root, document, default_namespace_);
    object.context = context_;
    out_.objects.push_back(object);
    const std::string_view group = object.group();
    if (group == kIstioNetworking) {
      add_istio(object);
    } else if (group == gateway_api::kGroup) {
      add_gateway_api(object);
    } else if (group.empty() && object.kind.value == "Service") {
      out_.objects.back().cluster = object.cluster = object.annotation(kCluster).value;
      keep(kubernetes::decode_service(object));
    } else if (kubernetes::is_workload(group, object.kind.value)) {
      keep(kubernetes::decode_workload(object));
    }
  }

 private:
  template <class T>
  void keep(T typed) {
    std::get<std::deque<T>>(out_.typed).push_back(std::move(typed));
  }

  void add_istio(const Object& object) {
    const std::string_view kind = object.kind.value;
    if (kind == "VirtualService") {
      keep(istio::decode_virtual_service(object));
    } else if (kind == "DestinationRule") {
      keep(istio::decode_destination_rule(object));
    } else if (kind == "Gateway") {
      keep(istio::decode_gateway(object));
    } else if (kind == "ServiceEntry") {
      keep(istio::decode_service_entry(object));
    }
  }

  void add_gateway_api(const Object& object) {
    const std::string_view kind = object.kind.value;
    if (kind == "Gateway" || kind == "ListenerSet") {
      keep(gateway_api::decode_gateway(object));
    } else if (kind == "ReferenceGrant") {
      keep(gateway_api::decode_reference_grant(object));
    } else if (gateway_api::route_kind(kind)) {
      keep(gateway_api::decode_route(object));
    }
  }

  std::string_view default_namespace_;
  bool context_;
  Mesh::Batch& out_;
};

}  // namespace

Mesh::Batch Mesh::decode(const yaml::Tree& tree, std::string_view default_namespace, bool context) {
  Batch out;
  Decoder decoder(default_namespace, context, out);
  for (const yaml::Document& document : tree.documents()) {
    if (document.root.is_mapping()) decoder.add(document.root, document.index);
  }
  return out;
}

void Mesh::load(Batch batch, std::string_view cluster) {
  if (!cluster.empty()) cluster = *clusters_.emplace(cluster).first;
  for (Object& object : batch.objects) {
    if (!cluster.empty() && !is_shared(object)) continue;
    if (!cluster.empty()) object.cluster = cluster;
    list(objects_.emplace_back(std::move(object)));
  }
  std::apply([&](auto&... typed) { (append(typed, cluster), ...); }, batch.typed);
}

template <class T>
void Mesh::append(std::deque<T>& batch, std::string_view cluster) {
  auto& all = std::get<std::deque<T>>(typed_);
  for (T& one : batch) {
    if (!cluster.empty() && !is_shared(one)) continue;
    if (!cluster.empty()) one.cluster = cluster;
    const T& kept = all.emplace_back(std::move(one));
    if constexpr (std::is_same_v<T, kubernetes::Service> ||
                  std::is_same_v<T, kubernetes::Workload>) {
      list(kept);
    }
  }
}

void Mesh::list(const Object& object) {
  index_.try_emplace({object.kind.value, object.scope, object.name.value}, &object);
  kinds_[{object.group(), object.kind.value}].push_back(&object);
}

void Mesh::list(const kubernetes::Service& service) {
  services_.try_emplace({service.scope, service.name.value}, &service);
  service_namespaces_.insert(service.scope);
}

void Mesh::list(const kubernetes::Workload& workload) {
  for (const Label& label : workload.pod_labels) {
    auto& same = labelled_[{workload.scope, label.key.value, label.value.value}];
    // A label that is written twice must not list its workload twice.
    if (same.empty() || same.back() != &workload) same.push_back(&workload);
  }
}

const Mesh::Objects& Mesh::of_kind(std::string_view group, std::string_view kind) const {
  static const Objects none;
  const auto found = kinds_.find({group, kind});
  return found == kinds_.end() ? none : found->second;
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
  return settings_.closed_world || service_namespaces_.contains(scope);
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
