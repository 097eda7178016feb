#pragma once

// Values in CloudFormation templates. Evaluated: Ref, Fn::Sub, Fn::GetAtt, Fn::Join, Fn::FindInMap
// and the pseudo parameters, in short (`!Ref`) and long form. Parameters have their defaults and
// a resource's reference is its logical id, as in `sam local`; anything else is named in a note.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace meshfn::function {

class CloudFormation {
 public:
  /// Reads values below `root`; notes about what could not be evaluated go to `notes`. Both
  /// outlive the object.
  CloudFormation(yaml::Node root, std::string region, std::vector<std::string>& notes)
      : root_(root), region_(std::move(region)), notes_(notes) {}

  /// The text that `value` stands for; nothing when it is absent, no text or not evaluated.
  std::optional<std::string> text(yaml::Node value) const;

  /// The same as an integer; a text that is none is noted.
  std::optional<std::int64_t> integer(yaml::Node value) const;

 private:
  /// An intrinsic function with its argument; an empty name for a plain value.
  struct Call {
    std::string_view name;
    yaml::Node argument;
  };

  static Call call_of(yaml::Node value);
  std::optional<std::string> evaluate(const Call& call) const;
  std::optional<std::string> reference(std::string_view name) const;
  std::optional<std::string> attribute(std::string_view target) const;
  std::optional<std::string> substitute(yaml::Node argument) const;
  std::optional<std::string> join(yaml::Node argument) const;
  std::optional<std::string> find_in_map(yaml::Node argument) const;

  yaml::Node root_;
  std::string region_;
  std::vector<std::string>& notes_;
};

}  // namespace meshfn::function
