#pragma once

// The grammars of the values that Istio's webhook reads: names, hosts, addresses, durations,
// expressions, headers. Each `…_problem` says in a sentence, which names the value, why the webhook
// refuses it; empty when it is taken. The grammars are those of istio/pkg/config/validation.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "resource/located.h"

namespace meshfn::lint::istio {

/// 1 to 63 letters of either case, digits and inner `-`.
bool is_label(std::string_view text);
std::string label_problem(std::string_view text);

/// Labels between dots; the last may be empty and is no number.
std::string name_problem(std::string_view text);

/// A host as VirtualServices and DestinationRules name it: the first label may be `*`, `*x` or
/// `*-x`.
std::string domain_problem(std::string_view text);

/// Whether it is a name that Istio gives to a cluster in SNI, such as
/// `outbound_.80_._.reviews.shop.global`, by which gateways route.
bool is_generated_name(std::string_view host);

/// Whether Go's netip reads it: IPv4, or IPv6 with or without a zone.
bool is_ip(std::string_view text);

/// An IP address, or a range such as `10.0.0.0/8`.
std::string ip_range_problem(std::string_view text);

/// 1 to 65535.
std::string port_problem(std::int64_t number);

/// At least 1 ms and a whole number of milliseconds.
std::string duration_problem(std::chrono::nanoseconds value);

/// A percentage with decimals: 0, or 0.0001 to 100 (Envoy counts in millionths).
std::string percentage_problem(double value);

/// A regular expression in RE2's dialect, of at most 1024 bytes and not empty.
std::string regex_problem(std::string_view text);

/// Key and value of a Kubernetes label, as Istio reads them.
std::string label_key_problem(std::string_view key);
std::string label_value_problem(std::string_view value);

/// The words of `protocol:` fields; case does not count.
enum class Protocol : std::uint8_t {
  unknown,
  tcp,
  udp,
  grpc,
  grpc_web,
  http,
  http_proxy,
  http2,
  https,
  tls,
  mongo,
  redis,
  mysql
};
Protocol protocol(std::string_view text);
bool speaks_http(Protocol protocol);  ///< in the clear
bool speaks_tls(Protocol protocol);
bool speaks_tcp(Protocol protocol);  ///< routed by connection: tcp, tls, https, databases

/// An entry of a VirtualService's `gateways`: a name, or `namespace/name`.
std::string gateway_name_problem(std::string_view text);

/// A host of a Gateway's server: `host` or `namespace/host`; the host may be an IP address.
std::string server_host_problem(std::string_view text);
/// A host of a Sidecar's egress listener: `namespace/host`, the namespace perhaps behind a `~`.
std::string sidecar_host_problem(std::string_view text);

/// What follows `unix://`: an absolute path to a file, or an abstract name after `@`.
std::string unix_path_problem(std::string_view text);

/// Where a header's name stands, which decides what it may be.
enum class HeaderUse : std::uint8_t {
  match,   ///< a token, a pseudo-header, or a claim of a JWT
  set,     ///< added to or set on a request: not `:x`, but `:authority`
  remove,  ///< removed, or anything done to a response: not `:x` and not `host`
  cors,    ///< a token or `*`
  strict,  ///< letters, digits, `-` and `_`
  probe    ///< letters, digits and `-`
};
std::string header_name_problem(std::string_view name, HeaderUse use);

/// Text that Envoy formats into a header: `%%` is a percent sign, `%NAME%` and `%NAME(args)%` are
/// expressions.
std::string header_value_problem(std::string_view value);

/// Whether a header's name in a match means a claim: `@request.auth.claims.x` or
/// `@request.auth.claims[x]`, prefix in either case.
bool is_claim(std::string_view header);

/// A value at fault inside a larger one.
struct Problem {
  source::Location where;
  std::string message;
};

/// Faults of a map of labels.
std::vector<Problem> label_problems(const resource::Labels& labels);

/// Faults of the labels that a workload selector asks for; an empty map has none.
std::vector<Problem> selector_problems(const resource::Labels& labels);

/// Faults of an `exportTo` list of an object that lives in `scope` (empty: unknown). Only a
/// ServiceEntry may be exported to nobody (`~`).
std::vector<Problem> export_problems(const std::vector<resource::Text>& list,
                                     std::string_view scope, bool nobody_allowed = false);

/// Faults of a `targetRef`, or of an item of `targetRefs`.
std::vector<Problem> target_problems(yaml::Node reference);

}  // namespace meshfn::lint::istio
