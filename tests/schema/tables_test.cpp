#include "catch.h"
#include "schema/table.h"

namespace meshfn::schema {

TEST_CASE("every kind of the tables is read without a mistake", "[schema]") {
  const table::Index index(table::texts());
  for (const Channel channel : {Channel::standard, Channel::experimental}) {
    for (const table::KindBlock& block : index.kinds) {
      for (const Version& version : table::describe(index, block.group, block.kind).versions) {
        std::vector<std::string> mistakes;
        const auto schema =
            table::read(index, block.group, version.name, block.kind, channel, &mistakes);
        INFO(block.group << "/" << version.name << " " << block.kind);
        REQUIRE(schema != nullptr);
        CHECK(mistakes == std::vector<std::string>());
        CHECK(schema->root->field("metadata") != nullptr);
      }
    }
  }
}

TEST_CASE("the tables hold the kinds of every mesh", "[schema]") {
  Catalogue catalogue;
  CHECK(catalogue.find("networking.istio.io/v1", "VirtualService") != nullptr);
  CHECK(catalogue.find("networking.istio.io/v1alpha3", "VirtualService") != nullptr);
  CHECK(catalogue.find("policy.linkerd.io/v1beta3", "HTTPRoute") != nullptr);
  CHECK(catalogue.find("gateway.networking.k8s.io/v1", "HTTPRoute") != nullptr);
  CHECK(catalogue.find("apps/v1", "Deployment") != nullptr);
  CHECK(catalogue.find("v1", "Service") != nullptr);
  CHECK(catalogue.find("v1", "PersistentVolume") == nullptr);
  CHECK(catalogue.find("networking.istio.io/v1", "Nothing") == nullptr);
}

TEST_CASE("a version serves what the channel has", "[schema]") {
  Catalogue standard(Channel::standard);
  Catalogue experimental(Channel::experimental);
  CHECK_FALSE(standard.find("gateway.networking.k8s.io/v1alpha2", "TCPRoute")->version.served);
  CHECK(experimental.find("gateway.networking.k8s.io/v1alpha2", "TCPRoute")->version.served);
  CHECK(experimental.find("gateway.networking.k8s.io/v1alpha2", "TCPRoute")->version.deprecated);
  CHECK_FALSE(standard.find("gateway.networking.x-k8s.io/v1alpha1", "XBackend")->version.served);
}

TEST_CASE("kinds are listed by group and name without reading their fields", "[schema]") {
  const Catalogue catalogue;
  const auto kinds = catalogue.kinds();
  CHECK(kinds.size() > 55);
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    CHECK(std::pair(kinds[i - 1].group, kinds[i - 1].kind) <
          std::pair(kinds[i].group, kinds[i].kind));
  }
}

}  // namespace meshfn::schema
