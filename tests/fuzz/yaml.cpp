// Whatever the bytes, reading ends, and every node and finding lies inside the file.

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

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const meshfn::source::File file("fuzz.yaml",
                                  std::string(reinterpret_cast<const char*>(bytes), size));
  std::vector<meshfn::diagnostic::Diagnostic> problems;
  const auto tree = meshfn::yaml::read(file, problems);
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
