#include "lint/rules/gateway_api_crowds.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace meshfn::lint::gateways {

namespace {

using resource::Mesh;
using routing::Attachment;
using routing::AttachReason;
using routing::ListenerAttachment;

auto age(const Route& route) {
  return std::tuple(route.metadata.find("creationTimestamp").text(), route.scope, route.name.value);
}

void sort_by_age(std::vector<Crowd>& crowds) {
  for (Crowd& crowd : crowds) {
    std::stable_sort(
        crowd.routes.begin(), crowd.routes.end(),
        [](const Attached& a, const Attached& b) { return age(*a.route) < age(*b.route); });
  }
}

}  // namespace

std::vector<std::string> Attached::names() const {
  return hostnames.empty() ? std::vector<std::string>{""} : hostnames;
}

ListenerCrowds::ListenerCrowds(const Mesh& mesh) {
  std::map<const Listener*, std::size_t> index;
  each_attachment(mesh, [&](const Route& route, const Reference& parent, const Gateway&,
                            const Attachment& attachment) {
    for (const ListenerAttachment& one : attachment.listeners) {
      if (one.reason != AttachReason::accepted) continue;
      const auto [at, is_new] = index.emplace(one.listener, all_.size());
      if (is_new) {
        all_.push_back({one.listener, fmt::format("listener `{}`", one.listener->name.value), {}});
      }
      all_[at->second].routes.push_back({&route, &parent, one.hostnames});
    }
  });
  sort_by_age(all_);
}

ServiceCrowds::ServiceCrowds(const Mesh& mesh) {
  using Key = std::tuple<std::string_view, std::string_view, std::int64_t, std::string_view>;
  std::map<Key, std::size_t> index;
  for (const Route& route : mesh.all<Route>()) {
    for (const Reference& parent : route.parents) {
      if (parent.kind != "Service") continue;
      const Key key{parent.scope, parent.name, parent.port.value_or(0), route.scope};
      const auto [at, is_new] = index.emplace(key, all_.size());
      if (is_new) all_.push_back({nullptr, describe(parent), {}});
      all_[at->second].routes.push_back({&route, &parent, {}});
    }
  }
  sort_by_age(all_);
}

bool is_same_object(const Route& a, const Route& b) {
  return a.name.value == b.name.value && a.scope == b.scope && a.kind.value == b.kind.value;
}

}  // namespace meshfn::lint::gateways
