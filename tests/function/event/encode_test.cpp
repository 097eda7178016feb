#include "function/event/encode.h"

#include <algorithm>
#include <string>

#include "catch.h"

namespace meshfn::function {

TEST_CASE("base64 as in RFC 4648 section 10, both ways", "[event]") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64(plain) == encoded);
    CHECK(from_base64(encoded) == plain);
  }
  CHECK(base64(std::string("\xff\xfe\x00", 3)) == "//4A");
}

TEST_CASE("MD5 as in RFC 1321 appendix A.5", "[event]") {
  CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5("a") == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(md5("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5("1234567890123456789012345678901234567890123456789012345678901234567890123456789012"
            "3456789") == md5(std::string("12345678901234567890123456789012345678901234567890123456"
                                          "789012345678901234567890123456789")));
  CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("a gzip stream has its header, size and checksum", "[event]") {
  const std::string packed = gzip("hello");
  CHECK(packed.substr(0, 3) == "\x1f\x8b\x08");
  CHECK(packed.substr(15, 5) == "hello");
  // CRC-32 of "hello" is 3610a686, then the size 5.
  CHECK(packed.substr(20) == std::string("\x86\xa6\x10\x36\x05\0\0\0", 8));
  CHECK(gzip(std::string(70'000, 'x')).size() == 70'000 + 10 + 2 * 5 + 8);
}

TEST_CASE("an S3 key is percent-encoded with plus for a space", "[event]") {
  CHECK(url_encode("photos/happy face.jpg") == "photos/happy+face.jpg");
  CHECK(url_encode("a+b%\xc3\xa9") == "a%2Bb%25%C3%A9");
}

}  // namespace meshfn::function
