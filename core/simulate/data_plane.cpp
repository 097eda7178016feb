#include "simulate/data_plane.h"

namespace meshfn::simulate {

namespace {

TrafficPolicy linkerd() {
  TrafficPolicy policy;
  policy.balancer = &kPeakEwma;
  policy.queue.capacity = 100;
  policy.connect_timeout = kSecond;
  policy.panic_threshold = 0;
  return policy;
}

TrafficPolicy grpc() {
  TrafficPolicy policy;
  policy.balancer = &kGrpcPickFirst;
  policy.connect_timeout = 20 * kSecond;
  policy.panic_threshold = 0;
  return policy;
}

TrafficPolicy kube_proxy() {
  TrafficPolicy policy;
  policy.balancer = &kKubeProxy;
  policy.panic_threshold = 0;
  return policy;
}

constexpr DataPlaneRow kRows[] = {
    {DataPlane::istio, "istio", "Envoy sidecars with Istio's defaults: least request, 2 retries",
     [] { return TrafficPolicy(); }, RetryPolicy::istio_default},
    {DataPlane::linkerd, "linkerd", "Linkerd's proxies: peak EWMA, queue and failfast, no retries",
     linkerd, [] { return RetryPolicy(); }},
    {DataPlane::grpc, "grpc", "gRPC clients without a mesh: pick_first, no retries", grpc,
     [] { return RetryPolicy(); }},
    {DataPlane::kube_proxy, "kube-proxy", "no mesh: an endpoint for each connection, no retries",
     kube_proxy, [] { return RetryPolicy(); }},
};

}  // namespace

std::span<const DataPlaneRow> data_planes() { return kRows; }

const DataPlaneRow& row_of(DataPlane plane) { return kRows[static_cast<std::size_t>(plane)]; }

}  // namespace meshfn::simulate
