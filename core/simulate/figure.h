#pragma once

// Numbers and text in the simulator's machine formats: six significant digits, fields of CSV and
// Markdown, the XML of JUnit.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::simulate {

/// `value` to six significant digits: the last bits of a mean must not decide whether two runs are
/// equal.
double figure(double value);

/// The same as text, a whole number without a point; empty for what is no number ("never").
std::string figure_text(double value);

/// `n` with a space between groups of three digits.
std::string grouped(std::uint64_t n);

/// A field of CSV, quoted when it has to be.
std::string csv_field(std::string_view text);

/// A row of a Markdown table, bars in the cells escaped.
std::string markdown_row(const std::vector<std::string>& cells);
/// The line under a header of `columns` cells, the first column left-aligned.
std::string markdown_rule(std::size_t columns);

/// One thing that was judged.
struct TestCase {
  std::string name;
  bool pass = true;
  std::string message;  ///< of a failure: what it came to
  std::string detail;   ///< and why
};

/// A JUnit file with one suite.
std::string junit(std::string_view suite, const std::vector<TestCase>& cases);

}  // namespace meshfn::simulate
