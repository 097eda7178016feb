#pragma once

// A small mesh for tests: one Service with its pods, who calls it, and what comes of both.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "simulate/from_mesh.h"
#include "simulate/support.h"

namespace meshfn::simulate {

/// Three pods of `shop` behind its Service.
inline constexpr const char* kShop = R"(apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  template:
    metadata:
      labels: {app: shop}
      annotations: {proxy.istio.io/config: "concurrency: 4"}
    spec: {terminationGracePeriodSeconds: 7, containers: []}
)";

/// One client that calls `to` 200 times a second.
inline Scenario calls(const std::string& to) {
  Scenario scenario;
  LoadSpec load;
  load.zone = "eu/a";
  load.call.to = to;
  load.arrivals.rate = 200;
  scenario.load.push_back(load);
  return scenario;
}

/// What `texts` make of `scenario`.
inline Scenario completed(Scenario scenario, const std::vector<std::string>& texts) {
  const MeshOf input(texts);
  complete_from_mesh(scenario, input.mesh);
  return scenario;
}

inline const ServiceSpec& service(const Scenario& scenario, const std::string& name) {
  for (const ServiceSpec& s : scenario.services) {
    if (s.name == name) return s;
  }
  FAIL("no service " + name);
  return scenario.services[0];
}

/// Whether a line of what is not modelled has `part`.
inline bool is_listed(const Scenario& scenario, std::string_view part) {
  return std::any_of(scenario.not_modelled.begin(), scenario.not_modelled.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace meshfn::simulate
