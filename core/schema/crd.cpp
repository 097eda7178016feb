#include "schema/crd.h"

#include <fmt/format.h>

#include <algorithm>

#include "yaml/scalar.h"

namespace meshfn::schema {

namespace {

bool is_true(yaml::Node node) {
  return node && node.is_scalar() && yaml::to_bool(node.text()).value_or(false);
}

std::optional<double> number(yaml::Node node) {
  return node && node.is_scalar() ? yaml::to_double(node.text()) : std::nullopt;
}

class SchemaReader {
 public:
  explicit SchemaReader(KindSchema& kind) : kind_(kind) {}

  /// `outer` is the type that a branch of oneOf and its like adds to.
  const Type* read(yaml::Node node, bool branch = false) {
    Type& type = kind_.store.type();
    base(node, type, branch);
    limits(node, type);
    for (const yaml::Node value : node.find("enum").items())
      type.values.push_back(keep(value.text()));
    if (const yaml::Node pattern = node.find("pattern"))
      type.pattern = &kind_.store.pattern(pattern.text());
    if (const yaml::Node format = node.find("format")) type.format = format_named(format.text());
    if (type.base == Base::any && type.format != Format::none) type.base = Base::string;
    type.nullable = is_true(node.find("nullable"));
    type.embedded = is_true(node.find("x-kubernetes-embedded-resource"));
    list_type(node, type);
    fields(node, type, branch);
    rules(node, type);
    alternatives(node, type);
    return &type;
  }

 private:
  std::string_view keep(std::string_view text) { return kind_.store.text(std::string(text)); }

  static Base base_of(yaml::Node node) {
    const std::string_view name = node.find("type").text();
    if (name == "array") return Base::list;
    if (name == "string") return Base::string;
    if (name == "integer") return Base::integer;
    if (name == "number") return Base::number;
    if (name == "boolean") return Base::boolean;
    if (name == "object")
      return node.find("additionalProperties").is_mapping() ? Base::map : Base::object;
    return Base::any;
  }

  void base(yaml::Node node, Type& type, bool branch) {
    type.base = base_of(node);
    if (is_true(node.find("x-kubernetes-int-or-string"))) type.base = Base::int_or_string;
    type.open = is_true(node.find("x-kubernetes-preserve-unknown-fields")) || branch;
    const bool shape = node.find("properties") || node.find("required");
    if (type.base == Base::any && shape) type.base = Base::object;
    const bool bare =
        type.base == Base::object && !node.find("properties") && !node.find("required");
    if (bare && type.open && !branch) type.base = Base::any;
    if (bare && is_true(node.find("additionalProperties"))) type.open = true;
    if (type.base == Base::map) type.element = read(node.find("additionalProperties"));
    if (const yaml::Node items = node.find("items")) type.element = read(items, branch);
  }

  static void size(yaml::Node node, std::string_view low, std::string_view high, Type& type) {
    if (const auto value = number(node.find(low)))
      type.min_size = static_cast<std::uint32_t>(*value);
    if (const auto value = number(node.find(high)))
      type.max_size = static_cast<std::uint32_t>(*value);
  }

  static void limits(yaml::Node node, Type& type) {
    type.minimum = number(node.find("minimum"));
    type.maximum = number(node.find("maximum"));
    type.exclusive_minimum = is_true(node.find("exclusiveMinimum"));
    type.exclusive_maximum = is_true(node.find("exclusiveMaximum"));
    type.multiple_of = number(node.find("multipleOf"));
    size(node, "minLength", "maxLength", type);
    size(node, "minItems", "maxItems", type);
    size(node, "minProperties", "maxProperties", type);
  }

  void list_type(yaml::Node node, Type& type) {
    const std::string_view name = node.find("x-kubernetes-list-type").text();
    if (name == "set" || is_true(node.find("uniqueItems"))) type.list_type = ListType::set;
    if (name != "map") return;
    type.list_type = ListType::map;
    for (const yaml::Node key : node.find("x-kubernetes-list-map-keys").items())
      type.keys.push_back(keep(key.text()));
  }

