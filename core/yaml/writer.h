#pragma once

// The only writer of YAML. Structure and escapes are yaml-cpp's, the style of every scalar is
// ours: text that the Kubernetes reading or the YAML 1.2 reading would take for something else is
// quoted, lines of text become literal blocks, and what one parser or the other gets wrong
// (U+2028, DEL, a missing chomping indicator) is kept out of its way.

#include <span>
#include <string>
#include <string_view>

#include "yaml/value.h"

namespace meshfn::yaml {

/// `document` as block YAML with a final newline, two spaces a level, keys in their order.
/// Bytes that are no UTF-8, and the non-characters U+FFFE and U+FFFF, are written as U+FFFD, since
/// YAML cannot hold them; comments lose what would have to be escaped.
std::string write(const Value& document);

/// The documents with `---` between them.
std::string write(std::span<const Value> documents);

/// Whether `text` has to be quoted so that every reader takes it for a string.
bool needs_quotes(std::string_view text);

}  // namespace meshfn::yaml
