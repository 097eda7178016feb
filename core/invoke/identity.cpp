#include "invoke/identity.h"

#include <fmt/format.h>

#include <random>

#include "base/clock.h"

namespace meshfn::invoke {

Random make_random() {
  std::random_device device;
  return Random((std::uint64_t{device()} << 32U) | device());
}

std::string make_request_id(Random& random) {
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                     high & 0xFFFU, ((low >> 48U) & 0x3FFFU) | 0x8000U, low & 0xFFFFFFFFFFFFU);
}

std::string make_trace_id(Random& random, std::int64_t unix_millis) {
  return fmt::format("Root=1-{:08x}-{:08x}{:016x};Parent={:016x};Sampled=0", unix_millis / 1000,
                     random.next() >> 32U, random.next(), random.next());
}

std::string make_log_stream(Random& random, std::int64_t unix_millis) {
  const UtcTime now = to_utc(unix_millis);
  return fmt::format("{:04}/{:02}/{:02}/[$LATEST]{:016x}{:016x}", now.year, now.month, now.day,
                     random.next(), random.next());
}

std::string function_arn(std::string_view region, std::string_view name) {
  return fmt::format("arn:aws:lambda:{}:123456789012:function:{}", region, name);
}

}  // namespace meshfn::invoke
