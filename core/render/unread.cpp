// Fields that the route table has no place for. What it reads is listed here; whatever else a
// resource says is lost by any rendering that goes by the table, and is told so.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/str.h"
#include "render/convert.h"
#include "resource/linkerd/values.h"

namespace meshfn::render {

namespace {

using resource::Object;
using yaml::Node;

constexpr unsigned kGatewayApi = static_cast<unsigned>(Audience::gateway_api);
constexpr unsigned kLinkerd = static_cast<unsigned>(Audience::linkerd);
constexpr unsigned kIstio = static_cast<unsigned>(Audience::istio);
constexpr unsigned kEnvoy = static_cast<unsigned>(Audience::envoy);
constexpr unsigned kAll = kGatewayApi | kLinkerd | kIstio | kEnvoy;

/// Fields of a kind, below `spec`, that some audiences are told, or lists as lost by itself.
/// `{a,b}` stands for several names, `*` for everything below.
struct Read {
  std::string_view kind;
  unsigned audiences;
  std::string_view fields;
};

constexpr Read kRead[] = {
    {"VirtualService", kAll,
     "hosts gateways http.match.{uri,scheme,method,authority,headers,withoutHeaders,queryParams}.* "
     "http.match.{port,sourceLabels.*,sourceNamespace,gateways,ignoreUriCase} "
     "http.corsPolicy.{allowCredentials,allowHeaders,allowMethods,allowOrigin,allowOrigins.*} "
     "http.corsPolicy.{exposeHeaders,maxAge} http.delegate.* http.directResponse.* "
     "http.fault.abort.{httpStatus,grpcStatus,percentage.*} "
     "http.fault.delay.{fixedDelay,percent,percentage.*} http.headers.* http.mirror.* "
     "http.{mirrorPercentage.*,mirrorPercent,mirror_percent,mirrors.*} "
     "http.redirect.{authority,port,prefixRewrite,redirectCode,scheme,uri} http.retries.* "
     "http.rewrite.* http.route.* http.timeout "
     "{tcp,tls}.match.{port,sniHosts,sourceLabels.*,sourceNamespace,gateways} {tcp,tls}.route.*"},
    {"VirtualService", kGatewayApi | kEnvoy, "http.name"},
    {"DestinationRule", kGatewayApi | kLinkerd,
     "host subsets.{name,labels.*,trafficPolicy.*} trafficPolicy.*"},
    {"DestinationRule", kEnvoy, "host subsets.{name,labels.*}"},
    {"DestinationRule", kEnvoy,
     "{trafficPolicy,subsets.trafficPolicy}.connectionPool.tcp.{connectTimeout,maxConnections} "
     "{trafficPolicy,subsets.trafficPolicy}.connectionPool.tcp.maxConnectionDuration "
     "{trafficPolicy,subsets.trafficPolicy}.connectionPool.http.{http1MaxPendingRequests,"
     "http2MaxRequests,maxRequestsPerConnection,maxRetries,idleTimeout} "
     "{trafficPolicy,subsets.trafficPolicy}.loadBalancer.{simple,warmup.duration,"
     "localityLbSetting.*} "
     "{trafficPolicy,subsets.trafficPolicy}.loadBalancer.consistentHash.{httpCookie.name,"
     "httpCookie.path,httpCookie.ttl,httpHeaderName,httpQueryParameterName,useSourceIp,maglev.*,"
     "ringHash.*,minimumRingSize} "
     "{trafficPolicy,subsets.trafficPolicy}.outlierDetection.{consecutive5xxErrors,"
     "consecutiveGatewayErrors,consecutiveErrors,consecutiveLocalOriginFailures,"
     "splitExternalLocalOriginErrors,interval,baseEjectionTime,maxEjectionPercent,"
     "minHealthPercent} "
     "{trafficPolicy,subsets.trafficPolicy}.{tls.*,port.number}"},
    {"ServiceEntry", kEnvoy,
     "hosts resolution endpoints.{address,weight} ports.{number,name,protocol}"},
    {"Sidecar", kEnvoy, "egress.hosts workloadSelector.*"},
    {"HTTPRoute", kAll,
     "hostnames parentRefs.* rules.matches.* rules.filters.{type,requestHeaderModifier.*,"
     "responseHeaderModifier.*,requestMirror.*,requestRedirect.*,urlRewrite.*,cors.*} "
     "rules.backendRefs.{group,kind,name,namespace,port,weight} rules.backendRefs.filters."
     "{requestHeaderModifier.*,responseHeaderModifier.*} rules.{timeouts.*,retry.*}"},
    {"GRPCRoute", kAll,
     "hostnames parentRefs.* rules.matches.* rules.filters.{type,requestHeaderModifier.*,"
     "responseHeaderModifier.*,requestMirror.*} rules.backendRefs.{group,kind,name,namespace,port,"
     "weight} rules.backendRefs.filters.{requestHeaderModifier.*,responseHeaderModifier.*}"},
    {"HTTPRoute", kGatewayApi, "rules.{name,sessionPersistence.*,filters.*,backendRefs.filters.*}"},
    {"GRPCRoute", kGatewayApi, "rules.{name,sessionPersistence.*,filters.*,backendRefs.filters.*}"},
    {"HTTPRoute", kIstio | kEnvoy, "rules.name"},
    {"GRPCRoute", kIstio | kEnvoy, "rules.name"},
    {"TLSRoute", kAll, "hostnames parentRefs.* rules.backendRefs.*"},
    {"TCPRoute", kAll, "parentRefs.* rules.backendRefs.*"},
    {"TLSRoute", kGatewayApi, "rules.name"},
    {"TCPRoute", kGatewayApi, "rules.name"},
    {"Gateway", kIstio,
     "listeners.{name,hostname,port,protocol,allowedRoutes.*,tls.mode,tls.certificateRefs.*}"},
    {"ListenerSet", kIstio,
     "parentRef.* listeners.{name,hostname,port,protocol,allowedRoutes.*,tls.mode,"
     "tls.certificateRefs.*}"},
    {"ServiceProfile", kAll,
     "dstOverrides.* retryBudget.* routes.{condition.*,isRetryable,timeout} "
     "routes.responseClasses.{condition.status.*,isFailure}"},
    {"ServiceProfile", kIstio | kEnvoy, "routes.name"},
    {"TrafficSplit", kAll, "service backends.*"},
};

/// What is to be said of a field in place of "has no counterpart".
struct Special {
  std::string_view field;  ///< its last name
  Cost cost;
  std::string_view message;  ///< `{}` is the audience
};

constexpr Special kSpecial[] = {
    {"statPrefix", {Severity::info, Aspect::none}, "`statPrefix` only names statistics of Envoy"},
    {"name", {Severity::info, Aspect::none}, "the name is left out: {} has none here"},
    {"destinationSubnets",
     {Severity::error, Aspect::taken},
     "`destinationSubnets` is no condition of {}: the rule takes every address"},
    {"sourceSubnet",
     {Severity::error, Aspect::taken},
     "`sourceSubnet` is no condition of {}: the rule takes every caller"},
    {"exportTo",
     {Severity::warning, Aspect::none},
     "`exportTo` is left out: the routes are for every namespace"},
    {"extensionRef",
     {Severity::error, Aspect::target},
     "what `extensionRef` does is not known; these requests get 500"},
    {"externalAuth",
     {Severity::error, Aspect::none},
     "`externalAuth` is not asked: {} has no such filter"},
    {"http2Error", {Severity::warning, Aspect::fault}, "an abort by `http2Error` is left out"},
    {"exponentialDelay", {Severity::warning, Aspect::fault}, "`exponentialDelay` is left out"},
};

/// Annotations by which Linkerd is told about the requests to a Service, or to what a route takes.
struct Annotation {
  std::string_view prefix;
  unsigned audiences;  ///< that have no place for it
};

constexpr Annotation kAnnotations[] = {
    {"timeout.linkerd.io/response", kGatewayApi | kIstio | kEnvoy},
    {"timeout.linkerd.io/idle", kGatewayApi | kIstio | kEnvoy},
    {"balancer.linkerd.io/", kGatewayApi | kIstio | kEnvoy},
    {"balancer.alpha.linkerd.io/", kGatewayApi | kIstio | kEnvoy},
    {"config.linkerd.io/opaque-ports", kGatewayApi | kIstio | kEnvoy},
};

/// "a.{b,c}.*" as "a.b.*" and "a.c.*".
void expand(std::string_view pattern, std::vector<std::string>& out) {
  const std::size_t open = pattern.find('{');
  if (open == pattern.npos) {
    out.emplace_back(pattern);
    return;
  }
  const std::size_t close = pattern.find('}', open);
  for (const std::string_view name : str::split(pattern.substr(open + 1, close - open - 1), ',')) {
    expand(fmt::format("{}{}{}", pattern.substr(0, open), name, pattern.substr(close + 1)), out);
  }
}

std::string_view name_of(Audience audience) {
  switch (audience) {
    case Audience::gateway_api:
      return "the Gateway API";
    case Audience::linkerd:
      return "Linkerd";
    case Audience::istio:
      return "Istio";
    case Audience::envoy:
      return "Envoy's routes";
  }
  return {};
}

/// Looks through the objects of one kind.
class Fields {
 public:
  Fields(std::string_view kind, Audience audience, std::vector<Loss>& out)
      : audience_(audience), out_(out) {
    for (const Read& row : kRead) {
      const bool here = (row.audiences & static_cast<unsigned>(audience)) != 0;
      if (row.kind != kind || !here) continue;
      for (const std::string_view field : str::split(row.fields, ' ')) expand(field, read_);
    }
  }

