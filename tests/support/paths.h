#pragma once

// Where tests find things. The paths are compiled into one file only, so that every other test
// compiles to the same object wherever the checkout lies.

#include <string>
#include <string_view>

namespace meshfn::test {

/// Root of the checkout.
const std::string& source_dir();

/// The binary under test.
const std::string& program();

/// `path` in the folder of public files: beside the checkout (`../shared`), or where
/// MESHFN_SHARED says. The file need not be there.
std::string shared_path(std::string_view path);

/// Whether `path` is among the public files; says so on stdout when it is not, because a test that
/// is passed over must not look like one that ran.
bool have_shared(std::string_view path);

}  // namespace meshfn::test
