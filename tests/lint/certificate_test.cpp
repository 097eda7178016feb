// The certificate was made for this test: P-256, valid from 2026-11-24 to 2036-11-21.

#include "lint/certificate.h"

#include "catch.h"

namespace meshfn::lint {

namespace {

constexpr std::string_view kPem = R"(-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUeMoBuiDB1vPkXoOA1KXgriWUs58wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQxODI4MzhaFw0zNjEx
MjExODI4MzhaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAShmrtymYGZo9ul/d47w7dDS4CDKhvd2W6OJtgC9SebXZx5
V2yFhPipigDLVLlkUKoApOyG/OpFtZQNRFmqTOCyo1MwUTAdBgNVHQ4EFgQU7i+J
o61MRcb0itRYfgNQF1zDvrMwHwYDVR0jBBgwFoAU7i+Jo61MRcb0itRYfgNQF1zD
vrMwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB280cunm+Mpubt
d+uz9jQD+ao7SZV+jd1FQViyK/g7yAIhAPXHx6dvqg66GVNOcrYiuQ3dSR2nPlb0
X5ztKV4y/UD1
-----END CERTIFICATE-----
)";

constexpr std::int64_t kNotBefore = 1795544918;  ///< 2026-11-24T18:28:38Z
constexpr std::int64_t kNotAfter = 2110904918;   ///< 2036-11-21T18:28:38Z

}  // namespace

TEST_CASE("a certificate's validity is read", "[certificate]") {
  const auto der = first_pem_block(kPem);
  REQUIRE(der);
  CHECK(der->size() == 393);
  const auto validities = certificate_validities(*der);
  REQUIRE(validities);
  REQUIRE(validities->size() == 1);
  CHECK(validities->front().not_before == kNotBefore);
  CHECK(validities->front().not_after == kNotAfter);

  SECTION("of each of several") {
    const auto both = certificate_validities(*der + *der);
    REQUIRE(both);
    CHECK(both->size() == 2);
  }
}

TEST_CASE("a certificate is judged as of a moment", "[certificate]") {
  CHECK(certificate_problem(kPem, kNotBefore).empty());
  CHECK(certificate_problem(kPem, kNotAfter).empty());
  CHECK(certificate_problem(kPem, kNotBefore - 1) == "is valid only from 2026-11-24 on");
  CHECK(certificate_problem(kPem, kNotAfter + 1) == "expired on 2036-11-21");
  CHECK(certificate_problem(kPem, std::nullopt).empty());
}

TEST_CASE("what is no certificate is told apart", "[certificate]") {
  CHECK(certificate_problem("", kNotBefore) == "is no PEM text");
  CHECK(certificate_problem("certificate", kNotBefore) == "is no PEM text");
  CHECK(certificate_problem("-----BEGIN X-----\n????\n-----END X-----\n", 0) == "is no PEM text");
  CHECK(certificate_problem("-----BEGIN X-----\nAAAA\n-----END X-----\n", 0) ==
        "is no X.509 certificate");
  CHECK(certificate_problem("-----BEGIN X-----\nK: v\n\nMAA=\n-----END X-----\n", 0) ==
        "is no X.509 certificate");
}

TEST_CASE("a certificate that is cut off or damaged is no certificate", "[certificate]") {
  const std::string der = *first_pem_block(kPem);
  for (std::size_t size = 0; size < der.size(); ++size) {
    INFO(size);
    CHECK(!certificate_validities(der.substr(0, size)));
  }
  // Whatever a byte becomes, reading ends.
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      std::string damaged = der;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      certificate_validities(damaged);
    }
  }
  SUCCEED();
}

}  // namespace meshfn::lint
