#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "resource/istio/mesh_config.h"
#include "resource/istio/retries.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace istio = resource::istio;

/// Istio's own retry policy (retry.go, DefaultPolicy).
constexpr std::uint32_t kDefaultAttempts = 2;
constexpr std::string_view kDefaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled";

std::string text_of(yaml::Node node) { return std::string(node.text()); }

template <class T>
Sourced<std::optional<Duration>> limit(const T& from) {
  if (!from) return {};
  // Zero means "none", said aloud.
  if (from->count() == 0) return {std::nullopt, from.where()};
  return {*from, from.where()};
}

Retries retries(const istio::Retries& from) {
  Retries out = *default_retries();
  const std::int64_t attempts = std::max<std::int64_t>(from.attempts.value_or(0), 0);
  out.attempts = {static_cast<std::uint32_t>(attempts),
                  from.attempts ? from.attempts.where() : from.node.where()};
  if (from.retry_on) out.on = {std::string(*from.retry_on), from.retry_on.where()};
  out.per_try = limit(from.per_try_timeout);
  out.backoff = limit(from.backoff);
  if (const auto& same = from.retry_ignore_previous_hosts) {
    out.ignore_previous_hosts = {*same, same.where()};
  }
  if (const auto& remote = from.retry_remote_localities) {
    out.remote_localities = {*remote, remote.where()};
  }
  return out;
}

Fault fault(const istio::Fault& from) {
  Fault out;
  out.where = from.node.where();
  if (from.delay_node) {
    out.delay = {*from.fixed_delay, from.delay_percentage.value_or(100)};
  }
  if (from.abort_node) {
    out.abort = {static_cast<std::uint32_t>(from.abort_status.value_or(0)),
                 std::string(*from.abort_grpc_status), from.abort_percentage.value_or(100)};
  }
  return out;
}

std::optional<Redirect> redirect(yaml::Node from) {
  if (!from.is_mapping()) return std::nullopt;
  Redirect out;
  out.where = from.where();
  out.path = text_of(from.find("uri"));
  if (const yaml::Node prefix = from.find("prefixRewrite"); prefix && out.path.empty()) {
    out.path = text_of(prefix);
    out.replaces_prefix = true;
  }
  out.authority = text_of(from.find("authority"));
  out.scheme = text_of(from.find("scheme"));
  if (const auto port = resource::integer(from.find("port"))) {
    out.port = static_cast<std::uint32_t>(*port);
  }
  if (const auto code = resource::integer(from.find("redirectCode")); code && *code > 0) {
    out.code = static_cast<std::uint32_t>(*code);
  }
  return out;
}

std::optional<DirectResponse> direct_response(yaml::Node from) {
  if (!from.is_mapping()) return std::nullopt;
  const yaml::Node body = from.find("body");
  return DirectResponse{
      static_cast<std::uint32_t>(resource::integer(from.find("status")).value_or(0)),
      text_of(body.find("string") ? body.find("string") : body.find("bytes")), from.where()};
}

std::optional<Rewrite> rewrite(yaml::Node from) {
  if (!from.is_mapping()) return std::nullopt;
  Rewrite out;
  out.where = from.where();
  out.authority = text_of(from.find("authority"));
  if (const yaml::Node uri = from.find("uri"); uri && !uri.text().empty()) {
    out.path = text_of(uri);
    out.replaces_prefix = true;
  }
  out.regex = text_of(from.at("uriRegexRewrite", "match"));
  out.substitution = text_of(from.at("uriRegexRewrite", "rewrite"));
  return out;
}

void add_operations(std::vector<HeaderChange>& out, yaml::Node operations, bool response) {
  using Op = HeaderChange::Op;
  for (const auto& [key, op] : {std::pair("set", Op::set), std::pair("add", Op::add)}) {
    for (const yaml::Entry entry : operations.find(key).entries()) {
      out.push_back(
          {op, response, str::lower(entry.key.text()), text_of(entry.value), entry.key.where()});
    }
  }
  for (const yaml::Node name : operations.find("remove").items()) {
    out.push_back({Op::remove, response, str::lower(name.text()), {}, name.where()});
  }
}

std::vector<std::string> strings(yaml::Node list) {
  std::vector<std::string> out;
  for (const yaml::Node item : list.items()) out.push_back(text_of(item));
  return out;
}

std::vector<std::string> origins(yaml::Node from) {
  std::vector<std::string> out = strings(from.find("allowOrigin"));
  for (const yaml::Node origin : from.find("allowOrigins").items()) {
    for (const yaml::Entry entry : origin.entries()) {
      out.push_back(fmt::format("{} `{}`", entry.key.text(), entry.value.text()));
    }
  }
  return out;
}

std::optional<Cors> cors(yaml::Node from) {
  if (!from.is_mapping()) return std::nullopt;
  Cors out;
  out.where = from.where();
  out.allow_origins = origins(from);
  out.allow_methods = strings(from.find("allowMethods"));
  out.allow_headers = strings(from.find("allowHeaders"));
  out.expose_headers = strings(from.find("exposeHeaders"));
  if (const auto age = resource::duration(from.find("maxAge"))) out.max_age = *age;
  if (const auto allowed = resource::boolean(from.find("allowCredentials"))) {
    out.allow_credentials = *allowed;
  }
  return out;
}

std::string delegate_name(yaml::Node from, std::string_view name_space) {
  if (!from.is_mapping()) return {};
  const std::string_view own = from.find("namespace").text();
  const std::string_view scope = own.empty() ? name_space : own;
  if (scope.empty()) return text_of(from.find("name"));
  return fmt::format("{}/{}", scope, from.find("name").text());
}

}  // namespace

const Shared<Retries>& default_retries() {
  static const Shared<Retries> kDefault = [] {
    Retries out;
    out.attempts.value = kDefaultAttempts;
    out.on.value = std::string(kDefaultRetryOn);
    out.ignore_previous_hosts.value = true;
    return out;
  }();
  return kDefault;
}

Shared<Retries> default_retries(const resource::Mesh& mesh) {
  const auto& config = mesh.derived<istio::MeshConfig>();
  const auto own = istio::decode_retries(config.node().find("defaultHttpRetryPolicy"));
  return own ? Shared<Retries>(retries(*own)) : default_retries();
}

void add_header_changes(std::vector<HeaderChange>& out, yaml::Node headers) {
  add_operations(out, headers.find("request"), false);
  add_operations(out, headers.find("response"), true);
}

void add_actions(Route& route, const istio::HttpRoute& from, std::string_view name_space) {
  route.redirect = redirect(from.redirect);
  route.direct_response = direct_response(from.direct_response);
  route.rewrite = rewrite(from.rewrite);
  for (const istio::Mirror& mirror : from.mirrors) {
    route.mirrors.push_back({destination(mirror.destination, name_space),
                             mirror.percentage.value_or(100), mirror.node.where()});
  }
  if (from.fault) route.fault = fault(*from.fault);
  add_header_changes(route.headers, from.headers);
  route.cors = cors(from.cors_policy);
  route.timeout = limit(from.timeout);
  route.retries = from.retries ? retries(*from.retries) : default_retries();
  route.delegate = delegate_name(from.delegate, name_space);
}

}  // namespace meshfn::routing
