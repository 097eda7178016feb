#pragma once

// Whose proxies the clients are, and what such a client does when nobody has configured anything.

#include <cstdint>
#include <span>
#include <string_view>

#include "simulate/traffic_policy.h"

namespace meshfn::simulate {

enum class DataPlane : std::uint8_t { istio, linkerd, grpc, kube_proxy };

/// One data plane: how a scenario names it, and the defaults of its clients.
struct DataPlaneRow {
  DataPlane plane;
  std::string_view name;
  std::string_view summary;
  TrafficPolicy (*policy)();
  RetryPolicy (*retry)();
};

/// All of them, Istio first.
std::span<const DataPlaneRow> data_planes();

const DataPlaneRow& row_of(DataPlane plane);

}  // namespace meshfn::simulate