  void fields(yaml::Node node, Type& type, bool branch) {
    const yaml::Node required = node.find("required");
    const auto is_required = [&](std::string_view name) {
      for (const yaml::Node item : required.items()) {
        if (item.text() == name) return true;
      }
      return false;
    };
    for (const auto entry : node.find("properties").entries()) {
      Field field;
      field.name = keep(entry.key.text());
      field.type = read(entry.value, branch);
      field.required = is_required(field.name);
      if (const yaml::Node fallback = entry.value.find("default")) {
        const std::string_view source = fallback.tree()->file().slice(fallback.span());
        field.fallback = kind_.store.value(indented(source, fallback));
      }
      type.fields.push_back(field);
    }
    for (const yaml::Node item : required.items()) {
      const bool known = std::any_of(type.fields.begin(), type.fields.end(),
                                     [&](const Field& field) { return field.name == item.text(); });
      if (!known) type.fields.push_back({keep(item.text()), &kind_.store.type(), true, {}, {}});
    }
    type.index_fields();
  }

  /// A block collection cut out of its file keeps its columns.
  static std::string indented(std::string_view source, yaml::Node node) {
    const auto column = node.tree()->file().position(node.span().begin).column;
    return std::string(column - 1, ' ') + std::string(source);
  }

  void rules(yaml::Node node, Type& type) {
    for (const yaml::Node item : node.find("x-kubernetes-validations").items()) {
      Validation rule;
      rule.expression = keep(item.find("rule").text());
      rule.message = keep(item.find("message").text());
      rule.message_expression = keep(item.find("messageExpression").text());
      rule.field_path = keep(item.find("fieldPath").text());
      rule.reason = keep(item.find("reason").text());
      rule.optional_old_self = is_true(item.find("optionalOldSelf"));
      type.validations.push_back(rule);
    }
  }

  void alternatives(yaml::Node node, Type& type) {
    // The two forms that mark an int-or-string say nothing else.
    const bool marked = type.base == Base::int_or_string;
    using Kind = Alternatives::Kind;
    const std::pair<std::string_view, Kind> kinds[] = {
        {"allOf", Kind::all}, {"anyOf", Kind::any}, {"oneOf", Kind::one}};
    for (const auto& [name, kind] : kinds) {
      const yaml::Node group = node.find(name);
      if (!group || (marked && kind != Kind::one)) continue;
      Alternatives shapes{kind, {}};
      for (const yaml::Node shape : group.items()) shapes.shapes.push_back(read(shape, true));
      type.alternatives.push_back(std::move(shapes));
    }
    if (const yaml::Node shape = node.find("not")) {
      type.alternatives.push_back({Kind::none, {read(shape, true)}});
    }
  }

