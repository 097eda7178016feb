#include "lint/references.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using resource::Text;
using resource::istio::DestinationRule;
using resource::istio::ServiceEntry;
using resource::kubernetes::Service;

constexpr std::string_view kExportTo = "networking.istio.io/exportTo";
/// What a Service's name ends with that lacks the cluster's domain. The mesh does not complete it.
constexpr std::string_view kCutDomain = ".svc";

/// Namespaces that a thing of namespace `own` is exported to; `*` for all.
std::vector<std::string> scopes(const std::vector<std::string_view>& export_to,
                                std::string_view own) {
  if (export_to.empty()) return {"*"};
  std::vector<std::string> list;
  for (const std::string_view word : export_to) list.emplace_back(word == "." ? own : word);
  return list;
}

std::vector<std::string_view> values(const std::vector<Text>& texts) {
  std::vector<std::string_view> list;
  for (const Text& text : texts) list.push_back(text.value);
  return list;
}

std::vector<std::string_view> exported(const Service& service) {
  std::vector<std::string_view> list;
  const Text annotation = service.annotation(kExportTo);
  if (!annotation) return list;
  for (const std::string_view part : str::split(annotation.value, ',')) {
    list.push_back(str::trim(part));
  }
  return list;
}

/// Whether one of `viewers` sees what namespace `own` exports. Nearly everything is exported to
/// all.
bool is_visible(const std::vector<std::string_view>& export_to, std::string_view own,
                const std::vector<std::string>& viewers) {
  return export_to.empty() ||
         std::any_of(export_to.begin(), export_to.end(), [&](std::string_view word) {
           const std::string_view scope = word == "." ? own : word;
           return scope == "*" || std::find(viewers.begin(), viewers.end(), scope) != viewers.end();
         });
}

/// Who looks: the namespaces of `export_to`, or the resource's own when it is exported to all.
std::vector<std::string> viewers_of(const std::vector<Text>& export_to, std::string_view scope) {
  if (export_to.empty()) return {std::string(scope)};
  std::vector<std::string> list = scopes(values(export_to), scope);
  if (std::find(list.begin(), list.end(), "*") != list.end()) list = {std::string(scope)};
  return list;
}

bool is_short(std::string_view host) { return host.find('.') == std::string_view::npos; }

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::vector<std::int64_t> HostLookup::ports() const {
  std::vector<std::int64_t> numbers;
  if (service != nullptr) {
    for (const auto& port : service->ports) numbers.push_back(port.port.value);
    return numbers;
  }
  for (const ServiceEntry* entry : entries) {
    for (const auto& port : entry->ports) numbers.push_back(port.number.value);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

References::References(const resource::Mesh& mesh) : mesh_(mesh) {
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    for (const Text& host : entry.hosts) {
      const std::string fqdn = routing::fqdn(host.value, entry.scope);
      if (routing::is_wildcard(fqdn)) {
        wildcards_.emplace_back(fqdn, &entry);
      } else {
        exact_[fqdn].push_back(&entry);
      }
    }
  }
  for (const auto& [group_kind, objects] : mesh.kinds()) {
    if (group_kind.second != "Gateway") continue;
    for (const resource::Object* gateway : objects) gateways_[gateway->scope].push_back(gateway);
  }
  for (const auto& gateway : mesh.all<resource::istio::Gateway>()) {
    istio_.try_emplace({gateway.scope, gateway.name.value}, &gateway);
  }
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    const std::string host = routing::fqdn(rule.host.value, rule.scope);
    if (routing::is_wildcard(host)) {
      wildcard_rules_.push_back(&rule);
      continue;
    }
    rules_by_host_[host].push_back(&rule);
    if (const auto service = routing::service_of(host)) {
      rules_by_service_[service->name].push_back(&rule);
    }
  }
}

