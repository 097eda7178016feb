#include "yaml/embedded.h"

#include "yaml/reader.h"

namespace meshfn::yaml {

Embedded::Embedded(Node text)
    : outer_(text),
      file_(std::make_unique<source::File>(text.where().file->path(), std::string(text.text()))),
      tree_(read(*file_, problems_)) {}

Node Embedded::root() const {
  return tree_->documents().empty() ? Node{} : tree_->documents().front().root;
}

std::vector<diagnostic::Diagnostic> Embedded::problems() const {
  std::vector<diagnostic::Diagnostic> moved = problems_;
  for (diagnostic::Diagnostic& problem : moved) problem.where = where(problem.where);
  return moved;
}

source::Location Embedded::where(const source::Location& inner) const {
  const source::Location whole = outer_.where();
  if (inner.file != file_.get()) return inner;
  const auto moved = [&](std::uint32_t base) {
    return source::Location{whole.file, {base, base + inner.span.size()}};
  };
  // Quoted on one line: the text stands there as it is.
  const std::size_t verbatim = whole.file->slice(whole.span).find(file_->text());
  if (verbatim != std::string_view::npos) {
    return moved(whole.span.begin + static_cast<std::uint32_t>(verbatim) + inner.span.begin);
  }
  // A block: line by line, with the indentation in front.
  const std::uint32_t line = file_->position(inner.span.begin).line;
  const std::uint32_t outer_line = whole.file->position(whole.span.begin).line + line;
  if (outer_.style() != Style::literal || outer_line > whole.file->line_count()) return whole;
  const std::string_view text = file_->line(line);
  const std::string_view around = whole.file->line(outer_line);
  if (!around.ends_with(text)) return whole;
  const auto indent = static_cast<std::uint32_t>(around.size() - text.size());
  const std::uint32_t column = inner.span.begin - file_->line_start(line);
  const source::Location place = moved(whole.file->line_start(outer_line) + indent + column);
  const bool same_line = file_->slice(inner.span).find('\n') == std::string_view::npos;
  return same_line ? place : source::Location{whole.file, {place.span.begin, place.span.begin}};
}

}  // namespace meshfn::yaml
