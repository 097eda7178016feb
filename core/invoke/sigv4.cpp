#include "invoke/sigv4.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/clock.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// The functions of libcrypto that are used. It is opened when something has to be signed: libcurl
/// brings it along anyway, and no other command needs it.
struct Crypto {
  decltype(&::EVP_sha256) sha256 = nullptr;
  decltype(&::EVP_Digest) digest = nullptr;
  decltype(&::HMAC) hmac = nullptr;
};

/// Never closed, as libcurl is not: exit handlers point into it.
Result<Crypto> open_crypto() {
  void* library = nullptr;
  for (const char* const name : {"libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib"}) {
    if (library == nullptr) library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  Crypto crypto;
  if (library != nullptr) {
    crypto.sha256 = reinterpret_cast<decltype(crypto.sha256)>(::dlsym(library, "EVP_sha256"));
    crypto.digest = reinterpret_cast<decltype(crypto.digest)>(::dlsym(library, "EVP_Digest"));
    crypto.hmac = reinterpret_cast<decltype(crypto.hmac)>(::dlsym(library, "HMAC"));
  }
  if (crypto.sha256 != nullptr && crypto.digest != nullptr && crypto.hmac != nullptr) return crypto;
  return fail("libcrypto is not installed, and signed calls need it",
              "install it, for example `apt-get install libssl3`");
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string sha256(const Crypto& crypto, std::string_view bytes) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  crypto.digest(bytes.data(), bytes.size(), hash, &size, crypto.sha256(), nullptr);
  return {reinterpret_cast<const char*>(hash), size};
}

std::string hmac(const Crypto& crypto, std::string_view key, std::string_view bytes) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  crypto.hmac(crypto.sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash, &size);
  return {reinterpret_cast<const char*>(hash), size};
}

std::string encoded(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::string result;
  for (const char c : text) {
    const bool plain = kUnreserved.find(c) != std::string_view::npos || (keep_slashes && c == '/');
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// Without empty and "." parts, ".." resolved; a slash at the end stays.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view part : str::split(path, '/')) {
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!part.empty() && part != ".") {
      kept.push_back(part);
    }
  }
  std::string result = "/" + str::join(kept, "/");
  const bool open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (open && !kept.empty()) result += "/";
  return result;
}

/// Parameters in the order of their bytes, each with an equals sign.
std::string canonical_query(std::string_view query) {
  if (query.empty()) return {};
  std::vector<std::string> parts;
  for (const std::string_view part : str::split(query, '&')) {
    parts.push_back(std::string(part) + (part.find('=') == std::string_view::npos ? "=" : ""));
  }
  std::sort(parts.begin(), parts.end(), [](const std::string& a, const std::string& b) {
    const auto name = [](const std::string& text) { return text.substr(0, text.find('=')); };
    return name(a) != name(b) ? name(a) < name(b) : a < b;
  });
  return str::join(parts, "&");
}

/// Runs of spaces become one.
std::string squeezed(std::string_view value) {
  std::string result;
  for (const char c : str::trim(value)) {
    if (c != ' ' || !result.ends_with(' ')) result += c;
  }
  return result;
}

/// Names in lower case and order; values of the same name joined by commas.
std::map<std::string, std::string> canonical_fields(const http::Fields& fields) {
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : fields) {
    const auto [entry, fresh] = result.emplace(str::lower(name), squeezed(value));
    if (!fresh) entry->second += "," + squeezed(value);
  }
  return result;
}

std::string signed_names(const http::Fields& fields) {
  std::vector<std::string> names;
  for (const auto& [name, value] : canonical_fields(fields)) names.push_back(name);
  return str::join(names, ";");
}

std::string scope_of(const Signable& request) {
  return fmt::format("{}/{}/{}/aws4_request", amz_date(request.unix_millis).substr(0, 8),
                     request.region, request.service);
}

std::string canonical(const Crypto& crypto, const Signable& request) {
  std::string path = request.path.empty() ? "/" : request.path;
  if (request.encode_path) path = encoded(normalized(path), true);
  std::string text =
      fmt::format("{}\n{}\n{}\n", request.method, path, canonical_query(request.query));
  for (const auto& [name, value] : canonical_fields(request.fields)) {
    text += name + ":" + value + "\n";
  }
  return text + "\n" + signed_names(request.fields) + "\n" + hex(sha256(crypto, request.body));
}

std::string to_sign(const Crypto& crypto, const Signable& request) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, amz_date(request.unix_millis), scope_of(request),
                     hex(sha256(crypto, canonical(crypto, request))));
}

}  // namespace

std::optional<Credentials> credentials_of(const std::map<std::string, std::string>& environment) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  Credentials credentials{value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"),
                          value("AWS_SESSION_TOKEN")};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) return std::nullopt;
  return credentials;
}

std::string amz_date(std::int64_t unix_millis) {
  const UtcTime t = to_utc(unix_millis);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.year, t.month, t.day, t.hour, t.minute,
                     t.second);
}

Result<std::string> canonical_request(const Signable& request) {
  const Result<Crypto> crypto = open_crypto();
  if (!crypto) return tl::unexpected(crypto.error());
  return canonical(*crypto, request);
}

Result<std::string> string_to_sign(const Signable& request) {
  const Result<Crypto> crypto = open_crypto();
  if (!crypto) return tl::unexpected(crypto.error());
  return to_sign(*crypto, request);
}

Result<std::string> authorization(const Signable& request, const Credentials& credentials) {
  const Result<Crypto> crypto = open_crypto();
  if (!crypto) return tl::unexpected(crypto.error());
  std::string key = "AWS4" + credentials.secret_key;
  for (const std::string& part : {amz_date(request.unix_millis).substr(0, 8), request.region,
                                  request.service, std::string("aws4_request")}) {
    key = hmac(*crypto, key, part);
  }
  return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                     credentials.access_key, scope_of(request), signed_names(request.fields),
                     hex(hmac(*crypto, key, to_sign(*crypto, request))));
}

}  // namespace meshfn::invoke