  bool known() const { return !read_.empty(); }

  void check(const Object& object) {
    object_ = &object;
    walk(object.spec, "");
  }

 private:
  enum class Place : std::uint8_t { read, partly, unread };

  Place place_of(std::string_view full) const {
    // Settings of a port are those of the whole policy.
    const std::string path = str::replace_all(full, ".portLevelSettings", "");
    bool partly = false;
    for (const std::string& one : read_) {
      const bool all = one.ends_with(".*");
      const std::string_view name = std::string_view(one).substr(0, one.size() - (all ? 2 : 0));
      if (path == name || (all && path.starts_with(name) && path[name.size()] == '.')) {
        return Place::read;
      }
      partly = partly || (name.starts_with(path) && name[path.size()] == '.');
    }
    return partly ? Place::partly : Place::unread;
  }

  void walk(Node node, const std::string& path) {
    if (node.is_sequence()) {
      const source::Location outer = rule_;
      for (const Node item : node.items()) {
        const bool is_rule = path.find('.') == path.npos;
        if (is_rule) rule_ = item.where();
        walk(item, path);
      }
      rule_ = outer;
      return;
    }
    for (const yaml::Entry entry : node.entries()) {
      const std::string name(entry.key.text());
      const std::string inner = path.empty() ? name : path + "." + name;
      switch (place_of(inner)) {
        case Place::read:
          break;
        case Place::partly:
          walk(entry.value, inner);
          break;
        case Place::unread:
          lose(entry, inner);
          break;
      }
    }
  }

