#pragma once

// Source lines with marks under them, as compilers show them. Tabs are expanded, columns are
// display columns (a wide character is two), long lines are cut around the mark, and lines between
// two marks are shown only when there are few.

#include <cstddef>
#include <string>
#include <vector>

#include "report/paint.h"
#include "source/file.h"

namespace meshfn::report {

/// A place to underline and the words that follow the underline.
struct Mark {
  source::Location where;
  std::string text;
  bool primary = false;  ///< `^^^` instead of `---`
};

struct ExcerptStyle {
  std::size_t width = 100;        ///< columns for the source text, the gutter not counted
  Colour primary = Colour::none;  ///< of the carets
  Paint paint{false};
  std::string_view origin = {};  ///< what the first mark's line was rendered from; may be empty
};

/// Width of the line-number gutter that fits all marks.
std::size_t gutter_width(const std::vector<Mark>& marks);

/// The block below a finding's headline: `--> path:line:column`, the lines of the first mark's
/// file, then `::: path:line:column` and the lines of every other file. Each line ends in '\n'.
/// REQUIRES: every mark has a file and `marks` is not empty.
std::string excerpt(const std::vector<Mark>& marks, const ExcerptStyle& style);

}  // namespace meshfn::report
