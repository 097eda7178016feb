// Istio's Telemetry: values that the schema cannot judge, and which of several counts.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/security_families.h"
#include "schema/cel/lexer.h"
#include "schema/cel/parser.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;
namespace cel = schema::cel;

template <class Visit>
void each_telemetry(const Mesh& mesh, Visit visit) {
  objects::each(mesh, istio::kTelemetry, "Telemetry", visit);
}

/// Reports entries of a map without a key or a value.
void check_map(yaml::Node map, std::string_view what, Severity unnamed, Findings& found) {
  for (const auto [key, value, merged] : map.entries()) {
    if (key.text().empty()) {
      found.add(key.where(), fmt::format("this {} has no name", what)).with_severity(unnamed);
    }
    if (!value.is_null()) continue;
    found.add(key.where(), fmt::format("{} `{}` has no content", what, key.text()))
        .with_help("say where its value comes from, or remove it");
  }
}

/// A change of a tag sets it unless it says REMOVE. The schema knows what is said in full.
void check_overrides(yaml::Node overrides, Findings& found) {
  // Istio only warns about names.
  check_map(overrides, "tag override", Severity::warning, found);
  for (const auto [key, value, merged] : overrides.entries()) {
    if (!value.is_mapping() || value.find("operation")) continue;
    if (!value.find("value").text().empty()) continue;
    found.add(key.where(), fmt::format("tag `{}` is to be set and has no value", key.text()))
        .with_help("add `value`, or `operation: REMOVE`");
  }
}

void tags_have_content(const Mesh& mesh, Findings& found) {
  each_telemetry(mesh, [&](const Object& telemetry) {
    for (const yaml::Node tracing : telemetry.spec.find("tracing").items()) {
      check_map(tracing.find("customTags"), "tag", Severity::error, found);
    }
    for (const yaml::Node metrics : telemetry.spec.find("metrics").items()) {
      for (const yaml::Node change : metrics.find("overrides").items()) {
        check_overrides(change.find("tagOverrides"), found);
      }
    }
  });
}

void tracing_is_said_once(const Mesh& mesh, Findings& found) {
  each_telemetry(mesh, [&](const Object& telemetry) {
    const yaml::Node tracing = telemetry.spec.find("tracing");
    if (tracing.size() > 1) {
      found.add(tracing.item(1).where(), "of several `tracing` entries only the first counts")
          .relate(tracing.item(0).where(), "the first")
          .with_help("merge them, or make a Telemetry of each");
    }
    for (const yaml::Node entry : tracing.items()) {
      const yaml::Node providers = entry.find("providers");
      if (providers.size() < 2) continue;
      found.add(providers.item(1).where(), "spans are sent to one provider, the first")
          .with_help("remove the others");
    }
  });
}

/// The expression with every variable replaced by one that the parser knows: only the syntax is
/// judged, because the attributes are Envoy's. Nothing when it defines variables itself.
std::optional<std::string> with_known_names(std::string_view expression,
                                            const std::vector<cel::Token>& tokens) {
  static const std::set<std::string_view> kWords = {"true", "false", "null", "in", "has"};
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const cel::Token& token = tokens[i];
    const bool member = i > 0 && tokens[i - 1].text == ".";
    const bool call = i + 1 < tokens.size() && tokens[i + 1].text == "(";
    const bool word = token.kind == cel::TokenKind::word && !kWords.contains(token.text);
    // Functions and macros of the caller's own are not ours to judge.
    if (word && call && cel::find_function(token.text, member) == nullptr) return std::nullopt;
    out += word && !member && !call ? std::string_view("self")
                                    : expression.substr(token.offset, token.text.size());
    out += ' ';
  }
  return out;
}

std::string expression_problem(std::string_view expression) {
  const auto tokens = cel::tokens(expression);
  if (!tokens) return tokens.error().message;
  const auto known = with_known_names(expression, *tokens);
  if (!known) return {};
  const auto program = cel::parse(*known);
  return program ? "" : program.error().message;
}

void filters_can_be_read(const Mesh& mesh, Findings& found) {
  each_telemetry(mesh, [&](const Object& telemetry) {
    for (const yaml::Node logging : telemetry.spec.find("accessLogging").items()) {
      const yaml::Node expression = logging.at("filter", "expression");
      if (expression.text().empty() || expression_problem(expression.text()).empty()) continue;
      found.add(expression.where(), fmt::format("`{}` is no CEL expression", expression.text()))
          .with_help("write a condition such as `response.code >= 400`");
    }
  });
}

