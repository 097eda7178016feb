#include "schema/crd.h"

#include "base/str.h"
#include "catch.h"
#include "schema/check.h"
#include "support/tree.h"

namespace meshfn::schema {

namespace {

constexpr std::string_view kCrd = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cats.example.com}
spec:
  group: example.com
  names: {kind: Cat, plural: cats}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [name]
            properties:
              name: {type: string, maxLength: 5}
              colour: {type: string, enum: [black, white], default: black}
              lives: {type: integer, minimum: 1, exclusiveMinimum: true, maximum: 9}
              toys:
                type: array
                x-kubernetes-list-type: set
                items: {type: string}
              owner:
                oneOf:
                - required: [person]
                - required: [house]
                type: object
                properties:
                  person: {type: string}
                  house: {type: string}
              extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
            x-kubernetes-validations:
            - rule: self.colour != 'white' || self.name != 'Tom'
              messageExpression: "'no white ' + self.name"
              fieldPath: .colour
            - rule: '!has(oldSelf.lives) || !has(self.lives) || self.lives <= oldSelf.lives'
              message: lives only go down
)";

struct Cats {
  Cats() : crd(std::string(kCrd)) {
    const auto added = catalogue.add_crd(crd.root());
    INFO((added ? "" : added.error().message));
    REQUIRE(added.has_value());
  }

  std::vector<std::string> check(const std::string& spec, const std::string& old = {}) {
    const std::string head = "apiVersion: example.com/v1\nkind: Cat\nmetadata: {name: a}\nspec: ";
    test::ReadText read(head + spec);
    test::ReadText before(head + old);
    CheckOptions options;
    if (!old.empty()) options.old = before.root();
    std::vector<diagnostic::Diagnostic> problems;
    check_document(read.root(), catalogue, problems, options);
    std::vector<std::string> lines;
    const auto places = test::places(problems);
    for (std::size_t i = 0; i < problems.size(); ++i)
      lines.push_back(places[i] + " " + problems[i].message);
    return lines;
  }

  test::ReadText crd;
  Catalogue catalogue;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a user's CRD is checked like a built-in kind", "[schema]") {
  Cats cats;
  CHECK(cats.check("{name: Tom}") == Lines());
  CHECK(cats.check("{name: Thomas}").size() == 1);
  CHECK(cats.check("{nmae: Tom}").size() == 2);
  CHECK(cats.check("{name: Tom, lives: 1}") ==
        Lines{"MF0106 4:26 `1` is out of range: 1 to 9, the limit itself excluded"});
  CHECK(cats.check("{name: Tom, toys: [ball, mouse, ball]}").size() == 1);
  CHECK(cats.check("{name: Tom, extra: {any: [thing]}}") == Lines());
}

TEST_CASE("alternatives of a CRD are judged by how many forms fit", "[schema]") {
  Cats cats;
  CHECK(cats.check("{name: Tom, owner: {person: Ann}}") == Lines());
  CHECK(cats.check("{name: Tom, owner: {person: Ann, house: here}}").size() == 1);
  CHECK(cats.check("{name: Tom, owner: {}}").size() == 1);
  // A null is dropped before the forms are counted.
  CHECK(cats.check("{name: Tom, owner: {person: null}}").size() == 1);
  CHECK(cats.check("{name: Tom, owner: {person: Ann, house: null}}") == Lines());
}

TEST_CASE("expressions of a CRD make their own message and name their field", "[schema]") {
  Cats cats;
  CHECK(cats.check("{name: Tom, colour: white}") == Lines{"MF0110 4:27 no white Tom"});
  CHECK(cats.check("{name: Tom, lives: 5}", "{name: Tom, lives: 4}") ==
        Lines{"MF0110 4:1 lives only go down"});
  CHECK(cats.check("{name: Tom, lives: 3}", "{name: Tom, lives: 4}") == Lines());
}

TEST_CASE("a CRD whose expression does not compile is refused with its place", "[schema]") {
  std::string text(kCrd);
  text.replace(text.find("self.colour !="), 11, "self.color ");
  test::ReadText read(text);
  Catalogue catalogue;
  const auto added = catalogue.add_crd(read.root());
  REQUIRE_FALSE(added.has_value());
  CHECK(
      added.error().message ==
      "test.yaml:38:21: a rule of Cat v1 does not compile: self.color  != 'white' || self.name != "
      "'Tom': there is no field `color`; did you mean `colour`?");
}

TEST_CASE("something else than a CRD is refused", "[schema]") {
  test::ReadText read("apiVersion: v1\nkind: Service\n");
  Catalogue catalogue;
  CHECK_FALSE(catalogue.add_crd(read.root()).has_value());
}

TEST_CASE("CRDs are loaded from a file or a directory", "[schema]") {
  const MemoryFiles files(
      {{"crds/cat.yaml", std::string(kCrd)},
       {"list.yaml", "kind: List\nitems:\n- " + str::replace_all(kCrd, "\n", "\n  ") + "\n"},
       {"crds/readme.txt", "not: [yaml"},
       {"crds/other.yaml", "kind: Namespace\n"},
       {"broken.yaml", "a: [\n"}});
  Catalogue catalogue;
  REQUIRE(load_crds(files, "crds", catalogue).has_value());
  CHECK(catalogue.find("example.com/v1", "Cat") != nullptr);
  CHECK(catalogue.kinds().front().group.empty());
  CHECK(load_crds(files, "crds/cat.yaml", catalogue).has_value());
  CHECK(load_crds(files, "crds/other.yaml", catalogue).error().message ==
        "crds/other.yaml: no CustomResourceDefinition");
  CHECK(load_crds(files, "list.yaml", catalogue).has_value());
  CHECK_FALSE(load_crds(files, "broken.yaml", catalogue).has_value());
  CHECK_FALSE(load_crds(files, "missing.yaml", catalogue).has_value());
}

TEST_CASE("a user's CRD takes the place of a built-in kind", "[schema]") {
  std::string text(kCrd);
  text.replace(text.find("group: example.com"), 18, "group: networking.istio.io");
  text.replace(text.find("kind: Cat,"), 10, "kind: Sidecar,");
  test::ReadText read(text);
  Catalogue catalogue;
  REQUIRE(catalogue.find("networking.istio.io/v1", "Sidecar") != nullptr);
  REQUIRE(catalogue.add_crd(read.root()).has_value());
  CHECK(catalogue.find("networking.istio.io/v1", "Sidecar")->user_defined);
  CHECK(catalogue.find("networking.istio.io/v1alpha3", "Sidecar") == nullptr);
}

}  // namespace meshfn::schema
