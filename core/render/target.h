#pragma once

// What `meshfn render --to` can make: a table of self-describing rows. A target is a function from
// everything that was read to documents; what it cannot express it lists.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diagnostic/rule.h"
#include "render/intent.h"
#include "resource/mesh.h"
#include "routing/table.h"
#include "yaml/value.h"

namespace meshfn::render {

/// What there is to render. Everything outlives the rendering.
struct Source {
  const resource::Mesh& mesh;  ///< intents included, as the Istio resources they become
  const routing::Table& table;
  const std::vector<Intent>& intents;
  std::vector<const yaml::Tree*> trees;  ///< files as given
};

struct Options {
  bool defaults = false;  ///< write out what the mesh would assume
};

/// How much a loss changes: `info` nothing that a request could tell, `warning` something at the
/// edges or how well it is served, `error` where requests go or whether they are answered.
using diagnostic::Severity;

/// What of an answer a loss may change, so that nothing else is excused by it.
enum class Aspect : std::uint8_t {
  none,    ///< nothing that is compared: how connections are kept, names, statistics
  taken,   ///< which requests the rule takes
  target,  ///< where they go: destinations, a redirect, an answer
  rewrite,
  mirror,
  fault,
  timeout,
  retries,
  headers,
};

/// How much is lost, and of what.
struct Cost {
  Severity severity = Severity::info;
  Aspect aspect = Aspect::none;
};

/// Something of the input that the output does not say.
struct Loss {
  std::string message;
  source::Location where;
  Severity severity = Severity::info;
  source::Location route = {};  ///< of the rule that is not kept as it is; none for others
  Aspect aspect = Aspect::none;
};

/// A subset that became a Service of its own.
struct Alias {
  std::string host;  ///< complete name
  std::string subset;
  std::string as;  ///< complete name of the new Service
};

/// Which rule of the input a rule of the output came from.
struct Origin {
  std::string resource;  ///< of the output: "HTTPRoute prod/reviews"
  std::string rule;      ///< "rules[0]"
  source::Location route;
};

/// One file of output.
struct Document {
  std::string name;  ///< a file name for `--out-dir`: "virtualservice-prod-reviews.yaml"
  std::string text;
};

struct Rendered {
  std::vector<Document> documents;
  std::string separator;  ///< between documents on one stream: "---\n" for YAML
  std::vector<Loss> losses;
  std::vector<Alias> aliases = {};
  std::vector<Origin> origins = {};
};

/// One row of the catalogue.
struct Target {
  std::string_view name;
  std::string_view summary;
  Result<Rendered> (*run)(const Source& source, const Options& options);
};

/// All targets, in the order of help.
std::span<const Target> targets();

/// The target called `name`; null when there is none.
const Target* find_target(std::string_view name);

// The functions of the rows.
Result<Rendered> to_table(const Source& source, const Options& options);
Result<Rendered> to_json(const Source& source, const Options& options);
Result<Rendered> to_mermaid(const Source& source, const Options& options);
Result<Rendered> to_dot(const Source& source, const Options& options);
Result<Rendered> to_yaml(const Source& source, const Options& options);
Result<Rendered> to_istio(const Source& source, const Options& options);
Result<Rendered> to_gateway_api(const Source& source, const Options& options);
Result<Rendered> to_linkerd(const Source& source, const Options& options);
Result<Rendered> to_envoy(const Source& source, const Options& options);
Result<Rendered> to_svg(const Source& source, const Options& options);

}  // namespace meshfn::render
