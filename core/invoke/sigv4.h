#pragma once

// AWS Signature Version 4, as AWS's General Reference describes it: a canonical request, a text to
// sign, a key derived from the day, region and service, and the Authorization header.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "invoke/http.h"

namespace meshfn::invoke {

/// Who signs. The token is empty unless the credentials are temporary.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token = {};
};

/// AWS_ACCESS_KEY_ID and its like in `environment`; nothing when they are not set.
std::optional<Credentials> credentials_of(const std::map<std::string, std::string>& environment);

/// What is signed. `fields` are those that go along, Host among them.
struct Signable {
  std::string method;
  std::string path = "/";  ///< as sent, percent-encoded
  std::string query = {};  ///< as sent, without the question mark
  http::Fields fields = {};
  std::string body = {};
  std::string region = {};
  std::string service = {};
  std::int64_t unix_millis = 0;
  /// S3 alone takes the path as it is; for all others it is encoded once more.
  bool encode_path = true;
};

/// The canonical request: the text whose hash is signed.
Result<std::string> canonical_request(const Signable& request);

/// The text that the key signs.
Result<std::string> string_to_sign(const Signable& request);

/// Value of the Authorization header. The error is for a machine without libcrypto.
Result<std::string> authorization(const Signable& request, const Credentials& credentials);

/// "20150830T123600Z", for X-Amz-Date.
std::string amz_date(std::int64_t unix_millis);

}  // namespace meshfn::invoke
