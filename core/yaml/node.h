#pragma once

// The tree that every job reads: each node knows its bytes in the file. Nodes are 24-byte records
// in blocks that never move, and scalars point into the source where they can, so that a large
// file costs about three times its size; `Node` is a cheap handle to be passed by value.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/file.h"
#include "yaml/scalar.h"

namespace meshfn::yaml {

class Tree;

enum class Kind : std::uint8_t { scalar, sequence, mapping };
enum class Style : std::uint8_t {
  plain,
  single_quoted,
  double_quoted,
  literal,
  folded,
  flow,
  block
};

struct Entry;
class Entries;
class Items;

/// A place in the tree, or nothing. Valid as long as its Tree. Aliases are followed: an alias has
/// the kind and content of its anchor, and the span of the alias itself.
class Node {
 public:
  Node() = default;

  Node(const Tree* tree, std::uint32_t id) : tree_(tree), id_(id) {}

  /// False for "there is no such node"; every question below is then answered with nothing.
  explicit operator bool() const { return tree_ != nullptr; }

  friend bool operator==(const Node&, const Node&) = default;

  bool is_mapping() const;
  bool is_sequence() const;
  bool is_scalar() const;
  /// A scalar that reads as null (`~`, `null`, nothing at all), or no node.
  bool is_null() const;
  Kind kind() const;
  Style style() const;

  /// Text of a scalar after unescaping and folding; empty for collections. Lives as long as the
  /// Tree.
  std::string_view text() const;
  /// The tag as written (`!Sub`), empty when there is none: CloudFormation spells function calls
  /// so. Found in the source, because nearly no node has one.
  std::string_view tag() const;
  /// How Kubernetes reads the scalar; quoted and block scalars are strings. REQUIRES: a scalar.
  ScalarType type() const;

  /// Entries of a mapping or items of a sequence; merged entries (`<<`) count.
  std::uint32_t size() const;
  /// The value of `key` in a mapping (merge keys applied); nothing when absent or no mapping.
  Node find(std::string_view key) const;
  /// The key node of `key`, for pointing at it.
  Node find_key(std::string_view key) const;

  /// `find` along a path of keys: `at("spec", "http")`.
  template <class... Keys>
  Node at(std::string_view key, Keys... rest) const {
    if constexpr (sizeof...(rest) == 0) {
      return find(key);
    } else {
      return find(key).at(rest...);
    }
  }

  /// Item `index` of a sequence; nothing when out of range.
  Node item(std::uint32_t index) const;
  /// `for (auto [key, value] : node.entries())`; empty for other kinds.
  Entries entries() const;
  /// `for (Node item : node.items())`; empty for other kinds.
  Items items() const;

  source::Span span() const;
  source::Location where() const;

  const Tree* tree() const { return tree_; }

  std::uint32_t id() const { return id_; }

 private:
  const Tree* tree_ = nullptr;
  std::uint32_t id_ = 0;
};

/// One `key: value` of a mapping.
struct Entry {
  Node key;
  Node value;
  bool merged = false;  ///< came from a merge key, so it is written elsewhere
};

/// A comment from its `#` to the end of its line.
struct Comment {
  source::Span span;
  bool own_line = false;  ///< nothing but spaces stands before it
};

/// One document of a stream. A document that could not be read has no root.
struct Document {
  Node root;
  source::Span span;        ///< from its first content to its last
  std::uint32_t index = 0;  ///< 0-based in its file
};

/// Everything read from one file. Not movable: nodes hold its address.
class Tree {
 public:
  explicit Tree(const source::File& file) : file_(file) {}

  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const source::File& file() const { return file_; }

  const std::vector<Document>& documents() const { return documents_; }

  const std::vector<Comment>& comments() const { return comments_; }

  /// The document that holds byte `offset`; null between documents.
  const Document* document_at(std::uint32_t offset) const;
  /// JSON pointer (RFC 6901) from the root of its document to the innermost node that contains
  /// `span`; a key stands for its value.
  std::string pointer_to(source::Span span) const;

