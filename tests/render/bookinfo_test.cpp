// What `route explain` says of Istio's sample application in each of its variants: texts that were
// read by hand against the YAML.

#include "render/explanation.h"
#include "render/rendering.h"
#include "routing/loaded.h"
#include "support/golden.h"
#include "support/paths.h"

namespace meshfn::render {

namespace {

/// A request and the variant it is asked of.
struct Asked {
  const char* name;    ///< of the file with the answer
  const char* routes;  ///< file of the variant
  std::vector<routing::Request> requests;
};

routing::Request to(std::string service, routing::Texts headers = {}) {
  routing::Request request;
  request.authority = std::move(service) + ":9080";
  request.headers = std::move(headers);
  return request;
}

routing::Request outside(std::string path) {
  routing::Request request;
  request.authority = "www.example.com";
  request.gateway = "bookinfo-gateway";
  request.port = 8080;
  request.path = std::move(path);
  return request;
}

std::vector<Asked> asked() {
  const routing::Texts jason = {{"end-user", "jason"}};
  return {
      {"all-v1", "virtual-service-all-v1.yaml", {to("productpage"), to("reviews"), to("details")}},
      {"reviews-80-20", "virtual-service-reviews-80-20.yaml", {to("reviews")}},
      {"reviews-jason",
       "virtual-service-reviews-jason-v2-v3.yaml",
       {to("reviews", jason), to("reviews")}},
      {"ratings-delay",
       "virtual-service-ratings-test-delay.yaml",
       {to("ratings", jason), to("ratings")}},
      {"ratings-mysql", "virtual-service-ratings-mysql.yaml", {to("ratings"), to("reviews")}},
      {"gateway", "bookinfo-gateway.yaml", {outside("/productpage"), outside("/admin")}},
  };
}

}  // namespace

TEST_CASE("bookinfo is explained as its YAML says", "[render][corpus]") {
  const std::string folder = "corpus/bookinfo/";
  if (!test::have_shared(folder)) return;
  for (const Asked& one : asked()) {
    std::vector<NamedText> texts;
    for (const std::string& name : {std::string("platform/kube/bookinfo.yaml"),
                                    std::string("networking/destination-rule-all.yaml"),
                                    "networking/" + std::string(one.routes)}) {
      texts.push_back({name, routing::contents(test::shared_path(folder + name))});
    }
    const auto input = read_texts(std::move(texts));
    std::string text;
    for (const routing::Request& request : one.requests) {
      const routing::Answer answer = routing::explain(input->table(), request);
      if (!text.empty()) text += "\n";
      text += explanation_text({*input, request, answer, {}, std::nullopt});
    }
    INFO(one.name);
    CHECK(testing::matches_file("tests/render/bookinfo/" + std::string(one.name) + ".txt", text));
  }
}

}  // namespace meshfn::render
