#include "config/istio_release.h"

#include <fmt/format.h>

#include <charconv>

#include "base/str.h"

namespace meshfn::config {

std::optional<IstioRelease> istio_release_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto parts = str::split(text.substr(0, text.find_first_of("-+")), '.');
  if (parts.size() < 2 || parts.size() > 3 || parts.front() != "1") return std::nullopt;
  IstioRelease release;
  for (std::size_t i = parts.size(); --i > 0;) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [stop, problem] = std::from_chars(parts[i].data(), end, release.minor);
    if (problem != std::errc() || stop != end) return std::nullopt;
  }
  return release;
}

std::string to_string(IstioRelease release) { return fmt::format("1.{}", release.minor); }

}  // namespace meshfn::config
