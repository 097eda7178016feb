#pragma once

// Routes that no request reaches, because an earlier one takes all that they would.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "routing/cover_index.h"
#include "routing/table.h"

namespace meshfn::render {

/// The shadows in one virtual host. REQUIRES: the host outlives it.
class Shadows {
 public:
  explicit Shadows(const routing::VirtualHost& host);

  /// Why no request reaches match `index` (0 without matches) of route number `route`: the earlier
  /// rule that takes all of them. Empty when some may.
  std::string over(std::size_t route, std::size_t index) const;

 private:
  const routing::Route* first_over(std::size_t route, std::size_t index) const;

  const routing::VirtualHost& host_;
  std::vector<const routing::Match*> matches_;  ///< of all routes that may cover another
  std::vector<std::size_t> routes_;             ///< that have them
  std::vector<std::size_t> starts_;             ///< by route: the number of matches before it
  std::vector<std::size_t> catch_alls_;         ///< routes that take everything
  std::optional<routing::CoverIndex> index_;
};

}  // namespace meshfn::render
