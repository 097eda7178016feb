#pragma once

// Which host of a long list means a name that another one means too, without comparing each with
// each.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace meshfn::routing {

class HostIndex {
 public:
  explicit HostIndex(const std::vector<std::string_view>& hosts);

  /// The first host that `overlaps` the one of this number and stands before it (routing/host.h).
  std::optional<std::size_t> first_before(std::size_t number) const;

 private:
  using Firsts = std::unordered_map<std::string_view, std::size_t>;

  std::size_t first_wildcard_over(std::string_view host) const;

  std::vector<std::string> hosts_;    ///< in lower case; the views below are into them
  Firsts names_;                      ///< the first host that is this name
  Firsts wildcards_;                  ///< the first wildcard with this text after the `*`
  Firsts ends_;                       ///< the first host that ends as some wildcard does
  std::vector<std::size_t> lengths_;  ///< of the texts after `*`
};

}  // namespace meshfn::routing
