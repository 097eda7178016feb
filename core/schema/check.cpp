#include "schema/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "schema/checker.h"

namespace meshfn::schema {

namespace {

using diagnostic::Diagnostic;

Diagnostic& add(std::vector<Diagnostic>& problems, Finding finding, source::Location where,
                std::string message) {
  const diagnostic::Rule& rule = rule_of(finding);
  Diagnostic& problem = problems.emplace_back();
  problem.rule = &rule;
  problem.severity = rule.severity;
  problem.message = std::move(message);
  problem.where = where;
  return problem;
}

std::string join_versions(const std::vector<Version>& versions, Channel channel) {
  std::string text;
  for (const Version& version : versions) {
    if (!version.served || (version.experimental && channel == Channel::standard)) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("`{}`", version.name);
  }
  return text;
}

/// The versions to move to; all of them when every one is deprecated.
std::vector<Version> without_deprecated(const std::vector<Version>& versions) {
  std::vector<Version> current = versions;
  std::erase_if(current, [](const Version& version) { return version.deprecated; });
  return join_versions(current, Channel::experimental).empty() ? versions : current;
}

/// The first text in backquotes; empty when there is none.
std::string_view quoted_in(std::string_view text) {
  const std::size_t begin = text.find('`');
  const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
  return end == std::string_view::npos ? std::string_view()
                                       : text.substr(begin + 1, end - begin - 1);
}

void check_version(yaml::Node api_version, const KindSchema& kind,
                   std::vector<Diagnostic>& problems, Channel channel) {
  const Version& version = kind.version;
  if (!version.served) {
    auto& problem = add(problems, Finding::unserved_version, api_version.where(),
                        fmt::format("{} is not served in version `{}`", kind.kind, version.name));
    const std::string served = join_versions(kind.versions, channel);
    const std::string_view channel_hint =
        version.experimental ? "only the experimental channel serves it" : "";
    problem.help = served.empty() ? std::string(channel_hint)
                                  : fmt::format("{}{}served: {}", channel_hint,
                                                channel_hint.empty() ? "" : "; ", served);
  } else if (version.deprecated) {
    auto& problem =
        add(problems, Finding::deprecated_version, api_version.where(),
            fmt::format("version `{}` of {} is deprecated", version.name, kind.kind))
            .with_help(version.replacement.empty()
                           ? fmt::format("served: {}",
                                         join_versions(without_deprecated(kind.versions), channel))
                           : fmt::format("use {}", version.replacement));
    const std::string_view instead = quoted_in(version.replacement);
    if (instead.find('/') == std::string_view::npos) return;
    problem.with_fix(
        {fmt::format("write `{}`", instead), {{api_version.where(), std::string(instead)}}});
  }
}

/// Reports a version that is not in the CRDs of the cluster's Istio yet.
void check_release(yaml::Node api_version, const KindSchema& kind,
                   std::vector<Diagnostic>& problems, config::IstioRelease istio) {
  const Version& version = kind.version;
  if (version.since <= istio) return;
  auto& problem =
      add(problems, Finding::newer_istio, api_version.where(),
          fmt::format("{} has version `{}` from Istio {} on, and the cluster runs {}", kind.kind,
                      version.name, to_string(version.since), to_string(istio)));
  for (const Version& older : kind.versions) {
    if (!older.served || older.since > istio) continue;
    const std::string instead = fmt::format("{}/{}", kind.group, older.name);
    problem.with_help(fmt::format("use `{}`", instead))
        .with_fix({fmt::format("write `{}`", instead), {{api_version.where(), instead}}});
    return;
  }
}

/// Groups of which every kind is in the tables; in Kubernetes' own we know only some.
bool is_complete(std::string_view group) {
  return group.ends_with("istio.io") || group.ends_with("linkerd.io") ||
         group.starts_with("gateway.networking.");
}

void suggest_edit(Diagnostic& problem, yaml::Node where, std::string_view text,
                  std::string_view word) {
  problem.help = fmt::format("did you mean `{}`?", word);
  problem.fix =
      diagnostic::Fix{fmt::format("write `{}`", word), {{where.where(), std::string(text)}}, true};
}

/// What took the place of a group that Istio has given up; empty for other groups.
std::string_view successor_of_group(std::string_view group) {
  if (group == "rbac.istio.io") return "an AuthorizationPolicy of security.istio.io";
  if (group == "authentication.istio.io") {
    return "a PeerAuthentication or RequestAuthentication of security.istio.io";
  }
  return group == "config.istio.io" ? "a Telemetry, AuthorizationPolicy or WasmPlugin" : "";
}

/// A kind or version that the tables lack, in a group that they have.
Coverage unknown(yaml::Node root, const Catalogue& catalogue, std::vector<Diagnostic>& problems) {
  const yaml::Node api_version = root.find("apiVersion");
  const yaml::Node kind = root.find("kind");
  const auto [group, version] = split_api_version(api_version.text());
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> groups;
  const auto& all = catalogue.kinds();
  for (const KindInfo& info : all) {
    if (groups.empty() || groups.back() != info.group) groups.push_back(info.group);
    const bool complete = !info.user_defined;
    if (info.group == group && complete) kinds.push_back(info.kind);
    if (info.group != group || info.kind != kind.text()) continue;
    add(problems, Finding::unserved_version, api_version.where(),
        fmt::format("{} has no version `{}`", kind.text(), version))
        .with_help(fmt::format("served: {}", join_versions(info.versions, catalogue.channel())));
    return Coverage::unknown_kind;
  }
  if (kinds.empty() && !successor_of_group(group).empty()) {
    add(problems, Finding::unknown_kind, api_version.where(),
        fmt::format("Istio no longer has the API group `{}`", group))
        .with_help(fmt::format("write {} instead", successor_of_group(group)));
    return Coverage::unknown_kind;
  }
  if (kinds.empty()) {
    const std::string_view near = suggest(group, groups);
    if (near.empty() || near == group || !is_complete(near)) return Coverage::not_known;
    auto& problem = add(problems, Finding::unknown_kind, api_version.where(),
                        fmt::format("there is no API group `{}`", group));
    suggest_edit(problem, api_version, fmt::format("{}/{}", near, version), near);
    return Coverage::unknown_kind;
  }
  const std::string_view near = closest(kind.text(), kinds);
  if (near.empty() && !is_complete(group)) return Coverage::not_known;
  auto& problem =
      add(problems, Finding::unknown_kind, kind.where(),
          fmt::format("there is no kind `{}` in `{}`", kind.text(), group.empty() ? "v1" : group));
  if (!near.empty()) {
    suggest_edit(problem, kind, near, near);
    return Coverage::unknown_kind;
  }
  for (const KindInfo& info : all) {
    if (info.kind == kind.text())
      problem.help = fmt::format("`{}` is a kind of `{}`", info.kind, info.group);
  }
  return Coverage::unknown_kind;
}

/// Checks `root` as the field at `path` of an IstioOperator, the one kind whose table speaks of the
/// mesh's settings.
void check_settings(yaml::Node root, std::initializer_list<std::string_view> path,
                    Catalogue& catalogue, std::vector<Diagnostic>& problems) {
  const KindSchema* kind = catalogue.find("install.istio.io/v1alpha1", "IstioOperator");
  const Type* type = kind == nullptr ? nullptr : kind->root;
  for (const std::string_view name : path) {
    const Field* const field = type == nullptr ? nullptr : type->field(name);
    type = field == nullptr ? nullptr : field->type;
  }
  if (type == nullptr) return;
  const CheckOptions options;
  Checker(*kind, problems, options).run(root, *type);
}

/// What objects of a kind may be called.
Format name_format(const KindSchema& kind) {
  // Names of roles are anything that fits into a path; profiles have a rule of their own.
  if (kind.group == "rbac.authorization.k8s.io" || kind.kind == "ServiceProfile") {
    return Format::none;
  }
  const bool label = kind.group.empty() && (kind.kind == "Namespace" || kind.kind == "Service");
  return label ? Format::label_name : Format::subdomain;
}

}  // namespace

diagnostic::Diagnostic& Checker::report(Finding finding, source::Location where,
                                        std::string message) {
  return add(problems_, finding, where, std::move(message));
}

void Checker::name(yaml::Node name) {
  const Format format = name_format(kind_);
  const std::string_view text = name.text();
  if (!name.is_scalar() || text.empty()) return;
  const bool digit = kind_.kind == "Service" && text[0] >= '0' && text[0] <= '9';
  if (has_format(text, format) && !digit) return;
  report(Finding::bad_text, name.where(),
         fmt::format("`{}` cannot be the name of a {}", text, kind_.kind))
      .with_help(digit ? "a Service's name begins with a letter"
                       : fmt::format("write {}", describe(format)));
}

void Checker::run(yaml::Node root) {
  if (kind_.root == nullptr) return;
  value(root, *kind_.root, root.find_key("kind"), options_.old);
  const yaml::Node metadata = root.find("metadata");
  if (metadata && !metadata.is_mapping()) return;  // reported by its type
  name(metadata.find("name"));
  if (metadata.find("name") || metadata.find("generateName")) return;
  const yaml::Node anchor = metadata ? root.find_key("metadata") : root.find_key("kind");
  report(Finding::missing_field, (anchor ? anchor : root).where(),
         fmt::format("{} needs a name (`metadata.name`)", kind_.kind));
}

bool Checker::value(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old) {
  bool fine = true;
  switch (type.base) {
    case Base::any:
      break;
    case Base::object:
      fine = object(node, type, anchor, old);
      break;
    case Base::map:
      fine = node.is_mapping() ? map(node, type, old) : wrong_type(node, type);
      break;
    case Base::list:
      fine = node.is_sequence() ? list(node, type, old) : wrong_type(node, type);
      break;
    case Base::string:
    case Base::integer:
    case Base::number:
    case Base::boolean:
    case Base::int_or_string:
      fine = scalar(node, type);
      break;
  }
  if (fine && !type.values.empty()) fine = allowed(node, type);
  if (!fine) return false;
  if (!type.alternatives.empty()) fine = alternatives(node, type, anchor);
  for (const Constraint& rule : type.constraints) constraint(node, type, rule, anchor);
  if (fine && !type.validations.empty()) validations(node, type, anchor, old);
  return fine;
}

void check(yaml::Node root, const KindSchema& kind, std::vector<Diagnostic>& problems,
           const CheckOptions& options) {
  Checker(kind, problems, options).run(root);
}

void check_mesh_config(yaml::Node root, Catalogue& catalogue, std::vector<Diagnostic>& problems) {
  check_settings(root, {"spec", "meshConfig"}, catalogue, problems);
}

void check_proxy_config(yaml::Node root, Catalogue& catalogue, std::vector<Diagnostic>& problems) {
  check_settings(root, {"spec", "meshConfig", "defaultConfig"}, catalogue, problems);
}

void learn_crd(yaml::Node root, Catalogue& catalogue, std::vector<Diagnostic>& problems) {
  const yaml::Node spec = root.find("spec");
  if (catalogue.has_kind(spec.find("group").text(), spec.at("names", "kind").text())) return;
  source::Location where;
  const auto added = catalogue.add_crd(root, where);
  if (!added) add(problems, Finding::unusable_crd, where, added.error().message);
}

Coverage check_document(yaml::Node root, Catalogue& catalogue, std::vector<Diagnostic>& problems,
                        const CheckOptions& options) {
  const yaml::Node api_version = root.find("apiVersion");
  const yaml::Node kind_name = root.find("kind");
  const bool named = api_version && api_version.is_scalar() && kind_name && kind_name.is_scalar();
  if (!named || api_version.is_null() || kind_name.is_null()) return Coverage::no_object;
  const KindSchema* kind = catalogue.find(api_version.text(), kind_name.text());
  if (kind == nullptr) return unknown(root, catalogue, problems);
  check_version(api_version, *kind, problems, catalogue.channel());
  if (options.istio) check_release(api_version, *kind, problems, *options.istio);
  check(root, *kind, problems, options);
  return Coverage::checked;
}

}  // namespace meshfn::schema
