#include "routing/attachment.h"

#include <algorithm>

#include "base/str.h"
#include "resource/label_selector.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

using resource::Label;
using resource::Labels;
using resource::Text;
using resource::gateway_api::AllowedKind;
using resource::gateway_api::From;
using resource::gateway_api::Gateway;
using resource::gateway_api::kGroup;
using resource::gateway_api::Listener;
using resource::gateway_api::NamespacePolicy;
using resource::gateway_api::Protocol;
using resource::gateway_api::Reference;
using resource::gateway_api::Route;
using resource::gateway_api::RouteKind;

/// The API server puts this label on every namespace.
constexpr std::string_view kNameLabel = "kubernetes.io/metadata.name";

/// Whether the name of a namespace is all that a selector asks for.
bool asks_for_name_only(yaml::Node selector) {
  for (const auto [key, value, merged] : selector.find("matchLabels").entries()) {
    if (key.text() != kNameLabel) return false;
  }
  for (const yaml::Node expression : selector.find("matchExpressions").items()) {
    if (expression.find("key").text() != kNameLabel) return false;
  }
  return true;
}

Admission selected(const NamespacePolicy& policy, std::string_view other, const Labels* labels) {
  if (!policy.selector.is_mapping()) return Admission::no;
  if (other.empty() || (labels == nullptr && !asks_for_name_only(policy.selector))) {
    return Admission::unknown;
  }
  Labels all = labels == nullptr ? Labels{} : *labels;
  all.push_back({{kNameLabel, {}}, {other, {}}});
  return resource::selector_matches(policy.selector, all) ? Admission::yes : Admission::no;
}

bool allows_kind(const Listener& listener, const Route& route) {
  if (!carries(listener, route.route_kind)) return false;
  return listener.kinds.empty() ||
         std::any_of(listener.kinds.begin(), listener.kinds.end(), [&](const AllowedKind& allowed) {
           return allowed.group == kGroup && allowed.kind == route.kind.value;
         });
}

bool has_hostnames(const Listener& listener) {
  return listener.protocol != Protocol::tcp && listener.protocol != Protocol::udp;
}

ListenerAttachment ask(const Listener& listener, const Route& route, const Reference& parent,
                       std::string_view own, const Labels* labels) {
  ListenerAttachment answer{&listener, AttachReason::accepted, {}};
  const auto refuse = [&answer](AttachReason reason) {
    answer.reason = reason;
    return answer;
  };
  if (!parent.section.value.empty() && parent.section.value != listener.name.value) {
    return refuse(AttachReason::other_section);
  }
  if (parent.port && parent.port.value != listener.port.value) {
    return refuse(AttachReason::other_port);
  }
  if (!allows_kind(listener, route)) return refuse(AttachReason::kind_not_allowed);
  const Admission admission = admits(listener.namespaces, own, route.scope, labels);
  if (admission == Admission::no) return refuse(AttachReason::namespace_not_allowed);
  if (has_hostnames(listener)) {
    answer.hostnames = common_hostnames(listener.hostname.value, route.hostnames);
    if (answer.hostnames.empty()) return refuse(AttachReason::hostname_disjoint);
    std::erase(answer.hostnames, std::string());
  }
  return admission == Admission::unknown ? refuse(AttachReason::namespace_unknown) : answer;
}

}  // namespace

std::string_view condition_reason(AttachReason reason) {
  switch (reason) {
    case AttachReason::other_section:
    case AttachReason::other_port:
      return "NoMatchingParent";
    case AttachReason::kind_not_allowed:
    case AttachReason::namespace_not_allowed:
      return "NotAllowedByListeners";
    case AttachReason::hostname_disjoint:
      return "NoMatchingListenerHostname";
    case AttachReason::namespace_unknown:
      return "";
    case AttachReason::accepted:
      return "Accepted";
  }
  return "";
}

Attachment attach(const Route& route, const Reference& parent, const Gateway& gateway,
                  const Labels* namespace_labels) {
  Attachment attachment;
  for (const Listener& listener : gateway.listeners) {
    const auto& answer = attachment.listeners.emplace_back(
        ask(listener, route, parent, gateway.scope, namespace_labels));
    attachment.reason = std::max(attachment.reason, answer.reason);
  }
  return attachment;
}

Admission admits(const NamespacePolicy& policy, std::string_view own, std::string_view other,
                 const Labels* labels) {
  switch (policy.from) {
    case From::all:
      return Admission::yes;
    case From::none:
      return Admission::no;
    case From::selector:
      return selected(policy, other, labels);
    case From::same:
      break;
  }
  if (own == other) return Admission::yes;
  return own.empty() || other.empty() ? Admission::unknown : Admission::no;
}

bool carries(const Listener& listener, RouteKind kind) {
  switch (listener.protocol) {
    case Protocol::http:
    case Protocol::https:
      return kind == RouteKind::http || kind == RouteKind::grpc;
    case Protocol::tls:
      return kind == RouteKind::tls || (kind == RouteKind::tcp && !listener.passes_through);
    case Protocol::tcp:
      return kind == RouteKind::tcp;
    case Protocol::udp:
      return kind == RouteKind::udp;
    case Protocol::other:
      return true;
  }
  return true;
}

std::vector<std::string> common_hostnames(std::string_view listener,
                                          const std::vector<Text>& hostnames) {
  if (hostnames.empty()) return {std::string(listener)};
  std::vector<std::string> names;
  for (const Text& hostname : hostnames) {
    if (const auto common = intersect(listener, hostname.value)) {
      names.push_back(str::lower(*common));
    }
  }
  return names;
}

}  // namespace meshfn::routing
