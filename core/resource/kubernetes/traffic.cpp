#include "resource/kubernetes/traffic.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/str.h"

namespace meshfn::resource::kubernetes {

namespace {

constexpr std::array<std::pair<std::string_view, Traffic>, 15> kWords = {{
    {"http", Traffic::http},
    {"http_proxy", Traffic::http},
    {"kubernetes.io/ws", Traffic::http},
    {"http2", Traffic::http2},
    {"grpc", Traffic::http2},
    {"grpc-web", Traffic::http2},
    {"kubernetes.io/h2c", Traffic::http2},
    {"https", Traffic::tls},
    {"tls", Traffic::tls},
    {"kubernetes.io/wss", Traffic::tls},
    {"tcp", Traffic::tcp},
    {"mongo", Traffic::tcp},
    {"redis", Traffic::tcp},
    {"mysql", Traffic::tcp},
    {"udp", Traffic::udp},
}};

}  // namespace

Traffic traffic_of(std::string_view protocol) {
  const std::string word = str::lower(protocol);
  const auto* const found = std::find_if(kWords.begin(), kWords.end(),
                                         [&](const auto& entry) { return entry.first == word; });
  return found == kWords.end() ? Traffic::unknown : found->second;
}

Traffic traffic_of(const ServicePort& port) {
  if (str::equals_ignore_case(port.protocol.value, "UDP")) return Traffic::udp;
  if (port.app_protocol) return traffic_of(port.app_protocol.value);
  const std::string_view name = port.name.value;
  if (str::lower(name).starts_with("grpc-web")) return Traffic::http2;
  return traffic_of(name.substr(0, name.find('-')));
}

bool is_http(Traffic traffic) { return traffic == Traffic::http || traffic == Traffic::http2; }

bool is_opaque(Traffic traffic) {
  return traffic == Traffic::tls || traffic == Traffic::tcp || traffic == Traffic::udp;
}

}  // namespace meshfn::resource::kubernetes
