#include "lint/certificate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/str.h"
#include "function/event/encode.h"
#include "schema/format.h"

namespace meshfn::lint {

namespace {

// Tags of X.690 section 8.1.2, and those that RFC 5280 section 4.1 gives a certificate's parts.
constexpr unsigned char kInteger = 0x02;
constexpr unsigned char kBitString = 0x03;
constexpr unsigned char kOctetString = 0x04;
constexpr unsigned char kUtcTime = 0x17;
constexpr unsigned char kGeneralizedTime = 0x18;
constexpr unsigned char kSequence = 0x30;
constexpr unsigned char kVersion = 0xA0;
constexpr unsigned char kPublicKey = 0xA1;
constexpr unsigned char kDnsName = 0x82;

/// Takes values off the front of DER text. After a value that is not there, everything fails.
class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  /// The content of the next value, whatever its tag; nothing when it does not fit.
  std::optional<std::string_view> next(unsigned char& tag) {
    if (rest_.size() < 2) return std::nullopt;
    tag = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    const std::optional<std::size_t> size = length();
    if (!size || *size > rest_.size()) return std::nullopt;
    const std::string_view content = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return content;
  }

  /// The content of the next value, which has this tag.
  std::optional<std::string_view> take(unsigned char tag) {
    unsigned char actual = 0;
    const auto content = next(actual);
    return actual == tag ? content : std::nullopt;
  }

  /// Passes over a value that may be absent.
  void skip_optional(unsigned char tag) {
    if (!rest_.empty() && static_cast<unsigned char>(rest_[0]) == tag) take(tag);
  }

 private:
  /// X.690 section 8.1.3: below 128 itself, above that the number of bytes that hold it.
  std::optional<std::size_t> length() {
    const auto first = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    if (first < 0x80) return first;
    const std::size_t bytes = first & 0x7FU;
    if (bytes == 0 || bytes > 4 || bytes > rest_.size()) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      size = size << 8U | static_cast<unsigned char>(rest_[i]);
    }
    rest_.remove_prefix(bytes);
    return size;
  }

  std::string_view rest_;
};

/// UTCTime `YYMMDDhhmmssZ`, or GeneralizedTime with four digits of the year (RFC 5280 section
/// 4.1.2.5, which also says that years from 50 belong to the last century).
std::optional<std::int64_t> read_time(DerReader& reader) {
  unsigned char tag = 0;
  const auto content = reader.next(tag);
  const bool is_short = tag == kUtcTime;
  if (!content || (!is_short && tag != kGeneralizedTime)) return std::nullopt;
  if (content->size() != (is_short ? 13U : 15U)) return std::nullopt;
  std::string digits(*content);
  if (is_short) digits.insert(0, digits.substr(0, 2) >= "50" ? "19" : "20");
  const auto part = [&](std::size_t from) { return std::string_view(digits).substr(from, 2); };
  const auto moment =
      schema::parse_time(fmt::format("{}-{}-{}T{}:{}:{}{}", digits.substr(0, 4), part(4), part(6),
                                     part(8), part(10), part(12), digits.substr(14)));
  if (!moment) return std::nullopt;
  return moment->seconds;
}

std::optional<Validity> read_validity(DerReader& reader) {
  const auto content = reader.take(kSequence);
  if (!content) return std::nullopt;
  DerReader times(*content);
  const auto not_before = read_time(times);
  const auto not_after = read_time(times);
  if (!not_before || !not_after) return std::nullopt;
  return Validity{*not_before, *not_after};
}

/// RFC 5280 section 4.1: the signed part, its algorithm, its signature; in the signed part version,
/// serial number, algorithm, issuer, validity, subject and key.
std::optional<Validity> read_certificate(std::string_view content) {
  DerReader outer(content);
  const auto signed_part = outer.take(kSequence);
  if (!signed_part || !outer.take(kSequence) || !outer.take(kBitString)) return std::nullopt;
  DerReader inner(*signed_part);
  inner.skip_optional(kVersion);
  if (!inner.take(kInteger) || !inner.take(kSequence) || !inner.take(kSequence)) {
    return std::nullopt;
  }
  const auto validity = read_validity(inner);
  if (!inner.take(kSequence) || !inner.take(kSequence)) return std::nullopt;
  return validity;
}

std::string date_of(std::int64_t seconds) {
  const UtcTime time = to_utc(seconds * 1000);
  return fmt::format("{:04}-{:02}-{:02}", time.year, time.month, time.day);
}

