#pragma once

// The grammars of the values that Linkerd reads out of annotations and identity lists. None of
// them is in a schema, and most parsers log and ignore what they cannot read, so a value is
// checked here or nowhere. Each `…_problem` says why a value is refused; empty when it is taken.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::lint::linkerd {

/// Milliseconds of a duration as the policy controller reads it (`parse_duration`): digits and one
/// unit of ms, s, m, h, d, or a bare 0; spaces around are trimmed.
std::optional<std::int64_t> annotation_duration(std::string_view text);
std::string annotation_duration_problem(std::string_view text);

/// A duration of Go's time.ParseDuration.
std::string go_duration_problem(std::string_view text);

/// An inclusive range of port numbers.
struct PortRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  bool contains(std::int64_t port) const { return port >= first && port <= last; }
};

/// A list of ports as both of Linkerd's parsers take it: `N` and `N-M` between commas, 1 to 65535,
/// ascending. With `names`, items that are no numbers are names of container ports and kept there.
struct PortSet {
  std::vector<PortRange> ranges;
  std::vector<std::string_view> names;
  std::string problem;  ///< why the list cannot be read; empty when it can

  bool contains(std::int64_t port) const;
};

PortSet port_set(std::string_view text, bool names = false);
std::string port_set_problem(std::string_view text);
std::string named_port_set_problem(std::string_view text);

/// A mesh identity of MeshTLSAuthentication: a SPIFFE ID, or a DNS name whose first label may be
/// `*`.
std::string identity_problem(std::string_view text);

std::string port_problem(std::string_view text);
std::string boolean_problem(std::string_view text);  ///< Go's strconv.ParseBool
std::string switch_problem(std::string_view text);   ///< enabled or disabled
std::string unsigned_problem(std::string_view text);
std::string limit_problem(std::string_view text);  ///< 16 bits
std::string integer_problem(std::string_view text);
std::string ratio_limit_problem(std::string_view text);  ///< strictly between 0 and 1
std::string jitter_problem(std::string_view text);       ///< 0 to 100
std::string threshold_problem(std::string_view text);    ///< 0 to 1
std::string min_requests_problem(std::string_view text);
std::string quantity_problem(std::string_view text);
std::string subnets_problem(std::string_view text);
std::string log_level_problem(std::string_view text);
std::string environment_problem(std::string_view text);
std::string http_statuses_problem(std::string_view text);
std::string grpc_statuses_problem(std::string_view text);
/// `true` or `false`, spaces around allowed (the policy controller's flags).
std::string flag_problem(std::string_view text);
/// A duration that is not zero.
std::string positive_duration_problem(std::string_view text);
/// A duration whose milliseconds fit into 32 bits.
std::string short_duration_problem(std::string_view text);

/// "must be `a`, `b` or `c`" with a suggestion; empty when `text` is one of `words`.
std::string one_of_problem(std::string_view text, const std::vector<std::string_view>& words);

/// A Kubernetes quantity as a number; nothing for other text.
std::optional<double> quantity(std::string_view text);
std::optional<std::uint64_t> unsigned_number(std::string_view text);

}  // namespace meshfn::lint::linkerd
