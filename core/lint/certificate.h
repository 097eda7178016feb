#pragma once

// X.509 certificates as they lie in Secrets: enough of PEM (RFC 7468) and DER (X.690) to say
// whether a proxy can load one, when it is valid, for which names, and whether a key is its own.
// Signatures are not looked at.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::lint {

/// When a certificate is valid, in seconds since 1970-01-01 UTC; both ends belong to it.
struct Validity {
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
};

/// The bytes of the first block of a PEM text; nothing when there is none.
std::optional<std::string> first_pem_block(std::string_view pem);

/// The validity of each of the certificates that stand one after the other in `der`; nothing when
/// one of them is not built like a certificate, or when there is none.
std::optional<std::vector<Validity>> certificate_validities(std::string_view der);

/// Why a proxy cannot serve the certificates of the first block of `pem`, in a sentence without
/// subject: "is no PEM"; empty when it can. Their dates are judged as of `now` (seconds since
/// 1970-01-01 UTC), when it is known.
std::string certificate_problem(std::string_view pem, std::optional<std::int64_t> now);

/// The DNS names that the first certificate of `der` is for (its subjectAltName); empty without
/// any.
std::vector<std::string> certificate_names(std::string_view der);

/// Whether a certificate for `pattern` is accepted for `host`: a wildcard stands for one label (RFC
/// 6125, section 6.4.3). Of a host that is a wildcard, for all that it stands for.
bool certifies(std::string_view pattern, std::string_view host);

/// Whether `der` holds the public half of the private key in `key_pem`; true when the key is of a
/// form that is not known here, RSA and elliptic curves being known.
bool key_fits(std::string_view der, std::string_view key_pem);

}  // namespace meshfn::lint
