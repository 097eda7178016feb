#include "resource/linkerd/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/str.h"

namespace meshfn::resource::linkerd {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                               Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};

bool has_linkerd_key(yaml::Node annotations) {
  for (const auto [key, value, merged] : annotations.entries()) {
    if (is_linkerd_key(key.text())) return true;
  }
  return false;
}

/// Whether a route names a Service of group `core` as its parent, which only Linkerd takes for the
/// empty one.
bool has_core_parent(const gateway_api::Route& route) {
  return std::any_of(route.parents.begin(), route.parents.end(), [](const auto& parent) {
    return parent.group == "core" && parent.kind == "Service";
  });
}

/// The answer to `uses_linkerd`, found once a mesh.
struct Use {
  explicit Use(const Mesh& mesh) {
    const auto of_group = [&](std::string_view domain) {
      return std::any_of(mesh.kinds().begin(), mesh.kinds().end(),
                         [&](const auto& kind) { return kind.first.first.ends_with(domain); });
    };
    const auto& routes = mesh.all<gateway_api::Route>();
    const auto& objects = mesh.objects();
    const auto& workloads = mesh.all<kubernetes::Workload>();
    found =
        of_group("linkerd.io") ||
        (!of_group("istio.io") && std::any_of(routes.begin(), routes.end(), has_core_parent)) ||
        std::any_of(objects.begin(), objects.end(),
                    [](const Object& object) {
                      return has_linkerd_key(object.metadata.find("annotations"));
                    }) ||
        std::any_of(workloads.begin(), workloads.end(), [](const kubernetes::Workload& workload) {
          return has_linkerd_key(workload.pod_metadata.find("annotations"));
        });
  }

  bool found = false;
};

}  // namespace

std::optional<std::uint64_t> unsigned_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit) || error != std::errc() ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> annotation_duration(std::string_view text) {
  text = str::trim(text);
  if (text == "0") return 0;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = unsigned_number(text.substr(0, digits));
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& known) {
    return known.name == text.substr(digits);
  });
  if (!number || unit == kUnits.end()) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (*number > kMost / static_cast<std::uint64_t>(unit->milliseconds)) return std::nullopt;
  return static_cast<std::int64_t>(*number) * unit->milliseconds;
}

bool is_linkerd_key(std::string_view key) {
  const std::string_view domain = key.substr(0, key.find('/'));
  return domain.size() < key.size() && (domain == "linkerd.io" || domain.ends_with(".linkerd.io"));
}

bool uses_linkerd(const Mesh& mesh) { return mesh.derived<Use>().found; }

}  // namespace meshfn::resource::linkerd
