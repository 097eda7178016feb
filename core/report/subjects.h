#pragma once

// Findings sorted by what they are about, for the formats that list passes as well.

#include <string>
#include <vector>

#include "report/report.h"

namespace meshfn::report {

/// One line of TAP, one case of JUnit.
struct Case {
  std::string path;
  std::string name;  ///< "VirtualService shop/reviews", "document 3" or "file"
  std::vector<const diagnostic::Diagnostic*> findings;  ///< not suppressed; may be empty
};

/// A case for every subject in input order. Findings about none of them make a case of their own
/// for their file, after the others of that file.
std::vector<Case> cases_of(const Report& report);

}  // namespace meshfn::report
