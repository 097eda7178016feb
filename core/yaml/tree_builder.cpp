#include "yaml/tree_builder.h"

#include <yaml.h>

#include <algorithm>

#include "base/str.h"
#include "yaml/byte_offsets.h"
#include "yaml/wording.h"

namespace meshfn::yaml {

namespace {

Style scalar_style(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Style::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Style::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Style::literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return Style::folded;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
      return Style::plain;
  }
  return Style::plain;
}

std::string_view text_or_empty(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

}  // namespace

/// One libyaml parser over one run of bytes.
class TreeBuilder::Run {
 public:
  Run(const source::File& file, source::Span span) : offsets_(file.slice(span), span.begin) {
    yaml_parser_initialize(&parser_);
    const std::string_view text = file.slice(span);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }

  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  ~Run() {
    yaml_event_delete(&raw_);
    yaml_parser_delete(&parser_);
  }

  /// False at a syntax error. The event's texts live until the next call.
  bool next(Event& event) {
    yaml_event_delete(&raw_);
    if (yaml_parser_parse(&parser_, &raw_) != 1) return false;
    event = {Event::Type::none, offset(raw_.start_mark), offset(raw_.end_mark)};
    fill(event);
    return true;
  }

  bool is_done() const { return raw_.type == YAML_STREAM_END_EVENT; }

  const yaml_parser_t& parser() const { return parser_; }

  std::uint32_t offset(const yaml_mark_t& mark) const { return offsets_(mark.index); }

