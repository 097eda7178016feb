// No field is lost in silence: every field of every kind that routing reads is in
// tests/render/fields, and a rendering without it either differs or had listed it as lost.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "render/rendering.h"
#include "routing/loaded.h"
#include "schema/catalogue.h"
#include "support/golden.h"
#include "support/paths.h"
#include "yaml/reader.h"
#include "yaml/value.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using yaml::Node;
using yaml::Value;

constexpr const char* kFiles[] = {"istio", "gateway-api", "linkerd"};
constexpr const char* kTargets[] = {"istio", "gateway-api", "linkerd", "envoy"};

/// One text of tests/render/fields, read.
struct Fields {
  explicit Fields(std::string_view name)
      : text(routing::contents(
            fmt::format("{}/tests/render/fields/{}.yaml", test::source_dir(), name))),
        file(std::string(name) + ".yaml", text) {
    std::vector<diagnostic::Diagnostic> problems;
    tree = yaml::read(file, problems);
    REQUIRE(problems.empty());
  }

  std::string text;
  source::File file;
  std::unique_ptr<yaml::Tree> tree;
};

/// A place on the way to a field. A loss of a whole object or item is not taken for one of each
/// field, unless requests go elsewhere or it says that nothing is left.
struct Above {
  source::Span span;
  bool whole = false;
};

/// A scalar and the way to it.
struct Leaf {
  std::size_t document = 0;
  std::vector<std::string> path;  ///< keys, and numbers of items
  std::vector<Above> above;       ///< its own place last
};

/// Whether a field says what is meant without it, or which of its neighbours counts.
bool is_redundant(const schema::Type* type, const yaml::Entry& entry) {
  if (type == nullptr) return false;
  const schema::Field* field = type->field(entry.key.text());
  if (field == nullptr) return false;
  if (field->fallback.is_scalar() && field->fallback.text() == entry.value.text()) return true;
  return std::any_of(type->constraints.begin(), type->constraints.end(), [&](const auto& one) {
    return one.kind == schema::Constraint::Kind::variant && one.words.front() == field->name;
  });
}

const schema::Type* type_of(const schema::Type* type, std::string_view key) {
  if (type == nullptr || type->base == schema::Base::map) {
    return type == nullptr ? nullptr : type->element;
  }
  const schema::Field* field = type->field(key);
  return field == nullptr ? nullptr : field->type;
}

void collect(Node node, const schema::Type* type, Leaf at, std::vector<Leaf>& out) {
  const bool item =
      !at.path.empty() && at.path.back().find_first_not_of("0123456789") == std::string::npos;
  at.above.push_back({node.span(), item && !node.is_scalar()});
  if (node.is_scalar()) {
    out.push_back(std::move(at));
    return;
  }
  for (const yaml::Entry entry : node.entries()) {
    if (is_redundant(type, entry)) continue;
    Leaf inner = at;
    inner.path.emplace_back(entry.key.text());
    inner.above.push_back({entry.key.span(), false});
    collect(entry.value, type_of(type, entry.key.text()), std::move(inner), out);
  }
  for (std::uint32_t i = 0; i < node.size() && node.is_sequence(); ++i) {
    Leaf inner = at;
    inner.path.push_back(fmt::format("{}", i));
    collect(node.item(i), type == nullptr ? nullptr : type->element, std::move(inner), out);
  }
}

/// What is there for others to refer to, or to be kept out by them.
bool is_context(Node root) {
  const std::string_view kind = root.find("kind").text();
  return kind == "Service" || kind == "Namespace" ||
         root.at("metadata", "name").text().starts_with("decoy-");
}

/// Scalars of every spec, and the annotations.
std::vector<Leaf> leaves_of(const Fields& fields) {
  std::vector<Leaf> out;
  schema::Catalogue catalogue;
  const auto& documents = fields.tree->documents();
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Node root = documents[i].root;
    const auto* schema = catalogue.find(root.find("apiVersion").text(), root.find("kind").text());
    const Above whole{root.at("metadata", "name").span(), true};
    if (!is_context(root)) {
      collect(root.find("spec"), schema->root->field("spec")->type, {i, {"spec"}, {whole}}, out);
    }
    const Node annotations = root.at("metadata", "annotations");
    if (annotations) {
      collect(annotations, nullptr, {i, {"metadata", "annotations"}, {whole}}, out);
    }
  }
  return out;
}

void remove(Value& value, const std::vector<std::string>& path, std::size_t depth = 0) {
  const bool last = depth + 1 == path.size();
  if (value.is_list()) {
    const auto index = static_cast<std::ptrdiff_t>(std::stoul(path[depth]));
    if (last) {
      value.items().erase(value.items().begin() + index);
    } else {
      remove(*(value.items().begin() + index), path, depth + 1);
    }
    return;
  }
  if (last) {
    value.erase(path[depth]);
  } else {
    remove(*value.find(path[depth]), path, depth + 1);
  }
}

std::string without(const Fields& fields, const Leaf& leaf) {
  std::string out;
  const auto& documents = fields.tree->documents();
  for (std::size_t i = 0; i < documents.size(); ++i) {
    Value value = Value::from(documents[i].root);
    if (i == leaf.document) remove(value, leaf.path);
    out += "---\n" + yaml::write(value);
  }
  return out;
}

/// Whether the rule that the leaf belongs to is left out as a whole: a condition of it is lost.
bool is_left_out(const Leaf& leaf, const Loss& loss) {
  if (loss.aspect != Aspect::taken || loss.severity != Severity::error) return false;
  const auto rule = std::find_if(leaf.above.begin() + 1, leaf.above.end(),
                                 [](const Above& one) { return one.whole; });
  return rule != leaf.above.end() && rule->span.begin <= loss.where.span.begin &&
         loss.where.span.end <= rule->span.end;
}