void a_namespace_has_one_default(const Mesh& mesh, Findings& found) {
  std::map<std::string_view, std::vector<const Object*>> defaults;
  istio::each_known(mesh, istio::kTelemetry, "Telemetry", [&](const Object& object) {
    const yaml::Node& spec = object.spec;
    const bool narrow = spec.find("selector").is_mapping() || spec.find("targetRef").is_mapping() ||
                        spec.find("targetRefs").size() > 0;
    if (!narrow) defaults[object.scope].push_back(&object);
  });
  for (const auto& [scope, list] : defaults) {
    for (const Object* telemetry : list) {
      const auto other = std::find_if(list.begin(), list.end(), [&](const Object* o) {
        return o->name.value != telemetry->name.value;
      });
      if (other == list.end() || telemetry->context) continue;
      found
          .add(telemetry->where(), fmt::format("Telemetries `{}` and `{}` are both for the whole "
                                               "namespace",
                                               telemetry->name.value, (*other)->name.value))
          .relate((*other)->where(), "the other one")
          .with_help("only the oldest counts; merge them, or give one a selector");
    }
  }
}

void telemetries_select_pods(const Mesh& mesh, Findings& found) {
  const auto& selections = mesh.derived<istio::Selections>();
  each_telemetry(mesh, [&](const Object& telemetry) {
    const resource::Labels labels = istio::selector_of(telemetry);
    if (labels.empty() || istio::is_mesh_wide(mesh, telemetry)) return;
    if (selections.found(telemetry.scope, labels) != Found::missing) return;
    found
        .add(telemetry.spec.at("selector", "matchLabels").where(),
             fmt::format("no workload of namespace `{}` has the labels `{}`", telemetry.scope,
                         istio::describe(labels)))
        .with_help("compare with the labels of the pods");
  });
}

void pods_have_one_telemetry(const Mesh& mesh, Findings& found) {
  std::map<const Workload*, std::vector<const Object*>> telemetries;
  istio::each_known(mesh, istio::kTelemetry, "Telemetry", [&](const Object& telemetry) {
    for (const Workload* pods : mesh.workloads(telemetry.scope, istio::selector_of(telemetry))) {
      telemetries[pods].push_back(&telemetry);
    }
  });
  std::map<const Object*, std::pair<const Object*, const Workload*>> rivals;
  for (const auto& [pods, list] : telemetries) {
    for (const Object* telemetry : list) {
      const Object* const other = telemetry == list.front() ? list.back() : list.front();
      if (other->name.value != telemetry->name.value)
        rivals.emplace(telemetry, std::pair{other, pods});
    }
  }
  each_telemetry(mesh, [&](const Object& telemetry) {
    const auto rival = rivals.find(&telemetry);
    if (rival == rivals.end()) return;
    const auto [other, pods] = rival->second;
    found
        .add(telemetry.where(),
             fmt::format("Telemetries `{}` and `{}` both select `{}`", telemetry.name.value,
                         other->name.value, pods->name.value))
        .relate(other->where(), "the other one")
        .relate(pods->where(), "the pods")
        .with_help(
            "only the oldest counts; merge them, or make their selectors exclude each other");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1701",
     .name = "telemetry-tag-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Tags of a Telemetry have a name and a content",
     .why = "A tag that is named and not filled says nothing; Istio's webhook refuses it.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - customTags:
      cluster: #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - customTags:
      cluster: {literal: {value: east}}
)",
     .aliases = "IST0106",
     .check = tags_have_content},
    {.id = "MF1702",
     .name = "telemetry-tracing-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Telemetry has one tracing entry with one provider",
     .why = "Istio uses the first entry and its first provider, and ignores the others.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers: [{name: zipkin}]
  - randomSamplingPercentage: 10 #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers: [{name: zipkin}]
    randomSamplingPercentage: 10
)",
     .aliases = "IST0133",
     .check = tracing_is_said_once},
    {.id = "MF1703",
     .name = "telemetry-filter-syntax",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The filter of an access log is a CEL expression",
     .why = "Proxies cannot evaluate anything else; Istio's webhook refuses what does not parse.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - providers: [{name: envoy}]
    filter:
      expression: response.code >= #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - providers: [{name: envoy}]
    filter:
      expression: response.code >= 400
)",
     .aliases = "IST0106",
     .check = filters_can_be_read},
    {.id = "MF1704",
     .name = "telemetry-default-twice",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A namespace has one Telemetry without a selector",
     .why = "Of several Telemetries for a whole namespace only the oldest counts; the others are "
            "ignored as a whole.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: logs #!
  namespace: shop
spec: {}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: traces #!
  namespace: shop
spec: {}
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: logs-and-traces
  namespace: shop
spec: {}
)",
     .aliases = "IST0160",
     .check = a_namespace_has_one_default},
    {.id = "MF1705",
     .name = "telemetry-selects-nothing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Telemetry's selector is on some workload",
     .why = "A Telemetry that selects no workload of its namespace has no effect.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: wbe} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  selector:
    matchLabels: {app: web}
)",
     .aliases = "IST0101",
     .check = telemetries_select_pods},
    {.id = "MF1706",
     .name = "telemetry-selector-conflict",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A workload is selected by one Telemetry",
     .why = "Of several Telemetries that select a workload only the oldest counts.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: web #!
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: front #!
  namespace: shop
spec:
  selector: {matchLabels: {tier: front}}
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
      - {name: web, image: web}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
)",
     .aliases = "IST0159",
     .check = pods_have_one_telemetry},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family telemetry_rules() { return kRules; }

}  // namespace meshfn::lint
