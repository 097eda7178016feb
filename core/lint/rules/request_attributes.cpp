#include "lint/rules/request_attributes.h"

#include <array>

namespace meshfn::lint {

namespace {

constexpr std::array<std::string_view, 6> kHttpOperations = {"methods",  "notMethods", "paths",
                                                             "notPaths", "hosts",      "notHosts"};

}  // namespace

yaml::Node http_attribute(yaml::Node rule) {
  for (const yaml::Node to : rule.find("to").items()) {
    for (const std::string_view field : kHttpOperations) {
      if (const yaml::Node key = to.find("operation").find_key(field)) return key;
    }
  }
  for (const yaml::Node from : rule.find("from").items()) {
    for (const std::string_view field : {"requestPrincipals", "notRequestPrincipals"}) {
      if (const yaml::Node key = from.find("source").find_key(field)) return key;
    }
  }
  for (const yaml::Node when : rule.find("when").items()) {
    if (when.find("key").text().starts_with("request.")) return when.find("key");
  }
  return {};
}

}  // namespace meshfn::lint