const HostLookup& References::host(std::string_view host, std::string_view scope,
                                   const std::vector<Text>& viewers) const {
  std::string key;
  key.reserve(scope.size() + host.size() + 1);
  key.append(scope).append(1, '\n').append(host);
  for (const Text& viewer : viewers) key.append(1, '\n').append(viewer.value);
  {
    const std::shared_lock lock(asked_mutex_);
    if (const auto known = asked_.find(key); known != asked_.end()) return known->second;
  }
  HostLookup lookup = look_up(host, scope, viewers);
  const std::unique_lock lock(asked_mutex_);
  return asked_.try_emplace(std::move(key), std::move(lookup)).first->second;
}

HostLookup References::look_up(std::string_view host, std::string_view scope,
                               const std::vector<Text>& viewers) const {
  HostLookup lookup;
  const std::string fqdn = routing::fqdn(host, scope);
  const std::vector<std::string> who = viewers_of(viewers, scope);
  look_up_service(fqdn, lookup, who);
  if (lookup.service == nullptr) look_up_entries(fqdn, lookup, who);
  if (lookup.found != Found::yes && is_assumed(fqdn)) lookup.found = Found::yes;
  if (lookup.found == Found::unknown && mesh_.settings().closed_world) {
    const auto service = routing::service_of(fqdn);
    const bool elsewhere =
        service && holds(mesh_.settings().assume.namespaces, service->name_space);
    if (!elsewhere) lookup.found = Found::missing;
  }
  return lookup;
}

void References::look_up_service(std::string_view fqdn, HostLookup& lookup,
                                 const std::vector<std::string>& viewers) const {
  // Without a namespace the short name itself is what is looked for.
  const bool is_short = fqdn.find('.') == std::string_view::npos && !routing::is_wildcard(fqdn);
  if (fqdn.ends_with(kCutDomain)) return;
  const auto name = is_short ? routing::ServiceName{std::string(fqdn), ""}
                             : routing::service_of(fqdn).value_or(routing::ServiceName{});
  if (name.name.empty()) return;
  const Service* service = mesh_.service(name.name_space, name.name);
  // An object without a namespace may be meant for any.
  if (service == nullptr) service = mesh_.service("", name.name);
  if (service != nullptr) {
    if (is_visible(exported(*service), service->scope, viewers)) {
      lookup.found = Found::yes;
      lookup.service = service;
    } else {
      lookup.found = Found::missing;
      lookup.hidden = true;
    }
    return;
  }
  const bool open_world = holds(mesh_.settings().assume.namespaces, name.name_space);
  if (mesh_.has_services_in(name.name_space) && !open_world) {
    lookup.found = Found::missing;
    lookup.hint = suggest_service(name.name, name.name_space);
  }
}

void References::look_up_entries(std::string_view fqdn, HostLookup& lookup,
                                 const std::vector<std::string>& viewers) const {
  std::vector<const ServiceEntry*> candidates;
  if (const auto found = exact_.find(fqdn); found != exact_.end()) candidates = found->second;
  for (const auto& [host, entry] : wildcards_) {
    if (routing::covers_host(host, fqdn)) candidates.push_back(entry);
  }
  for (const ServiceEntry* entry : candidates) {
    if (is_visible(values(entry->export_to), entry->scope, viewers)) {
      lookup.entries.push_back(entry);
    }
  }
  if (!lookup.entries.empty()) {
    lookup.found = Found::yes;
    lookup.hidden = false;
    return;
  }
  if (!candidates.empty()) {
    lookup.found = Found::missing;
    lookup.hidden = true;
    return;
  }
  if (lookup.found == Found::missing) return;
  const auto service = routing::service_of(fqdn);
  if (service && fqdn.ends_with(kCutDomain)) {
    look_up_cut(*service, lookup);
    return;
  }
  if (service) return;
  // `name.namespace` is what kubectl users type; the mesh does not complete it.
  const auto dot = fqdn.find('.');
  if (dot == std::string_view::npos) return;
  const std::string_view name = fqdn.substr(0, dot);
  const std::string_view name_space = fqdn.substr(dot + 1);
  if (mesh_.service(name_space, name) != nullptr) {
    lookup.found = Found::missing;
    lookup.hint = fmt::format("write `{}.{}`: only names without a dot are completed", fqdn,
                              routing::kServiceDomain);
    return;
  }
  // An input with ServiceEntries shows which outside hosts there are.
  if (!mesh_.all<ServiceEntry>().empty()) lookup.found = Found::missing;
}

