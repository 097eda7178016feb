#pragma once

// Which routes of one virtual host may take a request, without trying them all. A match that fixes
// the path, its beginning, a header or a query parameter is found by that; a route with any other
// match is tried in any case. Candidates come in the order of the host, so the first that takes the
// request is the first of all.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "routing/table.h"

namespace meshfn::routing {

class RouteIndex {
 public:
  /// Of routes that stay where and as they are while the index lives.
  explicit RouteIndex(const std::vector<Route>& routes);

  /// The first route that takes `request`, and by which match; null when none does.
  const Route* first(const Request& request, const Match*& match) const;

 private:
  using Numbers = std::vector<std::uint32_t>;  ///< of routes, ascending

  /// Lets a map of texts be asked without making one.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  using ByText = std::unordered_map<std::string, Numbers, Hash, std::equal_to<>>;
  using ByName = std::unordered_map<std::string_view, ByText>;
  using Walks = std::vector<std::pair<const std::uint32_t*, const std::uint32_t*>>;

  void add(std::uint32_t number, const Match& match);
  /// False when the condition fixes no text.
  bool add(std::uint32_t number, const Condition& condition);
  void add_path(std::uint32_t number, const StringMatch& pattern);
  /// The lists that hold everything that may take `request`.
  Walks candidates(const Request& request) const;

  const std::vector<Route>& routes_;
  ByText exact_;                      ///< by the whole path
  ByText prefixes_;                   ///< by what the path begins with
  std::vector<std::size_t> lengths_;  ///< of the keys of `prefixes_`, ascending
  ByName headers_;                    ///< by name and value
  ByName query_;                      ///< by name and value
  Numbers open_;                      ///< those that fix nothing
};

}  // namespace meshfn::routing
