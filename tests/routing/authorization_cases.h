#pragma once

// How the tables of authorization cases are written and asked.

#include <algorithm>
#include <string>
#include <vector>

#include "routing/authorization/access.h"
#include "routing/loaded.h"

namespace meshfn::routing {

/// One question and its answer.
struct AccessCase {
  const char* name;
  std::string yaml;  ///< beside the services of `kShop`
  const char* from = "shop/front";
  const char* ip = "";
  const char* jwt = "";  ///< claims
  bool plain = false;
  const char* method = "GET";
  const char* path = "/";
  const char* host = "reviews.shop:9080";
  const char* headers = "";  ///< "name=value name=value"
  const char* to = "reviews";
  std::uint32_t port = 9080;
  const char* want = "allowed";  ///< or "denied NAME", the name of the policy that refuses
};

inline Request request_of(const AccessCase& one) {
  Request request;
  request.method = one.method;
  request.path = one.path;
  request.authority = one.host;
  request.source_namespace = std::string(one.from).substr(0, std::string(one.from).find('/'));
  const std::string headers = one.headers;
  for (std::size_t at = 0; at < headers.size();) {
    const std::size_t end = std::min(headers.find(' ', at), headers.size());
    const std::string pair = headers.substr(at, end - at);
    request.headers[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
    at = end + 1;
  }
  return request;
}

inline Caller caller_of(const AccessCase& one) {
  Caller caller;
  const std::string from = one.from;
  caller.name_space = from.substr(0, from.find('/'));
  if (from.find('/') != from.npos) caller.account = from.substr(from.find('/') + 1);
  caller.ip = one.ip;
  caller.plain = one.plain;
  if (*one.jwt != '\0') caller.token = parse_claims(one.jwt).value();
  return caller;
}

inline Verdict verdict_of(const AccessCase& one, const std::string& services) {
  const auto loaded = load(services + one.yaml);
  Destination to;
  to.host = std::string(one.to) + ".shop.svc.cluster.local";
  const Request request = request_of(one);
  const auto targets = targets_of(loaded->mesh, to, one.port, request);
  REQUIRE(targets.size() == 1);
  Verdict verdict = judge(loaded->mesh, caller_of(one), request, targets.front());
  verdict.where = {};  // its file dies here
  return verdict;
}

inline std::string words(const Verdict& verdict) {
  if (verdict.allowed) return "allowed";
  const std::size_t slash = verdict.by.rfind('/');
  return "denied " + (slash == std::string::npos ? verdict.by : verdict.by.substr(slash + 1));
}

inline void check_all(const std::vector<AccessCase>& cases, const std::string& services) {
  for (const AccessCase& one : cases) {
    const Verdict verdict = verdict_of(one, services);
    INFO(one.name << ": " << verdict.by << " " << verdict.rule << ": " << verdict.why);
    CHECK(words(verdict) == one.want);
  }
}

}  // namespace meshfn::routing
