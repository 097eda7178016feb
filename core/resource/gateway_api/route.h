#pragma once

// The five kinds of routes of the Gateway API in one shape: what they attach to, which requests
// their rules take, and where those go. Fields that a kind does not have are absent.

#include <optional>
#include <string_view>
#include <vector>

#include "resource/gateway_api/reference.h"

namespace meshfn::resource::gateway_api {

enum class RouteKind { http, grpc, tls, tcp, udp };

/// The kind of route an object of the Gateway API is; nothing when it is none.
std::optional<RouteKind> route_kind(std::string_view kind);

/// A condition on a header or query parameter.
struct ValueMatch {
  yaml::Node node;
  Text name;
  Text value;
  bool regex = false;  ///< otherwise the whole value, exactly
};

enum class PathKind { prefix, exact, regex };

/// One entry of `matches`: all that it says must hold.
struct RouteMatch {
  yaml::Node node;
  PathKind path_kind = PathKind::prefix;
  Text path;           ///< HTTPRoute; absent: `/`
  Text method;         ///< of HTTP, or of the gRPC service
  Text service;        ///< GRPCRoute
  bool regex = false;  ///< GRPCRoute: service and method are expressions
  std::vector<ValueMatch> headers;
  std::vector<ValueMatch> query_params;
};

/// One entry of `filters`.
struct Filter {
  yaml::Node node;
  Text type;
  yaml::Node body;                   ///< the field that belongs to the type
  std::optional<Reference> backend;  ///< of RequestMirror and ExternalAuth
};

/// One entry of `backendRefs`.
struct Backend : Reference {
  Integer weight;  ///< absent: 1
  std::vector<Filter> filters;

  std::int64_t share() const { return weight.value_or(1); }
};

struct Rule {
  yaml::Node node;
  Text name;
  std::vector<RouteMatch> matches;  ///< empty: every request
  std::vector<Filter> filters;
  std::vector<Backend> backends;
  Duration request_timeout;
  Duration backend_timeout;
  yaml::Node retry;
  yaml::Node session_persistence;

  /// The filter of this type; null when there is none.
  const Filter* filter(std::string_view type) const;
};

struct Route : Object {
  RouteKind route_kind = RouteKind::http;
  std::vector<Text> hostnames;  ///< empty: those of the listener
  std::vector<Reference> parents;
  std::vector<Rule> rules;
};

/// REQUIRES: `route_kind(object.kind.value)`.
Route decode_route(Object object);

}  // namespace meshfn::resource::gateway_api
