#pragma once

// Bytes to tree. libyaml finds the events, where a document is not so simple that we can; we add
// the spans, the comments, the checks that libyaml leaves to its users (duplicate keys, undefined
// aliases, merge keys, budgets) and the recovery: a syntax error costs its document, and the next
// `---` starts afresh. JSON is read by the same code, being YAML for our purposes.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "source/file.h"
#include "yaml/node.h"

namespace meshfn::yaml {

/// What a document may cost. Hostile input meets a limit before it costs memory or time.
struct Limits {
  std::uint32_t depth = 256;                  ///< nested collections
  std::uint64_t expanded_nodes = 1'000'000;   ///< nodes when every alias is written out
  std::uint32_t document_bytes = 16U << 20U;  ///< far above etcd's 1.5 MiB for an object
};

/// Whether documents that are simple enough may be read without libyaml, in a quarter of the time.
/// The tree is the same; to compare is what `no` is for.
enum class Shortcut : std::uint8_t { yes, no };

/// Reads every document of `file`, which must outlive the tree. What is wrong is appended to
/// `problems` as findings of the rules in `reading_rules()`; a document with a syntax error is
/// listed without a root. Never fails as a whole.
std::unique_ptr<Tree> read(const source::File& file, std::vector<diagnostic::Diagnostic>& problems,
                           const Limits& limits = {}, Shortcut shortcut = Shortcut::yes);

/// Whether a finding of `rule` means that its document could not be read: nothing that stands in it
/// has been looked at.
bool loses_document(const diagnostic::Rule& rule);

/// The rules that reading can break (group `yaml`), for the catalogue.
std::span<const diagnostic::Rule> reading_rules();

}  // namespace meshfn::yaml
