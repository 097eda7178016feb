#pragma once

// What conversions from one mesh to another share: the list of losses, names of what is generated,
// and conditions in the words of the target. A conversion reads the route table, never the
// resources of a dialect, so that each target is written once for all of them.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/target.h"
#include "yaml/value.h"

namespace meshfn::render {

/// Who reads the HTTPRoutes that are made.
enum class Reader : std::uint8_t { gateway_api, linkerd };

/// Namespace and name of an object; the namespace may be empty.
struct ObjectName {
  std::string scope;
  std::string name;

  friend auto operator<=>(const ObjectName&, const ObjectName&) = default;
};

/// "VirtualService prod/reviews" taken apart.
ObjectName name_of(std::string_view resource);

/// The Service behind a complete host, or behind a bare name without a namespace; nothing for hosts
/// outside the cluster.
std::optional<ObjectName> service_name(std::string_view host);

/// The kinds of routes that are made; their rules differ in shape.
enum class RuleKind : std::uint8_t { http, grpc, tls, tcp };

/// "HTTPRoute", "GRPCRoute", …
std::string_view route_kind(RuleKind kind);

/// Whether the rule is one of a GRPCRoute.
bool is_grpc(const routing::Route& route);

/// Whether the rule was named by its author, not by its place ("http[2]").
bool is_given_name(const routing::Route& route);

/// Whether a rule of the Gateway API may have this name.
bool is_rule_name(std::string_view name);

/// One run of a conversion: what it has made so far.
class Conversion {
 public:
  Conversion(const Source& source, Reader reader) : source_(source), reader_(reader) {}

  const Source& source() const { return source_; }

  Reader reader() const { return reader_; }

  /// "the Gateway API" or "Linkerd", for messages.
  std::string_view reader_name() const;

  /// Lists something of `route` that the target cannot say; the same thing once.
  void lose(Cost cost, const routing::Route& route, source::Location where, std::string message);
  /// The same of what is no rule.
  void lose(Severity severity, source::Location where, std::string message);
  void lose(std::vector<Loss> losses);

  /// The Service that stands for a destination: its own, or for a subset one that is generated.
  /// Nothing for hosts outside the cluster.
  std::optional<ObjectName> backend(const routing::Route& route,
                                    const routing::Destination& destination);

  /// The port of a destination: its own, that of the virtual host, or the only one of the Service.
  std::optional<std::uint32_t> port(const routing::Destination& destination,
                                    const routing::VirtualHost& host) const;

  /// The resource that `route` was read from; null when it is a default or an intent.
  const resource::Object* object_of(const routing::Route& route) const;

  /// The rule of the Gateway API that `route` was read from; null when it is of another kind.
  const resource::gateway_api::Rule* rule_of(const routing::Route& route) const;

  /// Notes that a route of `kind` in `from` refers to a Service of `to`, for the grants.
  void refer(RuleKind kind, const std::string& from, const std::string& to);

  void add(std::string_view api_version, std::string_view kind, const ObjectName& name,
           yaml::Value spec, yaml::Value annotations = {});
  /// Adds an object of the reader's own mesh as it is.
  void keep(const resource::Object& object);
  void add_origin(std::string resource, std::string rule, source::Location route);

  /// Everything, generated Services and grants included.
  Rendered finish();

 private:
  void add_subset_service(const routing::Route& route, const routing::Destination& destination,
                          const ObjectName& base, const ObjectName& made);
  void add_grants();

  const Source& source_;
  Reader reader_;
  Rendered out_;
  std::map<ObjectName, yaml::Value> services_;
  /// Kinds of routes by their namespace and that of the Service.
  std::map<std::pair<std::string, std::string>, std::set<RuleKind>> references_;
  /// By place, made when first asked for.
  mutable std::map<std::pair<const source::File*, std::size_t>, const resource::gateway_api::Rule*>
      rules_;
  std::set<std::pair<std::string, std::string>> told_;
};

/// The place that decides conditions on the gateway and the port.
struct Place {
  const routing::Listener& listener;
  const routing::VirtualHost& host;
};

/// A rule with its matches in the target's words, each a Match that the target's own precedence
/// can judge.
struct Rule {
  const routing::Route* route = nullptr;
  std::vector<routing::Match> matches;  ///< never empty; one without conditions takes everything
};

/// The rules of `place` in the order written. Conditions that the target has no words for leave
/// their match out; where the target would look at a later rule first, the earlier one gets a match
/// for what both take. Either way what remains different is listed.
std::vector<Rule> convert_matches(Conversion& conversion, const Place& place);

/// One entry of `matches` of an HTTPRoute.
yaml::Value match_value(const routing::Match& match);

/// One entry of `matches` of a GRPCRoute; nothing for a path that no method has.
std::optional<yaml::Value> grpc_match_value(const routing::Match& match);

/// One entry of `rules`, of a route of `kind` in the namespace `scope`.
yaml::Value rule_value(Conversion& conversion, const Place& place, const Rule& rule, RuleKind kind,
                       const std::string& scope);

/// Virtual hosts with the same rules, which become one route of each kind.
struct Group {
  Place place;  ///< the first of them
  ObjectName name;
  std::vector<std::string> hostnames;
  std::vector<std::pair<const routing::Listener*, std::string>> bindings;  ///< listener and host
};

/// The port on which all rules depend; nothing when they do not, or on several.
std::optional<std::uint32_t> common_port(const routing::VirtualHost& host);

/// `parentRefs` of a route of the group, to one port of its Services if `port` says so.
yaml::Value parents_of(const Conversion& conversion, const Group& group,
                       std::optional<std::uint32_t> port);

/// The routes of every listener as HTTPRoutes, GRPCRoutes, TLSRoutes and TCPRoutes.
void add_routes(Conversion& conversion);

/// Makes a name that no other route of the kind has.
using Unique = std::function<ObjectName(RuleKind, ObjectName)>;

/// Those of `group` below HTTP.
void add_l4_routes(Conversion& conversion, const Group& group, const Unique& unique);

/// What Linkerd's annotations say of all rules of a route alike: retries and timeouts.
yaml::Value outbound_annotations(Conversion& conversion, const routing::VirtualHost& host);

/// The Gateways of every dialect as the Gateway API's.
void add_gateways(Conversion& conversion);

/// Names of the Gateway API listeners that stand for `listener` and take `host`.
std::vector<std::string> section_names(const Conversion& conversion,
                                       const routing::Listener& listener, std::string_view host);

/// The names of all listeners of a gateway.
std::set<std::string> all_sections(const Conversion& conversion, std::string_view gateway);

/// Who reads what is made, for fields that only some of them have a place for.
enum class Audience : std::uint8_t { gateway_api = 1, linkerd = 2, istio = 4, envoy = 8 };

/// Whether a parent of a route is one that only Linkerd knows: a Server or an EgressNetwork.
bool has_linkerd_parent(yaml::Node parent);

/// Fields of routing resources that the route table, and so `audience`, knows nothing of; parents
/// that only Linkerd knows are among them.
std::vector<Loss> unread_fields(const resource::Mesh& mesh, Audience audience);

/// Istio's resources for what other dialects route.
void add_istio_routes(const Source& source, Rendered& out);

/// "virtualservice-prod-reviews.yaml", with a number when another document has the name.
std::string document_name(std::string_view kind, std::string_view scope, std::string_view name,
                          const std::vector<Document>& documents);

}  // namespace meshfn::render