 private:
  friend class Node;
  friend class Entries;
  friend class Items;
  friend class TreeBuilder;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Record {
    enum class Tag : std::uint8_t { none, string, other };

    std::uint32_t size = 0;  ///< bytes of text, or number of entries or items
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    /// Of an alias its target, of a collection its first child, of a scalar the offset of its
    /// text in the source or in `own_text_`.
    std::uint32_t first = kNone;
    std::uint32_t next = kNone;  ///< next sibling; of a key: its value
    /// Of a scalar `mark_of` its text, of a mapping a bit for each key (find_key).
    std::uint16_t mark = 0;
    Kind kind : 2 = Kind::scalar;
    Style style : 3 = Style::plain;
    Tag tag : 2 = Tag::none;
    bool alias : 1 = false;
    bool merged : 1 = false;  ///< brought in by `<<`
    bool owns_text : 1 = false;
  };

  // A large file is mostly records: what they take is what a lint run takes.
  static_assert(sizeof(Record) == 24);

  /// Records in blocks: growing never moves them and never holds two copies.
  class Records {
   public:
    std::uint32_t size() const { return size_; }

    const Record& operator[](std::uint32_t id) const { return blocks_[id >> kBits][id & kMask]; }

    Record& operator[](std::uint32_t id) { return blocks_[id >> kBits][id & kMask]; }

    std::uint32_t add(const Record& record);
    /// Forgets all but the first `size`.
    void truncate(std::uint32_t size);

   private:
    static constexpr std::uint32_t kBits = 10;
    static constexpr std::uint32_t kMask = (1U << kBits) - 1;
    std::vector<std::unique_ptr<Record[]>> blocks_;
    std::uint32_t size_ = 0;
  };

  /// A number made of three letters of a text.
  static std::uint16_t mark_of(std::string_view text) {
    if (text.empty()) return 0;
    return static_cast<std::uint16_t>(0x2545U * static_cast<unsigned char>(text.front()) +
                                      0x6C8FU * static_cast<unsigned char>(text[text.size() / 2]) +
                                      0x9E37U * static_cast<unsigned char>(text.back()));
  }

  /// The bit that a key with this mark sets in its mapping's.
  static std::uint16_t bit_of(std::uint16_t mark) {
    return static_cast<std::uint16_t>(1U << (mark >> 12U));
  }

  const Record& record(std::uint32_t id) const { return records_[id]; }

  const Record& resolved(std::uint32_t id) const {
    const Record& own = records_[id];
    return own.alias ? records_[own.first] : own;
  }

  std::string_view text_of(const Record& record) const {
    const char* const base = record.owns_text ? own_text_.data() : file_.text().data();
    return {base + record.first, record.size};
  }

  /// The record of the key that reads `key` in `mapping`; kNone when there is none.
  std::uint32_t find_key(std::uint32_t mapping, std::string_view key) const;

  const source::File& file_;
  Records records_;
  std::string own_text_;  ///< scalars that differ from their source, one after the other
  std::vector<Document> documents_;
  std::vector<Comment> comments_;
};

/// Range over a mapping.
class Entries {
 public:
  class Iterator {
   public:
    Iterator(const Tree* tree, std::uint32_t key) : tree_(tree), key_(key) {}

    Entry operator*() const {
      const auto& key = tree_->record(key_);
      return {Node(tree_, key_), Node(tree_, key.next), key.merged};
    }

    Iterator& operator++() {
      key_ = tree_->record(tree_->record(key_).next).next;
      return *this;
    }

    bool operator!=(const Iterator& other) const { return key_ != other.key_; }

   private:
    const Tree* tree_;
    std::uint32_t key_;
  };

  Entries(const Tree* tree, std::uint32_t first) : tree_(tree), first_(first) {}

  Iterator begin() const { return {tree_, first_}; }

  Iterator end() const { return {tree_, Tree::kNone}; }

 private:
  const Tree* tree_;
  std::uint32_t first_;
};

/// Range over a sequence.
class Items {
 public:
  class Iterator {
   public:
    Iterator(const Tree* tree, std::uint32_t id) : tree_(tree), id_(id) {}

    Node operator*() const { return {tree_, id_}; }

    Iterator& operator++() {
      id_ = tree_->record(id_).next;
      return *this;
    }

    bool operator!=(const Iterator& other) const { return id_ != other.id_; }

   private:
    const Tree* tree_;
    std::uint32_t id_;
  };

  Items(const Tree* tree, std::uint32_t first) : tree_(tree), first_(first) {}

  Iterator begin() const { return {tree_, first_}; }

  Iterator end() const { return {tree_, Tree::kNone}; }

 private:
  const Tree* tree_;
  std::uint32_t first_;
};

}  // namespace meshfn::yaml