void References::look_up_cut(const routing::ServiceName& service, HostLookup& lookup) const {
  const bool there = mesh_.service(service.name_space, service.name) != nullptr;
  if (!there && !mesh_.has_services_in(service.name_space)) return;
  lookup.found = Found::missing;
  if (!there) return;
  lookup.hint = fmt::format("write `{}.{}.{}`: only names without a dot are completed",
                            service.name, service.name_space, routing::kServiceDomain);
}

bool References::is_assumed(std::string_view fqdn) const {
  const auto& hosts = mesh_.settings().assume.hosts;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& host) { return routing::covers_host(host, fqdn); });
}

std::string References::suggest_service(std::string_view host, std::string_view name_space) const {
  std::vector<std::string_view> names;
  for (const Service& service : mesh_.all<Service>()) {
    if (service.scope == name_space) names.push_back(service.name.value);
  }
  return did_you_mean(host, names);
}

References::GatewayLookup References::gateway(std::string_view reference,
                                              std::string_view scope) const {
  GatewayLookup lookup;
  const std::string full = routing::gateway_name(reference, scope);
  const std::size_t slash = full.find('/');
  const std::string name_space = slash == std::string::npos ? "" : full.substr(0, slash);
  const std::string name = slash == std::string::npos ? full : full.substr(slash + 1);
  if (const auto found = istio_.find({name_space, name}); found != istio_.end()) {
    lookup.istio = found->second;
  }
  std::vector<std::string_view> names;
  const auto known = gateways_.find(name_space);
  // A namespace may have thousands, so they are gone through only for a name that is not Istio's.
  if (lookup.istio == nullptr && known != gateways_.end()) {
    for (const resource::Object* object : known->second) {
      names.push_back(object->name.value);
      if (object->name.value == name && object->group() == resource::gateway_api::kGroup) {
        lookup.gateway_api = object;
      }
    }
  }
  const auto& assume = mesh_.settings().assume;
  if (lookup.istio != nullptr || lookup.gateway_api != nullptr || holds(assume.gateways, full) ||
      holds(assume.gateways, name)) {
    lookup.found = Found::yes;
  } else if ((!names.empty() || mesh_.settings().closed_world) &&
             !holds(assume.namespaces, name_space)) {
    lookup.found = Found::missing;
    lookup.hint = did_you_mean(name, names);
  }
  return lookup;
}

std::vector<const DestinationRule*> References::rules_for(std::string_view fqdn) const {
  Rules rules;
  const auto add = [&](const RulesByName& from, std::string_view key) {
    const auto found = from.find(key);
    if (found == from.end()) return;
    rules.insert(rules.end(), found->second.begin(), found->second.end());
  };
  add(rules_by_host_, fqdn);
  // A short name is left where the namespace is unknown; it may stand for the full one.
  if (is_short(fqdn)) {
    add(rules_by_service_, fqdn);
  } else if (const auto service = routing::service_of(fqdn)) {
    add(rules_by_host_, service->name);
  }
  for (const DestinationRule* rule : wildcard_rules_) {
    if (routing::covers_host(rule->host.value, fqdn)) rules.push_back(rule);
  }
  if (rules.size() < 2) return rules;
  std::stable_sort(rules.begin(), rules.end(), [](const auto* a, const auto* b) {
    return routing::is_wildcard(a->host.value) == routing::is_wildcard(b->host.value)
               ? routing::is_wildcard(a->host.value) &&
                     routing::more_specific(a->host.value, b->host.value)
               : routing::is_wildcard(b->host.value);
  });
  return rules;
}

}  // namespace meshfn::lint
