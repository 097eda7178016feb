#pragma once

// Who asks, who is asked, and what comes of it: the words in which the authorization policies of
// all meshes are judged.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// The claims of a JSON Web Token, nested objects by the path to them. Whoever gives the claims
/// vouches for them: there is no signature to look at.
struct Claims {
  using Path = std::vector<std::string>;
  std::map<Path, std::vector<std::string>> values;  ///< a list has several

  /// The values of a claim; null when the token has none.
  const std::vector<std::string>* find(const Path& path) const;
  /// The first value of a claim at the top; empty when there is none.
  std::string text(const std::string& name) const;
  /// The date of a claim at the top, in seconds since 1970-01-01 UTC; nothing when there is none,
  /// or when it is no number.
  std::optional<std::int64_t> date(const std::string& name) const;
};

/// Reads the payload of a token, a JSON object.
Result<Claims> parse_claims(std::string_view json);

/// Who calls, as far as it is known.
struct Caller {
  std::string name_space;
  std::string account;    ///< service account
  std::string ip;         ///< of the connection; empty: not known
  std::string remote_ip;  ///< where the request started; empty: `ip`
  std::optional<Claims> token;
  std::optional<std::int64_t> now =
      {};              ///< when the token's dates are judged; absent: they are not
  bool plain = false;  ///< has no proxy, so it has no identity

  /// "shop/front", "shop", "a caller outside the mesh".
  std::string describe() const;
};

/// The pods that are asked, and the port on which they are.
struct Target {
  std::string host;    ///< complete name of the Service; empty for a gateway
  std::string subset;  ///< as the route chose it
  std::string scope;   ///< namespace of the pods
  resource::Labels labels;
  const resource::kubernetes::Workload* workload = nullptr;  ///< null when the input shows none
  const resource::kubernetes::Service* service = nullptr;
  std::string gateway;                        ///< `namespace/name`; empty for a Service
  std::optional<std::uint32_t> service_port;  ///< as clients call it
  std::optional<std::uint32_t> port;          ///< of the container
  bool http = true;                           ///< requests are seen, not bytes
  bool outside = false;                       ///< nothing of the mesh stands in front of it

  /// "Deployment shop/reviews-v1", else the host.
  std::string describe() const;
};

/// One condition of a policy, as it was judged.
struct Clause {
  std::string text;  ///< "source namespace is `a`, not `b`" or, when it holds, "method is `GET`"
  bool holds = false;
  source::Location where;
};

/// The rule that comes closest to letting a refused request through.
struct Nearest {
  std::string resource;  ///< "AuthorizationPolicy shop/reviews"
  std::string rule;      ///< "rules[1]"
  std::vector<Clause> lacking;
  source::Location where;
};

/// How the two ends of a connection met.
enum class Channel : std::uint8_t {
  mutual_tls,
  plain,
  tls,  ///< the client's own TLS, which the proxy passes on unread
};

std::string_view to_string(Channel channel);

struct Verdict {
  bool allowed = true;
  Channel channel = Channel::plain;
  std::string by;    ///< what decided: "AuthorizationPolicy shop/deny-all"; empty: nothing forbids
  std::string rule;  ///< of it: "rules[0]"; empty when it has none
  std::string why;
  source::Location where;          ///< of what decided
  std::optional<int> status;       ///< answered; absent: the connection is closed
  std::vector<Clause> met;         ///< the conditions by which the rule holds
  std::optional<Nearest> nearest;  ///< only when refused for want of a rule
  std::vector<Note> notes;         ///< what else there is to know
};

/// The pods behind `destination`, called on `port` (of the Service); one target for each workload.
std::vector<Target> targets_of(const resource::Mesh& mesh, const Destination& destination,
                               std::optional<std::uint32_t> port, const Request& request);

/// The pods of an Istio Gateway, `namespace/name`, entered on `port`.
std::vector<Target> gateway_targets(const resource::Mesh& mesh, std::string_view gateway,
                                    std::optional<std::uint32_t> port, const Request& request);

/// Whether `caller` may send `request` to `target`: by Linkerd's rules when Linkerd's proxy stands
/// in front of it, else by Istio's.
Verdict judge(const resource::Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target);

}  // namespace meshfn::routing
