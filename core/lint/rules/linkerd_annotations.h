#pragma once

// Every annotation and label that Linkerd reads or writes, as one table: where it has a meaning
// and what its value must be. Rules about annotations read nothing else.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace meshfn::lint::linkerd {

/// Where an annotation has a meaning; a set of bits.
enum Place : std::uint8_t {
  kNowhere = 0,
  kNamespace = 1,
  kPod = 2,  ///< pods and pod templates
  kService = 4,
  kEgressNetwork = 8,
  kRoute = 16,  ///< HTTPRoute, GRPCRoute
  kOther = 32,  ///< some other kind
  kAnywhere = 63,
};

struct Annotation {
  std::string_view key;
  std::uint8_t places = kAnywhere;                     ///< `Place`s
  std::string (*problem)(std::string_view) = nullptr;  ///< of a value; null: any text will do
  bool label = false;                                  ///< it is a label
  std::string_view instead = {};  ///< the key that took its place, or "-" when nothing did
};

/// Sorted by nothing in particular; some fifty rows.
std::span<const Annotation> annotations();

/// The row of `key`; null when Linkerd knows no such key.
const Annotation* find_annotation(std::string_view key);

/// Whether the domain of the key belongs to Linkerd.
bool is_linkerd_key(std::string_view key);

/// Whether every key of this domain is known, so that another one is a mistake. The rest also hold
/// what controllers write.
bool is_closed_domain(std::string_view key);

/// The known key that was meant: the same name under another domain, or a near one; may be empty.
std::string_view suggest_annotation(std::string_view key, bool label);

/// Whether the key configures outbound requests (retries, timeouts, the balancer).
bool is_outbound_key(std::string_view key);

}  // namespace meshfn::lint::linkerd
