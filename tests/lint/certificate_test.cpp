// The certificates were made for this test: P-256, the first valid from 2026-11-24 to 2036-11-21,
// the second for shop.example.com and *.shop.example.com.

#include "lint/certificate.h"

#include "catch.h"
#include "function/event/encode.h"

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

constexpr std::string_view kShop = R"(-----BEGIN CERTIFICATE-----
MIIBpzCCAU6gAwIBAgIUTdIILQkCElxnbLl94tK/rYbm7R8wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjkxMTEzMzRaGA8yMTI2MTEwNTExMTMz
NFowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPvU
k2RXJY9ddABZGIH8LVESzJ4RC9Cv1JGGO+rgHaDWHho2e80ROSPNRkBB3KMdTgZ2
/7o0gkKU9D3KbLNBvqmjgYUwgYIwHQYDVR0OBBYEFPRlfMGtdSP5ZUCZ4PhHA14Z
T5j5MB8GA1UdIwQYMBaAFPRlfMGtdSP5ZUCZ4PhHA14ZT5j5MA8GA1UdEwEB/wQF
MAMBAf8wLwYDVR0RBCgwJoIQc2hvcC5leGFtcGxlLmNvbYISKi5zaG9wLmV4YW1w
bGUuY29tMAoGCCqGSM49BAMCA0cAMEQCIAEp70NzjgBFPVVUGwjO7eD82mURPgmD
69qtcH/U+jueAiAxkU/7P6V2sCPQ/q3iXLNS3N4bt+KTtkTpQOERrGsc0Q==
-----END CERTIFICATE-----
)";

constexpr std::int64_t kNotBefore = 1795544918;  ///< 2026-11-24T18:28:38Z
constexpr std::int64_t kNotAfter = 2110904918;   ///< 2036-11-21T18:28:38Z

/// A private key of an elliptic curve, all zeros, whose public half is that of a certificate.
std::string key_of(const std::string& der) {
  constexpr std::size_t kPoint = 66;  // with the byte that counts unused bits
  const std::string point = der.substr(der.find(std::string("\x03\x42\x00\x04", 4)), kPoint + 2);
  const std::string inner =
      std::string("\x02\x01\x01\x04\x20") + std::string(32, '\0') + "\xA1\x44" + point;
  return std::string("\x30") + static_cast<char>(inner.size()) + inner;
}

std::string as_pem(std::string_view der) {
  return "-----BEGIN EC PRIVATE KEY-----\n" + function::base64(der) +
         "\n-----END EC PRIVATE KEY-----\n";
}

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

TEST_CASE("a certificate is for the names in it", "[certificate]") {
  CHECK(certificate_names(*first_pem_block(kPem)).empty());
  CHECK(certificate_names(*first_pem_block(kShop)) ==
        std::vector<std::string>{"shop.example.com", "*.shop.example.com"});

  CHECK(certifies("shop.example.com", "Shop.example.com"));
  CHECK(certifies("*.example.com", "shop.example.com"));
  CHECK(certifies("*.example.com", "*.example.com"));
  CHECK(!certifies("*.example.com", "example.com"));
  CHECK(!certifies("*.example.com", "a.shop.example.com"));
  CHECK(!certifies("shop.example.com", "*.example.com"));
}

TEST_CASE("a key is told from that of another certificate", "[certificate]") {
  const std::string own = *first_pem_block(kShop);
  const std::string other = *first_pem_block(kPem);
  CHECK(key_fits(own, as_pem(key_of(own))));
  CHECK(!key_fits(own, as_pem(key_of(other))));
  CHECK(!key_fits(other, as_pem(key_of(own))));
  // Keys of forms that are not known may well fit.
  CHECK(key_fits(own, "its-key"));
  CHECK(key_fits(own, as_pem("\x30\x00")));
}

}  // namespace meshfn::lint