 private:
  void fill(Event& event) const {
    using Type = Event::Type;
    switch (raw_.type) {
      case YAML_DOCUMENT_START_EVENT:
        event.type = Type::document_start;
        break;
      case YAML_DOCUMENT_END_EVENT:
        event.type = Type::document_end;
        break;
      case YAML_ALIAS_EVENT:
        event.type = Type::alias;
        event.anchor = text_or_empty(raw_.data.alias.anchor);
        break;
      case YAML_SCALAR_EVENT: {
        const auto& scalar = raw_.data.scalar;
        event.type = Type::scalar;
        event.style = scalar_style(scalar.style);
        event.text = {reinterpret_cast<const char*>(scalar.value), scalar.length};
        event.anchor = text_or_empty(scalar.anchor);
        event.tag = text_or_empty(scalar.tag);
        break;
      }
      case YAML_SEQUENCE_START_EVENT: {
        const auto& sequence = raw_.data.sequence_start;
        event.type = Type::sequence_start;
        event.style = sequence.style == YAML_FLOW_SEQUENCE_STYLE ? Style::flow : Style::block;
        event.anchor = text_or_empty(sequence.anchor);
        break;
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& mapping = raw_.data.mapping_start;
        event.type = Type::mapping_start;
        event.style = mapping.style == YAML_FLOW_MAPPING_STYLE ? Style::flow : Style::block;
        event.anchor = text_or_empty(mapping.anchor);
        break;
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        event.type = Type::collection_end;
        break;
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
        break;
    }
  }

  yaml_parser_t parser_{};
  yaml_event_t raw_{};
  ByteOffsets offsets_;
};

source::Location TreeBuilder::at(std::uint32_t begin, std::uint32_t end) const {
  return {&tree_.file(), {begin, end}};
}

bool TreeBuilder::reject(std::string_view rule, source::Location where, std::string message,
                         std::string help) {
  diagnostic::Findings(reading_rule(rule), problems_)
      .add(where, std::move(message))
      .with_help(std::move(help));
  dropped_ = true;
  return false;
}

std::uint32_t TreeBuilder::build(source::Span run, std::uint32_t enough) {
  Run source(tree_.file(), run);
  Event event;
  std::uint32_t document_begin = run.begin;
  while (source.next(event)) {
    if (event.type == Event::Type::document_start) document_begin = event.begin;
    if (!accept(event)) {
      // Refused for what it would cost: do not let libyaml read the rest of it either.
      end_document(document_begin, event.end, false);
      return std::max(event.end, document_begin + 1);
    }
    if (source.is_done()) return run.end;
    const bool over = event.type == Event::Type::document_end && event.end >= enough;
    if (over) return event.end;
  }
  return report_syntax_error(source, run, document_begin);
}

/// Says what libyaml stumbled over and returns where to look for the next document.
std::uint32_t TreeBuilder::report_syntax_error(const Run& source, source::Span run,
                                               std::uint32_t document_begin) {
  const yaml_parser_t& parser = source.parser();
  std::uint32_t spot = parser.error == YAML_READER_ERROR
                           ? run.begin + static_cast<std::uint32_t>(parser.problem_offset)
                           : source.offset(parser.problem_mark);
  const Wording wording = reword(parser.problem == nullptr ? "unknown error" : parser.problem);
  if (parser.context != nullptr && wording.is_about_start) {
    // The end of the file says nothing; the quote that was opened does.
    spot = source.offset(parser.context_mark);
  }
  spot = std::min(spot, run.end);
  const source::Location where = at(spot, std::min(spot + 1, run.end));
  const std::string_view text = tree_.file().text();
  const std::size_t line_end = std::min(text.find('\n', spot), text.size());
  const std::size_t braces = text.substr(0, line_end).find("{{", document_begin);
  if (dropped_) {
    // Refused before; one finding a document is enough.
  } else if (braces != std::string_view::npos) {
    const auto begin = static_cast<std::uint32_t>(braces);
    reject_template(at(begin, begin + 2));
  } else {
    reject("MF0001", where, std::string(wording.message), std::string(wording.help));
  }
  end_document(document_begin, spot, false);
  return std::max(spot, document_begin + 1);
}

bool TreeBuilder::reject_template(source::Location where) {
  return reject("MF0004", where, "this is a template that has not been rendered",
                "render it first, for example `helm template . | meshfn lint -`");
}

bool TreeBuilder::accept(const Event& event) {
  switch (event.type) {
    case Event::Type::document_start:
      begin_document();
      return true;
    case Event::Type::document_end: {
      if (root_ == Tree::kNone && !dropped_) return true;
      const bool readable = !dropped_;
      const Tree::Record* root = readable ? &tree_.records_[root_] : nullptr;
      if (root != nullptr && root->kind == Kind::scalar && root->size == 0 &&
          root->style == Style::plain && !root->alias) {
        return true;  // nothing between two `---`
      }
      end_document(readable ? root->begin : event.begin, readable ? root->end : event.end,
                   readable);
      return true;
    }
    case Event::Type::scalar:
      return dropped_ || add_scalar(event);
    case Event::Type::alias:
      return dropped_ || add_alias(event);
    case Event::Type::sequence_start:
    case Event::Type::mapping_start:
      return dropped_ || open_collection(event);
    case Event::Type::collection_end:
      if (!dropped_) close_collection(event);
      return true;
    case Event::Type::none:
      return true;
  }
  return true;
}

void TreeBuilder::begin_document() {
  stack_.clear();
  anchors_.clear();
  expanded_ = 0;
  root_ = Tree::kNone;
  dropped_ = false;
}

void TreeBuilder::end_document(std::uint32_t begin, std::uint32_t end, bool readable) {
  const Node root = readable ? Node(&tree_, root_) : Node();
  tree_.documents_.push_back({root, {begin, std::max(begin, end)}, next_index_++});
  begin_document();
}

void TreeBuilder::store_text(Tree::Record& record, std::string_view text) {
  record.size = static_cast<std::uint32_t>(text.size());
  record.mark = Tree::mark_of(text);
  const std::string_view source = tree_.file().slice({record.begin, record.end});
  const std::uint32_t quote = record.style == Style::plain ? 0 : 1;
  const bool fits = source.size() == text.size() + 2 * quote;
  // The reader of simple YAML hands on texts where they stand.
  const bool in_place = fits && source.data() + quote == text.data();
  if (in_place || (fits && source.substr(quote, text.size()) == text)) {
    record.first = record.begin + quote;
    return;
  }
  record.owns_text = true;
  record.first = static_cast<std::uint32_t>(tree_.own_text_.size());
  tree_.own_text_ += text;
}

std::uint32_t TreeBuilder::add_record(const Event& event, Kind kind) {
  Tree::Record record;
  record.kind = kind;
  record.begin = event.begin;
  record.end = event.end;
  // The span of a value leaves out its anchor and tag.
  const std::string_view text = tree_.file().text();
  while (record.begin < record.end && (text[record.begin] == '&' || text[record.begin] == '!')) {
    const std::size_t blank = text.find_first_of(" \t\r\n,]}", record.begin);
    const std::size_t next = text.find_first_not_of(" \t\r\n", std::min(blank, text.size()));
    record.begin = static_cast<std::uint32_t>(std::min<std::size_t>(next, record.end));
  }
  ++expanded_;
  return tree_.records_.add(record);
}

bool TreeBuilder::add_scalar(const Event& event) {
  const std::uint32_t id = add_record(event, Kind::scalar);
  Tree::Record& record = tree_.records_[id];
  record.style = event.style;
  const std::string_view text = event.text;
  if (record.style == Style::literal || record.style == Style::folded) {
    // libyaml ends a block scalar where the next token begins.
    const std::string_view source = tree_.file().slice({record.begin, record.end});
    record.end = record.begin + static_cast<std::uint32_t>(source.find_last_not_of(" \t\r\n") + 1);
  }
  if (!event.tag.empty()) {
    record.tag = event.tag == YAML_STR_TAG ? Tree::Record::Tag::string : Tree::Record::Tag::other;
  }
  if (text.empty() && record.style == Style::plain && !stack_.empty()) {
    const Frame& frame = stack_.back();
    const bool is_value = tree_.records_[frame.id].kind == Kind::mapping && !frame.wants_key;
    if (is_value) {
      // Nothing after the colon: point there, not at the next token.
      const std::size_t colon = tree_.file().text().find(':', tree_.records_[frame.last].end);
      if (colon < record.begin) record.begin = static_cast<std::uint32_t>(colon + 1);
    }
    record.end = record.begin;
  }
  store_text(record, text);
  if (!event.anchor.empty()) remember(std::string(event.anchor), id, false);
  return link(id);
}

bool TreeBuilder::add_alias(const Event& event) {
  const std::string name(event.anchor);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    return reject("MF0003", at(event.begin, event.end), "`*" + name + "` refers to no anchor",
                  "define `&" + name + "` earlier in this document, or quote the value");
  }
  if (found->second.open) {
    return reject("MF0003", at(event.begin, event.end),
                  "`*" + name + "` stands inside the value that it refers to");
  }
  const std::uint32_t id = add_record(event, tree_.records_[found->second.id].kind);
  Tree::Record& record = tree_.records_[id];
  record.alias = true;
  record.first = found->second.id;
  expanded_ += found->second.weight;
  if (expanded_ > limits_.expanded_nodes) {
    return reject("MF0006", at(event.begin, event.end),
                  "written out, the aliases of this document make more than " +
                      std::to_string(limits_.expanded_nodes) + " values",
                  "write the repeated part once, or split the document");
  }
  return link(id);
}

bool TreeBuilder::open_collection(const Event& event) {
  const bool mapping = event.type == Event::Type::mapping_start;
  if (stack_.size() >= limits_.depth) {
    return reject("MF0005", at(event.begin, event.end),
                  "nested deeper than " + std::to_string(limits_.depth) + " levels");
  }
  const std::uint64_t before = expanded_;
  const std::uint32_t id = add_record(event, mapping ? Kind::mapping : Kind::sequence);
  tree_.records_[id].style = event.style;
  const std::string name(event.anchor);
  if (!name.empty()) remember(name, id, true);
  if (!link(id)) return true;  // refused as a key: the rest of the document is passed over
  stack_.push_back({id, Tree::kNone, before, name, mapping, false});
  return true;
}

void TreeBuilder::close_collection(const Event& event) {
  Frame frame = stack_.back();
  stack_.pop_back();
  Tree::Record& record = tree_.records_[frame.id];
  if (record.style == Style::flow) {
    record.end = event.end;
  } else if (frame.last != Tree::kNone) {
    // A block ends with its last child; libyaml ends it where the next token begins.
    record.end = std::max(record.begin, tree_.records_[frame.last].end);
  }
  if (record.kind == Kind::mapping) {
    check_duplicates(frame);
    if (frame.has_merge) merge(frame);
  }
  if (!frame.anchor.empty()) {
    anchors_[frame.anchor] = {frame.id, expanded_ - frame.expanded_open, false};
  }
}

/// Appends node `id` to the collection on top of the stack. False when it was refused.
bool TreeBuilder::link(std::uint32_t id) {
  if (stack_.empty()) {
    root_ = id;
    return true;
  }
  Frame& frame = stack_.back();
  Tree::Record& parent = tree_.records_[frame.id];
  const bool is_key = parent.kind == Kind::mapping && frame.wants_key;
  if (is_key && !accept_key(id)) return false;
  if (frame.last == Tree::kNone) {
    parent.first = id;
  } else {
    tree_.records_[frame.last].next = id;
  }
  frame.last = id;
  if (!is_key) ++parent.size;
  if (parent.kind == Kind::mapping) frame.wants_key = !frame.wants_key;
  return true;
}

bool TreeBuilder::accept_key(std::uint32_t id) {
  const Tree::Record& key = tree_.resolved(id);
  Frame& frame = stack_.back();
  if (key.kind == Kind::scalar) {
    if (key.size == 2 && key.style == Style::plain && tree_.text_of(key) == "<<") {
      frame.has_merge = true;
    }
    tree_.records_[frame.id].mark |= Tree::bit_of(key.mark);
    return true;
  }
  const Tree::Record& parent = tree_.records_[frame.id];
  const std::uint32_t begin = tree_.records_[id].begin;
  if (tree_.file().text().substr(parent.begin).starts_with("{{")) {
    reject_template(at(parent.begin, parent.begin + 2));
  } else {
    reject("MF0009", at(begin, begin + 1), "a key must be a string, not a list or a mapping");
  }
  return false;
}

void TreeBuilder::remember(const std::string& anchor, std::uint32_t id, bool open) {
  anchors_[anchor] = {id, 1, open};
}

}  // namespace meshfn::yaml
