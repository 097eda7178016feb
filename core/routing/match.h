#pragma once

// Whether a request meets the conditions of a route, which condition it fails first, and whether
// one route takes every request that another could. Conditions of all dialects have one form: a
// subject, texts of which one must match, and a place in a file.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/file.h"

namespace meshfn::routing {

class LazyRegex;

/// A pattern for one text.
class StringMatch {
 public:
  /// `path_prefix` is Gateway API's: whole segments, a trailing slash does not count.
  /// `present` takes any text. `regex` is RE2 and has to match the whole text, as in Envoy.
  enum class Kind : std::uint8_t { exact, prefix, path_prefix, suffix, regex, present };

  StringMatch() = default;
  /// With `ignore_case`, ASCII case does not count; a regex is never affected by it (Istio
  /// `ignoreUriCase` holds for exact and prefix only).
  StringMatch(Kind kind, std::string text, bool ignore_case = false);

  Kind kind() const { return kind_; }

  const std::string& text() const { return text_; }

  bool ignore_case() const { return ignore_case_; }

  /// What is wrong with the regex; empty when nothing is. A wrong pattern matches nothing.
  std::string error() const;
  bool matches(std::string_view text) const;

  /// Whether every text matched by `other` is matched by this; false when it cannot be told.
  bool covers(const StringMatch& other) const;

  /// "exact `/a`", "prefix `/a`", "regex `/a.*`", "any value".
  std::string describe() const;

  friend bool operator==(const StringMatch& a, const StringMatch& b);

 private:
  bool covers_prefix(std::string_view prefix) const;

  Kind kind_ = Kind::present;
  std::string text_;
  bool ignore_case_ = false;
  /// Costly to build, so copies share it, and it is built when it is first asked.
  std::shared_ptr<const LazyRegex> regex_;
};

/// What a route carries.
enum class Protocol : std::uint8_t { http, tls, tcp };

/// "http", "tls", "tcp".
std::string_view to_string(Protocol protocol);

/// What a condition looks at.
enum class Subject : std::uint8_t {
  path,  ///< without the query
  method,
  scheme,
  authority,     ///< as sent, with the port if there is one
  header,        ///< by lower-case name
  query,         ///< by name
  port,          ///< of the listener, in decimal
  gateway,       ///< `mesh` or `namespace/name`
  source_label,  ///< of the calling workload, by key
  source_namespace,
  sni,  ///< server name in the TLS handshake
};

/// "path", "header `x`": the subject as a message names it.
std::string to_string(Subject subject, std::string_view name);

using Texts = std::map<std::string, std::string, std::less<>>;

/// One request, as the client side of the mesh sees it.
struct Request {
  Protocol protocol = Protocol::http;
  std::string method = "GET";
  std::string scheme = "http";
  std::string authority;   ///< host, with the port if the client sends it
  std::string path = "/";  ///< without query and fragment
  Texts headers;           ///< lower-case names
  Texts query;
  std::optional<std::uint32_t> port;  ///< of the service or gateway; the authority's when absent
  std::string gateway = "mesh";       ///< `namespace/name`, or `mesh` for a sidecar's own traffic
  std::string source_namespace;
  Texts source_labels;
  std::string sni;  ///< in lower case, as a proxy keeps it

  /// Host of the authority, without port; the server name when there is no authority.
  std::string host() const;
  /// The port given, or that of the authority.
  std::optional<std::uint32_t> effective_port() const;
};

/// One condition of a match.
struct Condition {
  Subject subject = Subject::path;
  std::string name;                 ///< of a header, query parameter or label
  std::vector<StringMatch> any_of;  ///< one of them must match
  bool negated = false;             ///< none of them may match; absence is fine
  source::Location where;

  bool holds(const Request& request) const;
  /// Why it does not hold: "method is `GET`, not exact `POST`". REQUIRES: it does not.
  std::string why_not(const Request& request) const;
  /// "method exact `POST`", "not header `x` any value".
  std::string describe() const;
};

/// Conditions that must all hold; none of them: every request.
struct Match {
  std::string name;
  std::vector<Condition> conditions;  ///< in the order in which they are told
  source::Location where;

  /// The first condition that `request` fails; null when all hold.
  const Condition* first_failure(const Request& request) const;

  bool holds(const Request& request) const { return first_failure(request) == nullptr; }

  /// The conditions in words, joined with "and"; "every request" for none.
  std::string describe() const;
};

/// Whether `wide` takes every request that `narrow` takes; false when that cannot be told.
bool covers(const Match& wide, const Match& narrow);

/// `path` with everything that RE2 `regex` matches replaced by `substitution` (Envoy regex_rewrite;
/// `\\1` is a group). A wrong regex changes nothing.
std::string replace_regex(const std::string& path, const std::string& regex,
                          const std::string& substitution);

/// Whether every request fulfils the condition: prefix `/` or regex `.*` of a path, and the like.
bool is_vacuous(const Condition& condition);

}  // namespace meshfn::routing
