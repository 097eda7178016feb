#include "render/convert.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "routing/host.h"
#include "routing/policy.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using yaml::Value;

constexpr std::size_t kLongestName = 253;

Value labels(const resource::Labels& from) {
  Value out = Value::map();
  for (const resource::Label& label : from) {
    out.set(std::string(*label.key), std::string(*label.value));
  }
  return out;
}

Value metadata(const ObjectName& name) {
  Value out = Value::map({{"name", name.name}});
  out.set_unless_empty("namespace", name.scope);
  return out;
}

/// The ports of a Service as they were written, node ports left out.
Value ports(const resource::kubernetes::Service& service) {
  Value out = Value::list();
  for (const auto& port : service.ports) {
    Value one = Value::from(port.node);
    if (one.is_map()) one.erase("nodePort");
    out.add(std::move(one));
  }
  return out;
}

}  // namespace

ObjectName name_of(std::string_view resource) {
  const std::size_t space = resource.find(' ');
  const std::string_view full = space == resource.npos ? resource : resource.substr(space + 1);
  const std::size_t slash = full.find('/');
  if (slash == full.npos) return {{}, std::string(full)};
  return {std::string(full.substr(0, slash)), std::string(full.substr(slash + 1))};
}

std::optional<ObjectName> service_name(std::string_view host) {
  if (const auto service = routing::service_of(host)) {
    return ObjectName{service->name_space, service->name};
  }
  if (host.empty() || routing::is_wildcard(host) || host.find('.') != host.npos) {
    return std::nullopt;
  }
  return ObjectName{{}, std::string(host)};
}

std::string document_name(std::string_view kind, std::string_view scope, std::string_view name,
                          const std::vector<Document>& documents) {
  std::string stem = str::lower(kind);
  if (!scope.empty()) stem += fmt::format("-{}", scope);
  stem += fmt::format("-{}", name);
  for (char& c : stem) {
    if (c == '/' || c == '\\' || c == ':') c = '-';
  }
  std::string out = stem + ".yaml";
  const auto taken = [&] {
    return std::any_of(documents.begin(), documents.end(),
                       [&](const Document& other) { return other.name == out; });
  };
  for (int i = 2; taken(); ++i) out = fmt::format("{}-{}.yaml", stem, i);
  return out;
}

std::string_view Conversion::reader_name() const {
  return reader_ == Reader::linkerd ? "Linkerd" : "the Gateway API";
}

std::string_view route_kind(RuleKind kind) {
  switch (kind) {
    case RuleKind::http:
      return "HTTPRoute";
    case RuleKind::grpc:
      return "GRPCRoute";
    case RuleKind::tls:
      return "TLSRoute";
    case RuleKind::tcp:
      return "TCPRoute";
  }
  return {};
}

bool is_grpc(const routing::Route& route) { return route.resource.starts_with("GRPCRoute "); }

bool is_given_name(const routing::Route& route) {
  return !route.name.empty() && !route.name.ends_with(']') && route.name != "default";
}

bool is_rule_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  const auto is_end = [](char c) { return c == '-' || c == '.'; };
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), fits) && !is_end(name.front()) &&
         !is_end(name.back()) && name.find("..") == name.npos;
}

void Conversion::lose(Cost cost, const routing::Route& route, source::Location where,
                      std::string message) {
  if (!told_.emplace(source::to_string(where), message).second) return;
  out_.losses.push_back({std::move(message), where, cost.severity, route.where, cost.aspect});
}

void Conversion::lose(Severity severity, source::Location where, std::string message) {
  lose({severity, Aspect::none}, routing::Route{}, where, std::move(message));
}

void Conversion::lose(std::vector<Loss> losses) {
  for (Loss& loss : losses) {
    if (!told_.emplace(source::to_string(loss.where), loss.message).second) continue;
    out_.losses.push_back(std::move(loss));
  }
}

std::optional<ObjectName> Conversion::backend(const routing::Route& route,
                                              const routing::Destination& destination) {
  const auto base = service_name(destination.host);
  if (!base || destination.subset.empty()) return base;
  const ObjectName made{base->scope, fmt::format("{}-{}", base->name, destination.subset)};
  const std::string as = routing::fqdn(made.name, made.scope);
  const auto known = std::find_if(out_.aliases.begin(), out_.aliases.end(), [&](const Alias& one) {
    return one.host == destination.host && one.subset == destination.subset;
  });
  if (known == out_.aliases.end()) {
    out_.aliases.push_back({destination.host, destination.subset, as});
    add_subset_service(route, destination, *base, made);
  }
  return made;
}

