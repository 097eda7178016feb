#pragma once

// Names of findings that survive edits elsewhere in the file, so that dashboards can tell an old
// finding from a new one.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::report {

/// GitHub's `primaryLocationLineHash` of every line of `text`, as its upload action computes it: a
/// rolling hash (modulus 37, modulo 2^64) over the 100 UTF-16 units that follow the start of the
/// line, spaces and tabs left out, CR and CRLF read as LF, 0xFFFF at the end of the file and zeros
/// after it; in hexadecimal, then ":" and how often the value has occurred so far.
std::vector<std::string> line_hashes(std::string_view text);

/// What identifies a finding without line numbers: rule, path, object and JSON pointer. Equal
/// findings are told apart by their order.
class Fingerprints {
 public:
  /// 16 hexadecimal digits, different for every finding of one run.
  std::string next(const diagnostic::Diagnostic& finding);

 private:
  std::map<std::string, std::uint64_t> seen_;
};

}  // namespace meshfn::report
