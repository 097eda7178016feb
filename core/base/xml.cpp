#include "base/xml.h"

#include "base/str.h"

namespace meshfn {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\n':
      return "&#10;";
    case '\r':
      return "&#13;";
    case '\t':
      return "&#9;";
    default:
      return {};
  }
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (const std::string_view reference = escaped(text[i]); !reference.empty()) {
      out += reference;
      ++i;
      continue;
    }
    if (byte < 0x20) {
      out += kReplacement;
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    const std::string_view character = text.substr(i, end - i);
    // U+FFFE and U+FFFF are no XML characters either.
    const bool forbidden = character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
    out += str::is_utf8(character) && !forbidden ? character : kReplacement;
    i = end;
  }
  return out;
}

}  // namespace meshfn
