#pragma once

// The baseline: findings that a repository has accepted for now. Entries name the object and the
// place in it instead of a line, so that edits elsewhere change nothing, and are counted and
// sorted, so that the file makes small diffs.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diagnostic/diagnostic.h"

namespace meshfn::diagnostic {

class Baseline {
 public:
  /// What identifies an accepted finding. A finding about no resource is known by its path.
  struct Key {
    std::string rule;
    std::string resource;  ///< "VirtualService shop/reviews", or "" with a path
    std::string path;      ///< only without a resource
    std::string pointer;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// Accepts every finding that is not suppressed otherwise and may be suppressed at all.
  static Baseline of(const std::vector<Diagnostic>& findings);

  /// Reads the JSON that `to_json` writes; `path` is for the error.
  static Result<Baseline> parse(std::string_view json, std::string_view path);

  /// Sorted, two spaces, ends in a newline.
  std::string to_json() const;

  /// Marks as many findings of each key as the baseline has accepted, in order. Returns the keys
  /// that are no longer needed, each with its count of stale entries.
  std::map<Key, std::size_t> apply(std::vector<Diagnostic>& findings) const;

  /// Accepted findings.
  std::size_t size() const;

 private:
  std::map<Key, std::size_t> accepted_;
};

}  // namespace meshfn::diagnostic
