#include "routing/cover_union.h"

#include <algorithm>

#include "base/str.h"

namespace meshfn::routing {

namespace {

/// So many times one request's conditions are split in a row; people do not write more.
constexpr int kSplits = 3;
/// So many comparisons are made at most, then it is not told.
constexpr int kComparisons = 20000;

/// The texts of `a|b|c` or `/(a|b|c)`, where all of them are literal; empty for other expressions.
std::vector<std::string> literal_choices(std::string_view regex) {
  constexpr std::string_view kSpecial = "\\.[]{}()*+?^$|";
  std::string_view before;
  std::string_view after;
  if (const std::size_t open = regex.find('('); open != std::string_view::npos) {
    const std::size_t close = regex.find(')', open);
    if (close == std::string_view::npos) return {};
    before = regex.substr(0, open);
    after = regex.substr(close + 1);
    regex = regex.substr(open + 1, close - open - 1);
  }
  std::vector<std::string> texts;
  for (const std::string_view choice : str::split(regex, '|')) {
    std::string text(before);
    text.append(choice).append(after);
    if (text.find_first_of(kSpecial) != std::string::npos) return {};
    texts.push_back(std::move(text));
  }
  return texts;
}

/// The condition's texts one by one, those that a regular expression names included.
std::vector<StringMatch> choices(const Condition& condition) {
  std::vector<StringMatch> single;
  for (const StringMatch& text : condition.any_of) {
    std::vector<std::string> literals;
    if (text.kind() == StringMatch::Kind::regex) literals = literal_choices(text.text());
    if (literals.empty()) single.push_back(text);
    for (std::string& literal : literals) {
      single.emplace_back(StringMatch::Kind::exact, std::move(literal));
    }
  }
  return single;
}

class Question {
 public:
  explicit Question(const std::vector<const Match*>& wide) : wide_(wide) {
    for (const Match* one : wide) {
      for (const Condition& condition : one->conditions) negated_ = negated_ || condition.negated;
    }
  }

  bool covered(const Match& narrow, int splits) {
    for (const Match* one : wide_) {
      if (--left_ < 0) return false;
      if (!covers(*one, narrow)) continue;
      taken_.push_back(one);
      return true;
    }
    if (splits == 0) return false;
    return by_choices(narrow, splits - 1) || by_conditions(narrow, splits - 1);
  }

  std::vector<const Match*> taken() && {
    std::sort(taken_.begin(), taken_.end());
    taken_.erase(std::unique(taken_.begin(), taken_.end()), taken_.end());
    return std::move(taken_);
  }

 private:
  /// Each text of one condition is covered for itself.
  bool by_choices(const Match& narrow, int splits) {
    for (std::size_t i = 0; i < narrow.conditions.size(); ++i) {
      if (narrow.conditions[i].negated) continue;
      const std::vector<StringMatch> single = choices(narrow.conditions[i]);
      if (single.size() < 2) continue;
      const std::size_t taken = taken_.size();
      const bool all = std::all_of(single.begin(), single.end(), [&](const StringMatch& text) {
        Match part = narrow;
        part.conditions[i].any_of = {text};
        return covered(part, splits);
      });
      if (all) return true;
      taken_.resize(taken);
    }
    return false;
  }

  /// One takes what fulfils a condition, the others take what does not.
  bool by_conditions(const Match& narrow, int splits) {
    if (!negated_) return false;
    for (const Match* one : wide_) {
      const Condition* const open = only_open(*one, narrow);
      if (open == nullptr || !is_excluded(*open)) continue;
      Match rest = narrow;
      rest.conditions.push_back(*open);
      rest.conditions.back().negated = !open->negated;
      const std::size_t taken = taken_.size();
      taken_.push_back(one);
      if (covered(rest, splits)) return true;
      taken_.resize(taken);
    }
    return false;
  }

  /// The one condition of `one` that `narrow` does not fulfil by itself; null when there are more.
  const Condition* only_open(const Match& one, const Match& narrow) {
    const Condition* open = nullptr;
    for (const Condition& condition : one.conditions) {
      if (--left_ < 0) return nullptr;
      Match alone;
      alone.conditions.push_back(condition);
      if (covers(alone, narrow)) continue;
      if (open != nullptr) return nullptr;
      open = &condition;
    }
    return open;
  }

  /// Whether another one asks for the contrary, without which there is no use in splitting.
  bool is_excluded(const Condition& condition) const {
    return std::any_of(wide_.begin(), wide_.end(), [&](const Match* other) {
      return std::any_of(other->conditions.begin(), other->conditions.end(),
                         [&](const Condition& its) {
                           return its.subject == condition.subject && its.name == condition.name &&
                                  its.negated != condition.negated;
                         });
    });
  }

  const std::vector<const Match*>& wide_;
  std::vector<const Match*> taken_;
  bool negated_ = false;  ///< one of `wide` excludes something
  int left_ = kComparisons;
};

}  // namespace

std::optional<std::vector<const Match*>> covering_together(const std::vector<const Match*>& wide,
                                                           const Match& narrow) {
  Question question(wide);
  if (!question.covered(narrow, kSplits)) return std::nullopt;
  return std::move(question).taken();
}

}  // namespace meshfn::routing