/// What the public half of a private key is made of: the modulus of an RSA key (RFC 8017, A.1.2),
/// or the point of an elliptic one (RFC 5915). Nothing for other keys.
std::optional<std::string_view> public_part(std::string_view key, bool wrapped = false) {
  DerReader outer(key);
  const auto content = outer.take(kSequence);
  if (!content) return std::nullopt;
  DerReader parts(*content);
  if (!parts.take(kInteger)) return std::nullopt;
  unsigned char tag = 0;
  const auto second = parts.next(tag);
  if (!second) return std::nullopt;
  if (tag == kInteger) return second;
  if (tag == kSequence && !wrapped) {
    // PKCS #8 wraps either of the two (RFC 5208).
    const auto inner = parts.take(kOctetString);
    return inner ? public_part(*inner, true) : std::nullopt;
  }
  if (tag != kOctetString) return std::nullopt;
  parts.skip_optional(kVersion);
  const auto point = parts.take(kPublicKey);
  return point ? DerReader(*point).take(kBitString) : std::nullopt;
}

}  // namespace

std::vector<std::string> certificate_names(std::string_view der) {
  // The identifier of subjectAltName, 2.5.29.17, which stands before its value.
  constexpr std::string_view kOid = "\x06\x03\x55\x1D\x11";
  const auto first = DerReader(der).take(kSequence);
  const std::size_t at = first ? first->find(kOid) : std::string_view::npos;
  if (at == std::string_view::npos) return {};
  constexpr unsigned char kBoolean = 0x01;
  DerReader extension(first->substr(at + kOid.size()));
  extension.skip_optional(kBoolean);
  const auto value = extension.take(kOctetString);
  const auto list = value ? DerReader(*value).take(kSequence) : std::nullopt;
  std::vector<std::string> names;
  DerReader items(list.value_or(std::string_view()));
  while (!items.at_end()) {
    unsigned char tag = 0;
    const auto item = items.next(tag);
    if (!item) break;
    if (tag == kDnsName) names.push_back(str::lower(*item));
  }
  return names;
}

bool certifies(std::string_view pattern, std::string_view host) {
  if (str::equals_ignore_case(pattern, host)) return true;
  const std::size_t dot = host.find('.');
  return pattern.starts_with("*.") && dot != std::string_view::npos && !host.starts_with('*') &&
         str::equals_ignore_case(pattern.substr(1), host.substr(dot));
}

bool key_fits(std::string_view der, std::string_view key_pem) {
  // Parameters of a curve may stand in a block before the key.
  const std::size_t end = key_pem.find("PRIVATE KEY-----");
  const std::size_t begin = key_pem.rfind("-----BEGIN ", end);
  if (end == std::string_view::npos || begin == std::string_view::npos) return true;
  const auto key = first_pem_block(key_pem.substr(begin));
  const auto part = key ? public_part(*key) : std::nullopt;
  return !part || part->empty() || der.find(*part) != std::string_view::npos;
}

std::optional<std::string> first_pem_block(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "-----END ";
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t body = pem.find('\n', begin);
  const std::size_t end = pem.find(kEnd, begin);
  if (body == std::string_view::npos || end == std::string_view::npos || end < body) {
    return std::nullopt;
  }
  std::string text;
  for (const std::string_view line : str::lines(pem.substr(body, end - body))) {
    // Headers (`Proc-Type: …`) stand before the base64.
    if (line.find(':') == std::string_view::npos) text += str::trim(line);
  }
  if (!schema::has_format(text, schema::Format::byte)) return std::nullopt;
  return function::from_base64(text);
}

std::optional<std::vector<Validity>> certificate_validities(std::string_view der) {
  std::vector<Validity> validities;
  DerReader reader(der);
  while (!reader.at_end()) {
    const auto content = reader.take(kSequence);
    const auto validity = content ? read_certificate(*content) : std::nullopt;
    if (!validity) return std::nullopt;
    validities.push_back(*validity);
  }
  if (validities.empty()) return std::nullopt;
  return validities;
}

std::string certificate_problem(std::string_view pem, std::optional<std::int64_t> now) {
  const auto der = first_pem_block(pem);
  if (!der) return "is no PEM text";
  const auto validities = certificate_validities(*der);
  if (!validities) return "is no X.509 certificate";
  for (const Validity& validity : *validities) {
    if (now && *now > validity.not_after) {
      return fmt::format("expired on {}", date_of(validity.not_after));
    }
    if (now && *now < validity.not_before) {
      return fmt::format("is valid only from {} on", date_of(validity.not_before));
    }
  }
  return {};
}

}  // namespace meshfn::lint