void Conversion::add_subset_service(const routing::Route& route,
                                    const routing::Destination& destination, const ObjectName& base,
                                    const ObjectName& made) {
  const auto& mesh = source_.mesh;
  if (mesh.service(made.scope, made.name) != nullptr) return;
  const routing::Policy policy =
      routing::effective_policy(mesh, destination.host, destination.subset, {}, "");
  const auto* service = mesh.service(base.scope, base.name);
  if (policy.subset == nullptr || service == nullptr) {
    lose({Severity::error, Aspect::target}, route, destination.where,
         fmt::format("subset `{}` becomes Service `{}`, which cannot be made here: {}",
                     destination.subset, made.name,
                     service == nullptr ? fmt::format("Service `{}` is not in the input", base.name)
                                        : std::string("no DestinationRule defines the subset")));
    return;
  }
  Value selector = labels(service->selector);
  for (const resource::Label& label : policy.subset->labels) {
    selector.set(std::string(*label.key), std::string(*label.value));
  }
  Value spec = Value::map({{"selector", std::move(selector)}, {"ports", ports(*service)}});
  Value document = Value::map({{"apiVersion", "v1"},
                               {"kind", "Service"},
                               {"metadata", metadata(made)},
                               {"spec", std::move(spec)}});
  document.with_comment_before(
      fmt::format("subset {} of {}: {} has no subsets, so its pods get a Service of their own",
                  destination.subset, base.name, reader_name()));
  services_.emplace(made, std::move(document));
  lose(Severity::info, policy.subset->node.where(),
       fmt::format("subset `{}` becomes Service `{}`, which selects its pods", destination.subset,
                   made.name));
}

std::optional<std::uint32_t> Conversion::port(const routing::Destination& destination,
                                              const routing::VirtualHost& host) const {
  if (destination.port) return destination.port;
  const auto name = service_name(destination.host);
  const auto* service = name ? source_.mesh.service(name->scope, name->name) : nullptr;
  if (service != nullptr && service->ports.size() == 1 && service->ports.front().port) {
    return static_cast<std::uint32_t>(*service->ports.front().port);
  }
  return host.ports.size() == 1 ? std::optional(host.ports.front()) : std::nullopt;
}

const resource::Object* Conversion::object_of(const routing::Route& route) const {
  const std::string_view full = route.resource;
  const ObjectName name = name_of(full);
  return source_.mesh.find(full.substr(0, full.find(' ')), name.scope, name.name);
}

const resource::gateway_api::Rule* Conversion::rule_of(const routing::Route& route) const {
  if (rules_.empty()) {
    for (const auto& from : source_.mesh.all<resource::gateway_api::Route>()) {
      for (const auto& rule : from.rules) {
        const source::Location where = rule.node.where();
        rules_.try_emplace({where.file, where.span.begin}, &rule);
      }
    }
  }
  const auto found = rules_.find({route.where.file, route.where.span.begin});
  return found == rules_.end() ? nullptr : found->second;
}

void Conversion::refer(RuleKind kind, const std::string& from, const std::string& to) {
  if (from != to) references_[{from, to}].insert(kind);
}

void Conversion::add(std::string_view api_version, std::string_view kind, const ObjectName& name,
                     Value spec, Value annotations) {
  Value meta = metadata(name);
  meta.set_unless_empty("annotations", std::move(annotations));
  const Value document = Value::map({{"apiVersion", api_version},
                                     {"kind", kind},
                                     {"metadata", std::move(meta)},
                                     {"spec", std::move(spec)}});
  out_.documents.push_back(
      {document_name(kind, name.scope, name.name, out_.documents), yaml::write(document)});
}

void Conversion::keep(const resource::Object& object) {
  Value document = Value::from(object.root);
  document.erase("status");
  out_.documents.push_back({document_name(*object.kind, object.scope, *object.name, out_.documents),
                            yaml::write(document)});
}

void Conversion::add_origin(std::string resource, std::string rule, source::Location route) {
  out_.origins.push_back({std::move(resource), std::move(rule), route});
}

void Conversion::add_grants() {
  if (reader_ == Reader::linkerd) return;  // Linkerd asks for none
  for (const auto& [names, kinds] : references_) {
    const auto& [from, to] = names;
    Value referrers = Value::list();
    for (const RuleKind kind : kinds) {
      referrers.add(Value::map({{"group", resource::gateway_api::kGroup},
                                {"kind", route_kind(kind)},
                                {"namespace", from}}));
    }
    Value spec = Value::map({{"from", std::move(referrers)}});
    spec.set("to", Value::list({Value::map({{"group", ""}, {"kind", "Service"}})}));
    add("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", {to, "routes-from-" + from},
        std::move(spec));
  }
}

Rendered Conversion::finish() {
  for (const auto& [name, document] : services_) {
    out_.documents.push_back(
        {document_name("Service", name.scope, name.name, out_.documents), yaml::write(document)});
  }
  add_grants();
  out_.separator = "---\n";
  return std::move(out_);
}

}  // namespace meshfn::render
