#pragma once

// Public cases on which we differ on purpose, each with its reason, read from
// known_differences.txt. A test that judges cases fails when another one differs, and also when
// one of these no longer does.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::lint {

class KnownDifferences {
 public:
  /// The differences of one suite; reads the file.
  explicit KnownDifferences(std::string_view suite);

  /// Notes the outcome of a case. Returns whether it is as expected: right, or known to differ.
  bool judge(const std::string& id, bool right);

  /// Listed cases that were right, or were never judged.
  std::vector<std::string> stale() const;

  /// Takes the stale cases of the suite out of the file. It never adds one: a new difference wants
  /// a reason, which only a person can write.
  void drop_stale() const;

  std::size_t size() const { return reasons_.size(); }

 private:
  std::string suite_;
  std::map<std::string, std::string> reasons_;
  std::map<std::string, bool> differed_;
};

}  // namespace meshfn::lint
