#include "routing/host_index.h"

#include <algorithm>
#include <set>

#include "base/str.h"
#include "routing/host.h"

namespace meshfn::routing {

HostIndex::HostIndex(const std::vector<std::string_view>& hosts) {
  for (const std::string_view host : hosts) hosts_.push_back(str::lower(host));
  std::set<std::size_t> lengths;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const std::string_view host = hosts_[i];
    names_.emplace(host, i);
    if (!is_wildcard(host)) continue;
    wildcards_.emplace(host.substr(1), i);
    lengths.insert(host.size() - 1);
  }
  lengths_.assign(lengths.begin(), lengths.end());
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const std::string_view host = hosts_[i];
    for (const std::size_t length : lengths_) {
      if (length > host.size()) break;
      const std::string_view end = host.substr(host.size() - length);
      if (wildcards_.contains(end)) ends_.emplace(end, i);
    }
  }
}

/// The first wildcard whose text after the `*` ends `host`; the number of hosts without one.
std::size_t HostIndex::first_wildcard_over(std::string_view host) const {
  std::size_t first = hosts_.size();
  for (const std::size_t length : lengths_) {
    if (length > host.size()) break;
    const auto found = wildcards_.find(host.substr(host.size() - length));
    if (found != wildcards_.end()) first = std::min(first, found->second);
  }
  return first;
}

std::optional<std::size_t> HostIndex::first_before(std::size_t number) const {
  const std::string_view host = hosts_[number];
  std::size_t first = first_wildcard_over(host);
  first = std::min(first, is_wildcard(host) ? ends_.at(host.substr(1)) : names_.at(host));
  return first < number ? std::optional(first) : std::nullopt;
}

}  // namespace meshfn::routing
