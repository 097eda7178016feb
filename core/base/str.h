#pragma once

// Small text functions that the standard library lacks in C++20. All of them are byte-wise and
// locale-free; `display_width` is the one that knows about Unicode.

#include <string>
#include <string_view>
#include <vector>

namespace meshfn::str {

/// Parts of `text` between `separator`s; always at least one part, empty parts kept.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Lines of `text` without their `\n` or `\r\n`; a final newline does not add an empty line.
std::vector<std::string_view> lines(std::string_view text);

/// `text` without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);

/// `parts` with `separator` between them.
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string join(const std::vector<std::string_view>& parts, std::string_view separator);

/// ASCII lower and upper case.
std::string lower(std::string_view text);
std::string upper(std::string_view text);

/// ASCII case-insensitive equality.
bool equals_ignore_case(std::string_view a, std::string_view b);

/// `text` with every `from` replaced by `to`. REQUIRES: `from` is not empty.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

/// Columns that a terminal uses for UTF-8 `text`: 0 for combining marks, 2 for East Asian wide
/// characters, 1 for everything else, a stray byte included.
std::size_t display_width(std::string_view text);

/// Number of code points in UTF-8 `text`; a stray byte counts as one.
std::size_t code_points(std::string_view text);

/// `text` wrapped at spaces to lines of at most `width` columns; line breaks in `text` are kept.
/// Every line but the first starts with `indent` spaces.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

/// `count` and `noun`, in the plural where needed: "1 error", "2 errors".
std::string count(std::size_t count, std::string_view noun);

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters but `/`, `**`
/// for any run, and `?` for one character.
bool glob(std::string_view pattern, std::string_view text);

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Whether `text` is a token of HTTP, as methods and header names are (RFC 9110, section 5.6.2).
bool is_http_token(std::string_view text);

}  // namespace meshfn::str