  KindSchema& kind_;
};

Version read_version(yaml::Node node, Store& store) {
  Version version;
  version.name = store.text(std::string(node.find("name").text()));
  version.served = !node.find("served") || is_true(node.find("served"));
  version.stored = is_true(node.find("storage"));
  version.deprecated = is_true(node.find("deprecated"));
  return version;
}

/// Adds what every object has, and the types that the API server itself imposes on it.
void complete_root(KindSchema& kind, const Type* read) {
  Type& root = const_cast<Type&>(*read);
  root.base = Base::object;
  std::erase_if(root.fields, [](const Field& field) {
    return field.name == "apiVersion" || field.name == "kind" || field.name == "metadata";
  });
  Type& text = kind.store.type();
  text.base = Base::string;
  Type& metadata = kind.store.type();
  metadata.base = Base::object;
  metadata.open = true;
  for (const std::string_view name : {"name", "generateName", "namespace"})
    metadata.fields.push_back({name, &text, false, {}, {}});
  metadata.index_fields();
  root.fields.push_back({"apiVersion", &text, true, {}, {}});
  root.fields.push_back({"kind", &text, true, {}, {}});
  root.fields.push_back({"metadata", &metadata, false, {}, {}});
  root.index_fields();
  kind.root = &root;
}

constexpr std::string_view kApi = "apiextensions.k8s.io/v1";

/// What is wrong with a CRD before its schemas are looked at, and where; empty when nothing is.
std::string find_mistake(yaml::Node root, source::Location& where) {
  where = root.where();
  if (root.find("kind").text() != "CustomResourceDefinition") {
    return "this is no CustomResourceDefinition";
  }
  if (const yaml::Node api = root.find("apiVersion"); api.text() != kApi) {
    if (api) where = api.where();
    return fmt::format("the CRD is of `{}`, and clusters take `{}` only", api.text(), kApi);
  }
  const yaml::Node spec = root.find("spec");
  where = spec ? root.find_key("spec").where() : root.find("kind").where();
  if (spec.at("names", "kind").text().empty()) return "the CRD does not name its kind";
  if (spec.find("group").text().empty()) return "the CRD does not name its group";
  if (spec.find("versions").size() == 0) return "the CRD has no versions";
  for (const yaml::Node version : spec.find("versions").items()) {
    where = version.where();
    if (version.find("name").text().empty()) return "a version of the CRD has no name";
    if (!version.at("schema", "openAPIV3Schema").is_mapping()) {
      return fmt::format("version `{}` of the CRD has no schema.openAPIV3Schema",
                         version.find("name").text());
    }
  }
  return {};
}

std::unique_ptr<KindSchema> read_version_schema(yaml::Node spec, yaml::Node version) {
  auto kind = std::make_unique<KindSchema>();
  kind->group = kind->store.text(std::string(spec.find("group").text()));
  kind->kind = kind->store.text(std::string(spec.at("names", "kind").text()));
  kind->scope = spec.find("scope").text() == "Cluster" ? Scope::cluster : Scope::namespaced;
  kind->user_defined = true;
  kind->status_apart = static_cast<bool>(version.at("subresources", "status"));
  for (const yaml::Node each : spec.find("versions").items()) {
    kind->versions.push_back(read_version(each, kind->store));
  }
  kind->version = read_version(version, kind->store);
  complete_root(*kind, SchemaReader(*kind).read(version.at("schema", "openAPIV3Schema")));
  return kind;
}

/// The expression below `schema` that `failure` quotes; nothing when it is quoted changed.
yaml::Node expression_of(yaml::Node schema, std::string_view failure) {
  for (const auto [key, value, merged] : schema.entries()) {
    const bool quoted =
        key.text() == "rule" && failure.find(value.text()) != std::string_view::npos;
    if (quoted && value.is_scalar()) return value;
    if (const yaml::Node deeper = expression_of(value, failure)) return deeper;
  }
  for (const yaml::Node item : schema.items()) {
    if (const yaml::Node deeper = expression_of(item, failure)) return deeper;
  }
  return {};
}

}  // namespace

Result<std::vector<std::unique_ptr<KindSchema>>> read_crd(yaml::Node root,
                                                          source::Location& where) {
  if (const std::string mistake = find_mistake(root, where); !mistake.empty()) {
    return fail(mistake, fmt::format("give CustomResourceDefinitions of {}", kApi));
  }
  const yaml::Node spec = root.find("spec");
  std::vector<std::unique_ptr<KindSchema>> schemas;
  for (const yaml::Node version : spec.find("versions").items()) {
    auto kind = read_version_schema(spec, version);
    const auto failures = kind->store.compile_rules();
    if (!failures.empty()) {
      const yaml::Node rule = expression_of(version, failures.front());
      where = (rule ? rule : version.find("name")).where();
      return fail(fmt::format("a rule of {} {} does not compile: {}", kind->kind,
                              kind->version.name, failures.front()));
    }
    schemas.push_back(std::move(kind));
  }
  return schemas;
}

}  // namespace meshfn::schema