  void lose(const yaml::Entry& entry, const std::string& path) {
    const auto* special =
        std::find_if(std::begin(kSpecial), std::end(kSpecial),
                     [&](const Special& one) { return one.field == entry.key.text(); });
    // The type of a filter goes with the filter.
    if (path.ends_with("filters.type")) return;
    Loss loss;
    loss.where = entry.key.where();
    loss.route = rule_;
    if (special != std::end(kSpecial)) {
      loss.severity = special->cost.severity;
      loss.aspect = special->cost.aspect;
      loss.message = fmt::format(fmt::runtime(special->message), name_of(audience_));
    } else {
      loss.severity = Severity::warning;
      loss.message = fmt::format("`{}` of {} `{}` has no counterpart in {}", path, *object_->kind,
                                 *object_->name, name_of(audience_));
    }
    out_.push_back(std::move(loss));
  }

  Audience audience_;
  std::vector<Loss>& out_;
  std::vector<std::string> read_;
  const Object* object_ = nullptr;
  source::Location rule_;
};

void check_annotations(const Object& object, Audience audience, std::vector<Loss>& out) {
  for (const yaml::Entry entry : object.metadata.find("annotations").entries()) {
    const std::string_view key = entry.key.text();
    const bool lost =
        std::any_of(std::begin(kAnnotations), std::end(kAnnotations), [&](const Annotation& one) {
          return key.starts_with(one.prefix) &&
                 (one.audiences & static_cast<unsigned>(audience)) != 0;
        });
    if (!lost) continue;
    out.push_back({fmt::format("annotation `{}` of {} `{}` is Linkerd's alone", key, *object.kind,
                               *object.name),
                   entry.key.where(), Severity::warning});
  }
}

/// A route of Linkerd's that is about Services as well can be kept as neither.
void check_parents(const Object& object, Audience audience, std::vector<Loss>& out) {
  const Node parents = object.spec.find("parentRefs");
  bool others = false;
  for (const Node parent : parents.items()) others = others || !has_linkerd_parent(parent);
  if (audience == Audience::linkerd && !others) return;
  for (const Node parent : parents.items()) {
    if (!has_linkerd_parent(parent)) continue;
    out.push_back(
        {fmt::format("{} `{}` is for {} `{}` as well, which has no counterpart in {}", *object.kind,
                     *object.name, parent.find("kind").text(), parent.find("name").text(),
                     audience == Audience::linkerd ? "a route of a Service" : name_of(audience)),
         parent.where(), Severity::error});
  }
}

/// What Envoy is not told at all, for there is nothing but routes, clusters and listeners.
void check_kind(const Object& object, std::vector<Loss>& out) {
  const std::string_view group = object.group();
  const bool mesh = group.ends_with("istio.io") || group.ends_with("linkerd.io") ||
                    group == resource::gateway_api::kGroup;
  if (!mesh) return;
  const bool grant = *object.kind == "ReferenceGrant";
  out.push_back({fmt::format("{} `{}` is not converted", *object.kind, *object.name),
                 object.where(), grant ? Severity::info : Severity::warning});
}

/// Objects that the audience gets as they are.
bool is_kept(const Object& object, Audience audience) {
  const std::string_view group = object.group();
  if (audience == Audience::istio) return group.ends_with("istio.io");
  // Gateways are converted with losses of their own.
  return *object.kind == "Gateway" && audience != Audience::istio && audience != Audience::envoy;
}

}  // namespace

bool has_linkerd_parent(Node parent) {
  const std::string_view kind = parent.find("kind").text();
  return kind == "Server" || kind == "EgressNetwork";
}

std::vector<Loss> unread_fields(const resource::Mesh& mesh, Audience audience) {
  std::vector<Loss> out;
  for (const auto& [group_kind, objects] : mesh.kinds()) {
    Fields fields(group_kind.second, audience, out);
    for (const Object* object : objects) {
      check_annotations(*object, audience, out);
      check_parents(*object, audience, out);
      if (audience == Audience::envoy && !fields.known()) check_kind(*object, out);
      if (fields.known() && !is_kept(*object, audience)) fields.check(*object);
    }
  }
  return out;
}

}  // namespace meshfn::render
