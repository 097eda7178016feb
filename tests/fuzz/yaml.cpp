// Whatever the bytes, reading ends, every node and finding lies inside the file, and the way
// without libyaml finds what libyaml finds.

#include <cstdlib>

#include "yaml/reader.h"

namespace {

using meshfn::source::Span;

void check(Span span, std::size_t size) {
  if (span.begin > span.end || span.end > size) std::abort();
}

void visit(meshfn::yaml::Node node, std::size_t size, std::uint64_t& budget) {
  if (budget == 0) return;
  --budget;
  check(node.span(), size);
  for (const auto entry : node.entries()) {
    check(entry.key.span(), size);
    visit(entry.value, size, budget);
  }
  for (const meshfn::yaml::Node item : node.items()) visit(item, size, budget);
}

/// Both trees down to the same nodes; `budget` bounds what aliases multiply.
void compare(meshfn::yaml::Node a, meshfn::yaml::Node b, std::uint64_t& budget) {
  if (budget == 0) return;
  --budget;
  const bool same = static_cast<bool>(a) == static_cast<bool>(b) &&
                    a.span().begin == b.span().begin && a.span().end == b.span().end &&
                    a.size() == b.size() && a.text() == b.text();
  if (!same || (a && (a.kind() != b.kind() || a.style() != b.style()))) std::abort();
  auto entries = b.entries().begin();
  for (const auto entry : a.entries()) {
    compare(entry.key, (*entries).key, budget);
    compare(entry.value, (*entries).value, budget);
    ++entries;
  }
  auto items = b.items().begin();
  for (const meshfn::yaml::Node item : a.items()) {
    compare(item, *items, budget);
    ++items;
  }
}

void compare(const meshfn::source::File& file, const meshfn::yaml::Tree& tree,
             const std::vector<meshfn::diagnostic::Diagnostic>& problems) {
  std::vector<meshfn::diagnostic::Diagnostic> others;
  const auto other = meshfn::yaml::read(file, others, {}, meshfn::yaml::Shortcut::no);
  if (tree.documents().size() != other->documents().size()) std::abort();
  if (tree.comments().size() != other->comments().size()) std::abort();
  if (problems.size() != others.size()) std::abort();
  std::uint64_t budget = 20'000;
  for (std::size_t i = 0; i < tree.documents().size(); ++i) {
    compare(tree.documents()[i].root, other->documents()[i].root, budget);
  }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const meshfn::source::File file("fuzz.yaml",
                                  std::string(reinterpret_cast<const char*>(bytes), size));
  std::vector<meshfn::diagnostic::Diagnostic> problems;
  const auto tree = meshfn::yaml::read(file, problems);
  compare(file, *tree, problems);
  // Aliases may stand for a million nodes; looking at the first thousands is enough.
  std::uint64_t budget = 20'000;
  for (const auto& document : tree->documents()) {
    check(document.span, size);
    if (document.root) visit(document.root, size, budget);
  }
  for (const auto& comment : tree->comments()) check(comment.span, size);
  for (const auto& problem : problems) {
    check(problem.where.span, size);
    if (tree->pointer_to(problem.where.span).size() > 64 * size + 64) std::abort();
  }
  return 0;
}
