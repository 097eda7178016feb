#pragma once

// Events to our tree, one document at a time. Internal to the yaml room: the only file that
// includes <yaml.h> is tree_builder.cpp, subset.cpp finds the events of simple documents itself,
// and mapping_keys.cpp holds what is done with the keys of a mapping that is complete.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "yaml/node.h"
#include "yaml/reader.h"

namespace meshfn::yaml {

/// Row `id` ("MF0001") of `reading_rules()`.
const diagnostic::Rule& reading_rule(std::string_view id);

/// Appends nodes and documents to a tree.
class TreeBuilder {
 public:
  TreeBuilder(Tree& tree, std::vector<diagnostic::Diagnostic>& problems, const Limits& limits)
      : tree_(tree), problems_(problems), limits_(limits) {}

  /// Reads the first document of `run` by libyaml, and those after it that begin before `enough`.
  /// Returns where it stopped: the end of the last one, or, after a syntax error (already
  /// reported), the offset from which the next document has to be looked for.
  std::uint32_t build(source::Span run, std::uint32_t enough);

  /// Reads `chunk`, at most one document, if it is simple enough to do so without libyaml; false,
  /// and nothing done, when it is not.
  bool build_subset(source::Span chunk);

  /// Finds the comments: every `#` that starts one and is not inside a scalar. Call once, after
  /// the last run.
  void finish();

 private:
  class Run;
  class Subset;

  /// What is found in the text, in its order. Positions are offsets of bytes.
  struct Event {
    enum class Type : std::uint8_t {
      none,
      document_start,
      document_end,
      scalar,
      alias,
      sequence_start,
      mapping_start,
      collection_end
    };

    Type type = Type::none;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Style style = Style::plain;
    std::string_view text = {};  ///< of a scalar after unescaping and folding
    std::string_view anchor = {};
    std::string_view tag = {};
  };

  struct Frame {
    std::uint32_t id;
    std::uint32_t last;           ///< last child linked so far
    std::uint64_t expanded_open;  ///< value of `expanded_` when it opened
    std::string anchor;
    bool wants_key;
    bool has_merge;
  };

  struct Anchor {
    std::uint32_t id;
    std::uint64_t weight;  ///< nodes it stands for
    bool open;
  };

  /// Two keys of one mapping with the same text.
  struct Repetition {
    std::uint32_t first;
    std::uint32_t second;
  };

  bool accept(const Event& event);
  std::uint32_t report_syntax_error(const Run& source, source::Span run,
                                    std::uint32_t document_begin);
  bool reject_template(source::Location where);
  void begin_document();
  void end_document(std::uint32_t begin, std::uint32_t end, bool readable);
  bool add_scalar(const Event& event);
  bool add_alias(const Event& event);
  bool open_collection(const Event& event);
  void close_collection(const Event& event);
  bool link(std::uint32_t id);
  bool accept_key(std::uint32_t id);
  void remember(const std::string& anchor, std::uint32_t id, bool open);
  void check_duplicates(const Frame& frame);
  bool may_repeat_keys(std::uint32_t mapping) const;
  std::vector<Repetition> repeated_keys(std::uint32_t mapping) const;
  std::optional<diagnostic::Fix> removal_of_copy(const Tree::Record& first,
                                                 const Tree::Record& second) const;
  void merge(const Frame& frame);
  void append_merged(std::uint32_t mapping, std::uint32_t from, std::uint32_t& last);
  std::uint32_t add_record(const Event& event, Kind kind);
  void store_text(Tree::Record& record, std::string_view text);
  source::Location at(std::uint32_t begin, std::uint32_t end) const;
  bool reject(std::string_view rule, source::Location where, std::string message,
              std::string help = {});

  Tree& tree_;
  std::vector<diagnostic::Diagnostic>& problems_;
  Limits limits_;
  std::vector<Frame> stack_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::uint64_t expanded_ = 0;
  std::uint32_t root_ = Tree::kNone;
  std::uint32_t next_index_ = 0;
  bool dropped_ = false;  ///< the current document was refused; its events are passed over
};

}  // namespace meshfn::yaml
