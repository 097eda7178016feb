// The keys of a mapping when it is complete: none may stand twice, and `<<` brings in others'.

#include <algorithm>
#include <array>
#include <unordered_set>

#include "yaml/tree_builder.h"

namespace meshfn::yaml {

/// The edit that takes the line of `second` away when it only repeats what `first` says.
std::optional<diagnostic::Fix> TreeBuilder::removal_of_copy(const Tree::Record& first,
                                                            const Tree::Record& second) const {
  const Tree::Record& a = tree_.resolved(first.next);
  const Tree::Record& b = tree_.resolved(second.next);
  const bool scalars = a.kind == Kind::scalar && b.kind == Kind::scalar;
  if (!scalars || tree_.text_of(a) != tree_.text_of(b)) return std::nullopt;
  const std::string_view text = tree_.file_.text();
  const std::size_t last = text.substr(0, second.begin).rfind('\n');
  const std::size_t begin = last == std::string_view::npos ? 0 : last + 1;
  const std::size_t next = text.find('\n', tree_.records_[second.next].end);
  const std::size_t end = next == std::string_view::npos ? text.size() : next + 1;
  const auto blank = [&](std::size_t from, std::size_t to) {
    return text.substr(from, to - from).find_first_not_of(" \r\n") == std::string_view::npos;
  };
  // A list's dash before it, or something behind it, has to stay.
  if (!blank(begin, second.begin) || !blank(tree_.records_[second.next].end, end)) {
    return std::nullopt;
  }
  return diagnostic::Fix{
      "remove the repetition",
      {{at(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)), ""}}};
}

std::vector<TreeBuilder::Repetition> TreeBuilder::repeated_keys(std::uint32_t mapping) const {
  struct Key {
    std::string_view text;
    std::uint32_t id;
  };

  std::vector<Key> keys;
  const std::uint32_t count = tree_.records_[mapping].size;
  std::uint32_t key = tree_.records_[mapping].first;
  keys.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    keys.push_back({tree_.text_of(tree_.resolved(key)), key});
    key = tree_.records_[tree_.records_[key].next].next;
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const Key& a, const Key& b) { return a.text < b.text; });
  std::vector<Repetition> found;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].text == keys[i - 1].text) found.push_back({keys[i - 1].id, keys[i].id});
  }
  return found;
}

bool TreeBuilder::may_repeat_keys(std::uint32_t mapping) const {
  constexpr std::uint32_t kFew = 16;
  const std::uint32_t count = tree_.records_[mapping].size;
  if (count > kFew) return true;
  std::array<std::uint16_t, kFew> marks;
  std::uint32_t key = tree_.records_[mapping].first;
  for (std::uint32_t i = 0; i < count; ++i) {
    marks[i] = tree_.resolved(key).mark;
    const auto* const end = marks.begin() + i;
    if (std::find(marks.cbegin(), end, marks[i]) != end) return true;
    key = tree_.records_[tree_.records_[key].next].next;
  }
  return false;
}

void TreeBuilder::check_duplicates(const Frame& frame) {
  // Nearly every mapping is small and fine: it is told apart without an allocation.
  if (!may_repeat_keys(frame.id)) return;
  constexpr std::size_t kMostReported = 100;
  std::vector<Repetition> repetitions = repeated_keys(frame.id);
  if (repetitions.size() > kMostReported) repetitions.resize(kMostReported);
  for (const auto& [first, second] : repetitions) {
    const Tree::Record& a = tree_.records_[first];
    const Tree::Record& b = tree_.records_[second];
    diagnostic::Findings found(reading_rule("MF0002"), problems_);
    auto& problem =
        found.add(at(b.begin, b.end), "key `" + std::string(tree_.text_of(b)) + "` is already set")
            .relate(at(a.begin, a.end), "first set here")
            .with_help("remove one of the two; which one is used depends on the reader");
    problem.fix = removal_of_copy(a, b);
  }
}

/// Takes the `<<` entries out of the chain and appends what they bring in (YAML merge key type):
/// keys of the mapping itself win, then earlier sources over later ones.
void TreeBuilder::merge(const Frame& frame) {
  std::vector<std::uint32_t> sources;
  std::uint32_t last = Tree::kNone;
  std::uint32_t kept = 0;
  Tree::Record& mapping = tree_.records_[frame.id];
  std::uint32_t key = mapping.first;
  mapping.first = Tree::kNone;
  for (std::uint32_t i = 0, count = mapping.size; i < count; ++i) {
    const std::uint32_t value = tree_.records_[key].next;
    const std::uint32_t next = tree_.records_[value].next;
    const Tree::Record& own = tree_.records_[key];
    if (own.style == Style::plain && tree_.text_of(own) == "<<") {
      sources.push_back(value);
    } else {
      (last == Tree::kNone ? mapping.first : tree_.records_[last].next) = key;
      last = value;
      ++kept;
    }
    key = next;
  }
  mapping.size = kept;
  if (last != Tree::kNone) tree_.records_[last].next = Tree::kNone;
  for (const std::uint32_t value : sources) {
    if (tree_.resolved(value).kind == Kind::sequence) {
      std::uint32_t item = tree_.resolved(value).first;
      for (; item != Tree::kNone; item = tree_.records_[item].next) {
        append_merged(frame.id, item, last);
      }
    } else {
      append_merged(frame.id, value, last);
    }
  }
}

void TreeBuilder::append_merged(std::uint32_t mapping, std::uint32_t from, std::uint32_t& last) {
  if (tree_.resolved(from).kind != Kind::mapping) {
    const Tree::Record& record = tree_.records_[from];
    diagnostic::Findings(reading_rule("MF0010"), problems_)
        .add(at(record.begin, record.end), "`<<` merges mappings only")
        .with_help("refer to a mapping: `<<: *anchor`");
    return;
  }
  const Entries sources(&tree_, tree_.resolved(from).first);
  std::unordered_set<std::string_view> present;
  for (const Entry entry : Node(&tree_, mapping).entries()) present.insert(entry.key.text());
  std::vector<Entry> wanted;
  for (const Entry entry : sources) {
    if (!present.contains(entry.key.text())) wanted.push_back(entry);
  }
  for (const Entry& entry : wanted) {
    for (const Node node : {entry.key, entry.value}) {
      Tree::Record copy = tree_.records_[node.id()];
      if (copy.kind != Kind::scalar && !copy.alias) {
        copy.alias = true;
        copy.first = node.id();
      }
      copy.merged = true;
      copy.next = Tree::kNone;
      const std::uint32_t id = tree_.records_.add(copy);
      (last == Tree::kNone ? tree_.records_[mapping].first : tree_.records_[last].next) = id;
      last = id;
    }
    tree_.records_[mapping].mark |= Tree::bit_of(tree_.resolved(entry.key.id()).mark);
    ++tree_.records_[mapping].size;
    ++expanded_;
  }
}

}  // namespace meshfn::yaml
