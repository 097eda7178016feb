#pragma once

// A regular expression of a schema, in RE2's dialect. The few that Kubernetes repeats everywhere
// (DNS labels, header names, …) are matched by hand-written predicates, which is ten times faster
// and never backtracks; the rest is compiled on first use.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace meshfn::schema {

/// Found anywhere in the text unless the expression anchors itself. Safe to share by threads.
class Pattern {
 public:
  explicit Pattern(std::string expression);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();

  const std::string& expression() const { return expression_; }

  /// What such a text looks like, for messages; empty for expressions that nobody has put in words.
  std::string_view like() const { return like_; }

  /// Whether RE2 accepts the expression; one that it refuses matches everything.
  bool valid() const;

  bool matches(std::string_view text) const;

 private:
  const re2::RE2& compiled() const;

  std::string expression_;
  std::string_view like_;
  bool (*by_hand_)(std::string_view) = nullptr;
  mutable std::once_flag once_;
  mutable std::unique_ptr<re2::RE2> regex_;
};

}  // namespace meshfn::schema