bool is_listed(const Leaf& leaf, const std::vector<Loss>& losses) {
  return std::any_of(losses.begin(), losses.end(), [&](const Loss& loss) {
    if (is_left_out(leaf, loss)) return true;
    const bool all = loss.severity == Severity::error ||
                     loss.message.find("is not converted") != std::string::npos ||
                     loss.message.find("no Istio resource") != std::string::npos;
    return std::any_of(leaf.above.begin(), leaf.above.end(), [&](const Above& one) {
      return (all || !one.whole) && one.span.begin == loss.where.span.begin &&
             one.span.end == loss.where.span.end;
    });
  });
}

/// The output, or why there is none.
std::string output_of(const std::string& text, std::string_view target, Rendered* out = nullptr) {
  const auto input = Input::read({{"in.yaml", text}}, {}, {});
  if (!input) return input.error().message;
  auto rendered = find_target(target)->run((*input)->source(), {});
  if (!rendered) return rendered.error().message;
  std::string all = joined(*rendered);
  if (out == nullptr) return all;
  // What the mesh itself passes over is told by notes.
  for (const routing::Note& note : (*input)->table().notes) {
    rendered->losses.push_back({note.message, note.where, Severity::warning});
  }
  // The places point into the text that was read.
  for (Loss& loss : rendered->losses) loss.where.file = nullptr;
  *out = std::move(*rendered);
  return all;
}

std::vector<std::string> silent(const Fields& fields, std::string_view target) {
  std::vector<std::string> out;
  Rendered rendered;
  const std::string whole = output_of(fields.text, target, &rendered);
  for (const Leaf& leaf : leaves_of(fields)) {
    if (is_listed(leaf, rendered.losses)) continue;
    if (output_of(without(fields, leaf), target) != whole) continue;
    const Node kind = fields.tree->documents()[leaf.document].root.find("kind");
    out.push_back(fmt::format("{} {}", kind.text(), str::join(leaf.path, ".")));
  }
  return out;
}

/// Fields of a type that several places share are looked for in any one of them.
std::string place(const schema::Type& type, const std::string& path) {
  return type.name.empty() || type.fields.empty() ? path : std::string(type.name);
}

/// Paths of all scalars that `type` may hold; the entries of a map are `*`.
void list_fields(const schema::Type& type, const std::string& from, std::set<std::string>& out) {
  const std::string path = place(type, from);
  if (type.element != nullptr) {
    list_fields(*type.element, type.base == schema::Base::map ? path + ".*" : path, out);
    return;
  }
  for (const schema::Field& field : type.fields) {
    list_fields(*field.type, path + "." + std::string(field.name), out);
  }
  if (type.fields.empty()) out.insert(path);
}

/// Those of `node`.
void list_present(const schema::Type& type, Node node, const std::string& from,
                  std::set<std::string>& out) {
  const std::string path = place(type, from);
  if (type.base == schema::Base::map) {
    for (const yaml::Entry entry : node.entries()) {
      list_present(*type.element, entry.value, path + ".*", out);
    }
  } else if (type.element != nullptr) {
    for (const Node item : node.items()) list_present(*type.element, item, path, out);
  } else if (type.fields.empty()) {
    out.insert(path);
  }
  for (const schema::Field& field : type.fields) {
    if (const Node value = node.find(field.name)) {
      list_present(*field.type, value, path + "." + std::string(field.name), out);
    }
  }
}

}  // namespace

TEST_CASE("the files of fields know every field of their kinds", "[render][fields]") {
  schema::Catalogue catalogue;
  std::set<std::string> known;
  std::set<std::string> present;
  for (const char* name : kFiles) {
    const Fields fields(name);
    for (const yaml::Document& document : fields.tree->documents()) {
      const std::string_view version = document.root.find("apiVersion").text();
      const std::string_view kind = document.root.find("kind").text();
      if (is_context(document.root)) continue;
      const auto* schema = catalogue.find(version, kind);
      REQUIRE(schema != nullptr);
      const auto* spec = schema->root->field("spec");
      const std::string path = fmt::format("{}/{}", version, kind);
      list_fields(*spec->type, path, known);
      list_present(*spec->type, document.root.find("spec"), path, present);
    }
  }
  std::vector<std::string> missing;
  std::set_difference(known.begin(), known.end(), present.begin(), present.end(),
                      std::back_inserter(missing));
  CHECK(str::join(missing, "\n") == "");
}

TEST_CASE("what a rendering leaves out is listed as lost", "[render][fields]") {
  // What is silent all the same is pinned, and may only become shorter: what says the default,
  // parts of what is listed as lost elsewhere, and annotations that stay on their Service.
  std::string text;
  std::string elsewhere;
  for (const char* name : kFiles) {
    const Fields fields(name);
    for (const char* target : kTargets) {
      for (const std::string& one : silent(fields, target)) {
        text += fmt::format("{} to {}: {}\n", name, target, one);
        // Linkerd's annotations of a Service stay where they are.
        if (std::string_view(name) != target) elsewhere += one + "\n";
      }
    }
  }
  CHECK(testing::matches_file("tests/render/fields/silent.txt", text));
  for (const char* field :
       {"statPrefix", "destinationSubnets", "retryRemoteLocalities", "sessionPersistence",
        "timeout.linkerd.io/response", "timeout.linkerd.io/idle", "balancer.linkerd.io/"}) {
    CHECK(elsewhere.find(field) == elsewhere.npos);
  }
}

}  // namespace meshfn::render
