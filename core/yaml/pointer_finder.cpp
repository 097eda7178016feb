#include "yaml/pointer_finder.h"

namespace meshfn::yaml {

namespace {

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string PointerFinder::find(source::Span span) {
  const Document* document = tree_.document_at(span.begin);
  std::string pointer;
  if (document == nullptr) return pointer;
  for (Node node = document->root; node;) node = step_into(node, span, pointer);
  return pointer;
}

/// The child of `node` that contains `span`, its step appended to `pointer`; nothing when none
/// does, or when the span is a key (a key stands for its whole value).
Node PointerFinder::step_into(Node node, source::Span span, std::string& pointer) {
  const std::size_t before = pointer.size();
  const auto known = places_.find(node.id());
  if (known != places_.end() && known->second.begin <= span.begin) {
    const Place place = known->second;
    const Node next =
        node.is_mapping()
            ? enter_mapping(node, Entries(&tree_, place.child), span, pointer)
            : enter_sequence(node, Items(&tree_, place.child), place.index, span, pointer);
    if (pointer.size() > before) return next;
  }
  // Also when going on found nothing: merged entries stand out of order.
  return node.is_mapping() ? enter_mapping(node, node.entries(), span, pointer)
                           : enter_sequence(node, node.items(), 0, span, pointer);
}

Node PointerFinder::enter_mapping(Node node, Entries entries, source::Span span,
                                  std::string& pointer) {
  for (const Entry entry : entries) {
    const bool in_key = entry.key.span().contains(span);
    if (!in_key && !entry.value.span().contains(span)) continue;
    pointer += '/' + escaped(entry.key.text());
    places_[node.id()] = {entry.key.id(), 0, entry.key.span().begin};
    return in_key ? Node() : entry.value;
  }
  return {};
}

Node PointerFinder::enter_sequence(Node node, Items items, std::uint32_t index, source::Span span,
                                   std::string& pointer) {
  for (const Node item : items) {
    if (item.span().contains(span)) {
      pointer += '/' + std::to_string(index);
      places_[node.id()] = {item.id(), index, item.span().begin};
      return item;
    }
    ++index;
  }
  return {};
}

}  // namespace meshfn::yaml
