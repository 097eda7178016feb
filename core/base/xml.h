#pragma once

// The little XML that reports in JUnit and Checkstyle form need.

#include <string>
#include <string_view>

namespace meshfn {

/// `text` for an attribute or an element: markup escaped, characters that XML 1.0 (section 2.2)
/// forbids and bytes that are no UTF-8 replaced by U+FFFD, line breaks kept as references.
std::string xml_escape(std::string_view text);

}  // namespace meshfn
