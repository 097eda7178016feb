// The built-in tables against the CRDs that their facts come from: two independent readings of one
// schema must be equal, field by field.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "catch.h"
#include "schema/crd.h"
#include "schema/shared.h"
#include "schema/table.h"

namespace meshfn::schema {

namespace {

using test::ReadFile;

/// Places where a table says the same in another way, or more than the CRD.
const std::vector<std::string> kDifferent = {
    // A table's port or duration says what the CRD says in CEL.
    "minimum",
    "maximum",
    "format",
};

class Comparison {
 public:
  std::vector<std::string> found;

  void types(const Type* ours, const Type* theirs, const std::string& path) {
    if (ours == nullptr || theirs == nullptr) {
      if (ours != theirs && theirs != nullptr && theirs->base != Base::any)
        differ(path, "there", "not there");
      return;
    }
    if (!seen_.insert({ours, theirs}).second) return;
    bases(*ours, *theirs, path);
    if (ours->nullable != theirs->nullable)
      differ(path + " nullable", ours->nullable, theirs->nullable);
    sizes(*ours, *theirs, path);
    patterns(*ours, *theirs, path);
    std::vector<std::string_view> a = ours->values;
    std::vector<std::string_view> b = theirs->values;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a != b)
      differ(path + " values", fmt::format("{}", fmt::join(a, "|")),
             fmt::format("{}", fmt::join(b, "|")));
    if (ours->list_type != theirs->list_type || ours->keys != theirs->keys)
      differ(path + " list", "", "");
    types(ours->element, theirs->element, path + "[]");
    fields(*ours, *theirs, path);
  }

 private:
  void differ(const std::string& path, std::string_view ours, std::string_view theirs) {
    found.push_back(fmt::format("{}: {} / {}", path, ours, theirs));
  }

  void differ(const std::string& path, double ours, double theirs) {
    found.push_back(fmt::format("{}: {} / {}", path, ours, theirs));
  }

  void bases(const Type& ours, const Type& theirs, const std::string& path) {
    const bool open =
        ours.base == Base::object && ours.open && ours.fields.empty() && theirs.base == Base::any;
    const bool number = ours.base == Base::integer && theirs.base == Base::int_or_string;
    if (ours.base != theirs.base && !open && !number)
      differ(path, describe(ours.base), describe(theirs.base));
  }

  void sizes(const Type& ours, const Type& theirs, const std::string& path) {
    if (ours.min_size != theirs.min_size)
      differ(path + " at least", ours.min_size, theirs.min_size);
    if (ours.max_size != theirs.max_size) differ(path + " at most", ours.max_size, theirs.max_size);
    // A table's `port` says what some CRDs say in CEL.
    const bool port = ours.minimum == 1.0 && ours.maximum == 65535.0 && !theirs.validations.empty();
    if (port) return;
    if (ours.minimum != theirs.minimum)
      differ(path + " minimum", ours.minimum.value_or(-1), theirs.minimum.value_or(-1));
    if (ours.maximum != theirs.maximum)
      differ(path + " maximum", ours.maximum.value_or(-1), theirs.maximum.value_or(-1));
  }

  void patterns(const Type& ours, const Type& theirs, const std::string& path) {
    const std::string a = ours.pattern == nullptr ? "" : ours.pattern->expression();
    const std::string b = theirs.pattern == nullptr ? "" : theirs.pattern->expression();
    if (a != b) differ(path + " pattern", a, b);
    const bool said_in_cel = ours.format == Format::mesh_duration || ours.format == Format::uint32;
    const bool wide = theirs.format == Format::int64 || ours.format == Format::int32;
    if (ours.format != theirs.format && !said_in_cel && !wide) {
      differ(path + " format", describe(ours.format), describe(theirs.format));
    }
  }

  void fields(const Type& ours, const Type& theirs, const std::string& path) {
    for (const Field& field : theirs.fields) {
      const std::string below = path + "." + std::string(field.name);
      if (below == ".metadata" || below == ".status") continue;
      const Field* own = ours.field(field.name);
      if (own == nullptr) {
        const bool pointless = theirs.base == Base::list;  // `required` of a list has no effect
        if (!pointless) differ(below, "not there", "there");
        continue;
      }
      if (own->required != field.required)
        differ(below + " required", own->required, field.required);
      const auto text = [](yaml::Node node) {
        return node && node.is_scalar() ? node.text() : std::string_view();
      };
      if (static_cast<bool>(own->fallback) != static_cast<bool>(field.fallback) ||
          text(own->fallback) != text(field.fallback)) {
        differ(below + " default", text(own->fallback), text(field.fallback));
      }
      types(own->type, field.type, below);
    }
    for (const Field& own : ours.fields) {
      if (theirs.field(own.name) == nullptr && theirs.base == Base::object &&
          path + std::string(own.name) != "status") {
        differ(path + "." + std::string(own.name), "there", "not there");
      }
    }
  }

  std::set<std::pair<const Type*, const Type*>> seen_;
};

void compare(const std::string& path, Channel channel) {
  const table::Index index(table::texts());
  const ReadFile read(path);
  for (const yaml::Document& document : read.tree->documents()) {
    if (document.root.find("kind").text() != "CustomResourceDefinition") continue;
    source::Location where;
    const auto schemas = read_crd(document.root, where);
    INFO((schemas ? "" : schemas.error().message));
    REQUIRE(schemas.has_value());
    for (const auto& theirs : *schemas) {
      const auto ours =
          table::read(index, theirs->group, theirs->version.name, theirs->kind, channel);
      INFO(theirs->api_version() << " " << theirs->kind);
      REQUIRE(ours != nullptr);
      Comparison comparison;
      comparison.types(ours->root, theirs->root, "");
      CHECK(comparison.found == std::vector<std::string>());
      CHECK(ours->scope == theirs->scope);
      CHECK(ours->status_apart == theirs->status_apart);
      CHECK(ours->version.served == theirs->version.served);
      CHECK(ours->version.stored == theirs->version.stored);
      CHECK(ours->version.deprecated == theirs->version.deprecated);
    }
  }
}

void compare_folder(const std::string& folder, Channel channel) {
  if (!test::have_shared("lint/README.md")) return;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::shared_lint("crds/" + folder))) {
    compare(entry.path().string(), channel);
  }
}

}  // namespace

TEST_CASE("the Istio tables say what its CRDs say", "[schema][agreement]") {
  if (test::have_shared("lint/crds/istio.yaml"))
    compare(test::shared_lint("crds/istio.yaml"), Channel::experimental);
}

TEST_CASE("the Gateway API tables say what its CRDs say", "[schema][agreement]") {
  compare_folder("gwapi-standard", Channel::standard);
  compare_folder("gwapi-experimental", Channel::experimental);
}

TEST_CASE("the Linkerd tables say what its CRDs say", "[schema][agreement]") {
  compare_folder("linkerd", Channel::experimental);
}

}  // namespace meshfn::schema
