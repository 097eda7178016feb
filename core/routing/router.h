#pragma once

// Follows many requests through one table. Virtual hosts are found by name, not by looking at all
// of them, and what was tried is told only to who asks.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "routing/route_index.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Any number of threads may ask one Router.
class Router {
 public:
  /// The table outlives it and stays as it is.
  explicit Router(const Table& table);

  /// Where the request goes and all that was tried.
  Answer explain(const Request& request) const;
  /// The same without what was tried and without a reason when it gets lost.
  Answer answer(const Request& request) const;

 private:
  struct Place {
    const Listener* listener = nullptr;
    const VirtualHost* host = nullptr;
  };

  using Places = std::vector<Place>;
  using Index = std::unordered_map<std::string, Places>;

  Place find(const Request& request, const std::string& name) const;
  const Listener* listener_of(const Request& request) const;
  /// Sets listener, virtual host, route and match; the request as the routes see it is `seen`.
  void follow(const Request& request, Answer& answer, const Request*& seen, Request& own) const;
  /// The first route of the virtual host that takes the request.
  void choose(const Request& seen, Answer& answer) const;

  /// Made when a second request for the host is looked up; hosts with few routes need none.
  struct Indexed {
    std::atomic<std::uint32_t> asked = 0;
    std::once_flag once;
    std::unique_ptr<const RouteIndex> index;
  };

  const Table& table_;
  Index exact_;      ///< by name in lower case
  Index suffixes_;   ///< `*.b.c` by ".b.c"
  Index prefixes_;   ///< `a.*` by "a."
  Places everyone_;  ///< `*`
  std::unordered_map<std::string, std::vector<const Listener*>> listeners_;  ///< by gateway
  std::unordered_map<const VirtualHost*, std::unique_ptr<Indexed>> indexes_;
};

}  // namespace meshfn::routing
