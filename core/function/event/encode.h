#pragma once

// The encodings that event payloads use. All are total: any bytes in, text or bytes out.

#include <cstdint>
#include <string>
#include <string_view>

namespace meshfn::function {

/// Standard base64 with padding (RFC 4648 section 4).
std::string base64(std::string_view bytes);

/// MD5 in 32 hexadecimal digits (RFC 1321): SQS announces bodies by it.
std::string md5(std::string_view bytes);

/// A gzip stream (RFC 1952) of stored blocks: the same bytes everywhere, no compressor needed.
std::string gzip(std::string_view bytes);

/// Percent-encoding of all but unreserved characters and `/`, a space becoming `+`: how S3 writes
/// an object key.
std::string url_encode(std::string_view text);

/// MD5 over message attributes as SQS defines it: for each attribute in order of its name, length
/// and bytes of name and type, a transport byte (1 text, 2 binary), length and bytes of the value.
struct MessageAttribute {
  std::string name;
  std::string type;
  std::string value;  ///< decoded where binary
  bool binary = false;
};

/// The bytes that `md5OfMessageAttributes` is computed over, for one attribute.
std::string attribute_bytes(const MessageAttribute& attribute);

/// The bytes of base64 `text`; characters outside the alphabet are passed over.
std::string from_base64(std::string_view text);

}  // namespace meshfn::function
