#include "yaml/node.h"

#include <algorithm>
#include <cstring>

#include "yaml/pointer_finder.h"

namespace meshfn::yaml {

namespace {

constexpr std::size_t kLongestNull = std::string_view("null").size();

template <class T>
bool same_bytes(const char* a, const char* b) {
  T x;
  T y;
  std::memcpy(&x, a, sizeof(T));
  std::memcpy(&y, b, sizeof(T));
  return x == y;
}

/// memcmp without the call for the lengths that keys have: two words that may overlap.
bool same_text(const char* a, const char* b, std::size_t size) {
  using Long = std::uint64_t;
  using Short = std::uint32_t;
  if (size > 2 * sizeof(Long)) return std::memcmp(a, b, size) == 0;
  if (size >= sizeof(Long)) {
    const std::size_t last = size - sizeof(Long);
    return same_bytes<Long>(a, b) && same_bytes<Long>(a + last, b + last);
  }
  if (size >= sizeof(Short)) {
    const std::size_t last = size - sizeof(Short);
    return same_bytes<Short>(a, b) && same_bytes<Short>(a + last, b + last);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

bool Node::is_mapping() const { return tree_ != nullptr && kind() == Kind::mapping; }

bool Node::is_sequence() const { return tree_ != nullptr && kind() == Kind::sequence; }

bool Node::is_scalar() const { return tree_ != nullptr && kind() == Kind::scalar; }

bool Node::is_null() const {
  if (tree_ == nullptr) return true;
  const Tree::Record& record = tree_->resolved(id_);
  return record.kind == Kind::scalar && record.size <= kLongestNull && type() == ScalarType::null;
}

Kind Node::kind() const { return tree_->resolved(id_).kind; }

Style Node::style() const { return tree_->resolved(id_).style; }

std::string_view Node::text() const {
  if (tree_ == nullptr) return {};
  const Tree::Record& record = tree_->resolved(id_);
  return record.kind == Kind::scalar ? tree_->text_of(record) : std::string_view();
}

std::string_view Node::tag() const {
  if (tree_ == nullptr) return {};
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view before = tree_->file_.text().substr(0, tree_->resolved(id_).begin);
  const std::size_t last = before.find_last_not_of(kSpace);
  if (last == std::string_view::npos || last + 1 == before.size()) return {};
  const std::size_t first = before.find_last_of(" \t\r\n[{,", last) + 1;
  const std::string_view word = before.substr(first, last + 1 - first);
  return word.starts_with('!') ? word : std::string_view();
}

ScalarType Node::type() const {
  const Tree::Record& record = tree_->resolved(id_);
  if (record.style != Style::plain || record.tag == Tree::Record::Tag::string) {
    return ScalarType::string;
  }
  return kubernetes_type(tree_->text_of(record));
}

std::uint32_t Node::size() const {
  if (tree_ == nullptr) return 0;
  const Tree::Record& record = tree_->resolved(id_);
  return record.kind == Kind::scalar ? 0 : record.size;
}

Node Node::find_key(std::string_view key) const {
  const std::uint32_t id = tree_ == nullptr ? Tree::kNone : tree_->find_key(id_, key);
  return id == Tree::kNone ? Node() : Node(tree_, id);
}

Node Node::find(std::string_view key) const {
  const std::uint32_t id = tree_ == nullptr ? Tree::kNone : tree_->find_key(id_, key);
  return id == Tree::kNone ? Node() : Node(tree_, tree_->record(id).next);
}

Node Node::item(std::uint32_t index) const {
  for (const Node node : items()) {
    if (index-- == 0) return node;
  }
  return {};
}

Entries Node::entries() const {
  return {tree_, is_mapping() ? tree_->resolved(id_).first : Tree::kNone};
}

Items Node::items() const {
  return {tree_, is_sequence() ? tree_->resolved(id_).first : Tree::kNone};
}

source::Span Node::span() const {
  if (tree_ == nullptr) return {};
  const Tree::Record& record = tree_->record(id_);
  return {record.begin, record.end};
}

source::Location Node::where() const {
  if (tree_ == nullptr) return {};
  return {&tree_->file(), span()};
}

// Half of what the rules do is asking for keys that are not there: most mappings must be passed by
// without a look at their keys, and most keys without a look at their text. One in sixteen marks
// has the bit that another one set in its mapping.
std::uint32_t Tree::find_key(std::uint32_t mapping, std::string_view key) const {
  const Record& own = resolved(mapping);
  if (own.kind != Kind::mapping) return kNone;
  const std::uint16_t mark = mark_of(key);
  if ((own.mark & bit_of(mark)) == 0) return kNone;
  for (std::uint32_t id = own.first; id != kNone;) {
    const Record& written = records_[id];
    const Record& text = written.alias ? records_[written.first] : written;
    if (text.size == key.size() && text.mark == mark &&
        same_text(text_of(text).data(), key.data(), key.size())) {
      return id;
    }
    id = records_[written.next].next;
  }
  return kNone;
}

std::uint32_t Tree::Records::add(const Record& record) {
  if ((size_ & kMask) == 0) blocks_.push_back(std::make_unique<Record[]>(kMask + 1));
  (*this)[size_] = record;
  return size_++;
}

void Tree::Records::truncate(std::uint32_t size) {
  size_ = size;
  blocks_.resize((size + kMask) >> kBits);
}

const Document* Tree::document_at(std::uint32_t offset) const {
  const auto after = std::upper_bound(
      documents_.begin(), documents_.end(), offset,
      [](std::uint32_t at, const Document& document) { return at < document.span.begin; });
  return after == documents_.begin() ? nullptr : &*(after - 1);
}

std::string Tree::pointer_to(source::Span span) const { return PointerFinder(*this).find(span); }

}  // namespace meshfn::yaml
