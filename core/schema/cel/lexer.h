#pragma once

// CEL text to tokens (the lexical grammar of cel-spec's "Syntax").

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace meshfn::schema::cel {

enum class TokenKind : std::uint8_t {
  end,
  word,
  integer,
  unsigned_integer,
  real,
  string,
  bytes,
  sign
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  ///< as written
  std::string value;      ///< of strings and bytes: the content, escapes resolved
  std::size_t offset = 0;
};

/// All tokens, a final `end` included. The error says where, counting bytes from 0.
Result<std::vector<Token>> tokens(std::string_view text);

}  // namespace meshfn::schema::cel
