#pragma once

// One report that shows every part of a finding, for the tests of all formats.

#include <memory>

#include "report/report.h"

namespace meshfn::report {

/// A report whose findings point into `store`.
struct Sample {
  source::Store store;
  Report report;
};

/// Four findings in two files: an error with a note, two related places and a fix; a warning on a
/// line with tabs and wide characters; a suppressed warning; an error about no file.
std::unique_ptr<Sample> sample();

/// A report of a run that found nothing.
std::unique_ptr<Sample> clean_sample();

/// What the reporter called `name` writes for `report`.
std::string written(std::string_view name, const Report& report);

}  // namespace meshfn::report
