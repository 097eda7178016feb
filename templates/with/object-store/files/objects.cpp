#include "objects.h"

#include <curl/curl.h>

#include <cctype>
#include <mutex>
#include <string_view>
#include <vector>

#include "shared_folder.h"

namespace objects {

namespace {

Conflict conflict(const std::string& key) {
  return Conflict("`" + key + "` is no longer what was read");
}

/// A key as a part of a URL.
std::string encoded(const std::string& key) {
  constexpr std::string_view kKept = "-_.~/";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 128 && std::isalnum(byte) != 0) || kKept.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return text;
}

struct Answer {
  long status = 0;
  std::string version;
  std::string body;
};

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(bytes, size * count);
  return size * count;
}

std::size_t read_header(char* bytes, std::size_t size, std::size_t count, void* into) {
  std::string line(bytes, size * count);
  const std::size_t colon = line.find(':');
  if (colon != std::string::npos && curl_strnequal(line.c_str(), "etag", colon) != 0) {
    line = line.substr(line.find_first_not_of(' ', colon + 1));
    static_cast<Answer*>(into)->version = line.substr(0, line.find_last_not_of("\r\n ") + 1);
  }
  return size * count;
}

class Bucket : public Store {
 public:
  explicit Bucket(const std::string& name) : curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw std::runtime_error("no libcurl");
    key_ = setting("AWS_ACCESS_KEY_ID");
    secret_ = setting("AWS_SECRET_ACCESS_KEY");
    if (key_.empty() || secret_.empty()) {
      throw std::runtime_error("AWS_ACCESS_KEY_ID or its secret is not set");
    }
    region_ = setting("AWS_REGION");
    if (region_.empty()) region_ = setting("AWS_DEFAULT_REGION");
    if (region_.empty()) region_ = "us-east-1";
    const std::string endpoint = setting("OBJECT_STORE_URL");
    root_ = endpoint.empty() ? "https://" + name + ".s3." + region_ + ".amazonaws.com/"
                             : endpoint + "/" + name + "/";
  }

  std::optional<Object> get(const std::string& key) override {
    Answer answer = request("GET", key);
    if (answer.status == 200) return Object{std::move(answer.body), std::move(answer.version)};
    if (answer.body.find("NoSuchKey") != std::string::npos) return std::nullopt;
    throw refusal("read", key, answer);
  }

  void put(const std::string& key, const std::string& bytes,
           const std::optional<std::string>& version) override {
    const std::string condition = version ? "If-Match: " + *version : "If-None-Match: *";
    const Answer answer = request("PUT", key, bytes, {condition});
    if (answer.status == 404 || answer.status == 409 || answer.status == 412) throw conflict(key);
    if (answer.status / 100 != 2) throw refusal("write", key, answer);
  }

  void remove(const std::string& key) override {
    const Answer answer = request("DELETE", key);
    if (answer.status / 100 != 2) throw refusal("delete", key, answer);
  }

 private:
  static std::runtime_error refusal(const std::string& doing, const std::string& key,
                                    const Answer& answer) {
    return std::runtime_error("cannot " + doing + " `" + key + "`: " +
                              std::to_string(answer.status) + " " + answer.body);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(curl_.get(), option, value) != CURLE_OK) {
      throw std::runtime_error("this libcurl is too old: 7.75 signs requests");
    }
  }

  Answer request(const char* method, const std::string& key, const std::string& body = {},
                 std::vector<std::string> headers = {}) {
    const std::lock_guard turn(turns_);
    curl_easy_reset(curl_.get());  // the connection stays
    headers.push_back("x-amz-content-sha256: " + digest(body));
    headers.emplace_back("Content-Type: application/octet-stream");
    const std::string token = setting("AWS_SESSION_TOKEN");
    if (!token.empty()) headers.push_back("x-amz-security-token: " + token);
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(nullptr, curl_slist_free_all);
    for (const std::string& header : headers) {
      curl_slist* const longer = curl_slist_append(list.get(), header.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      (void)list.release();
      list.reset(longer);
    }
    Answer answer;
    set(CURLOPT_URL, (root_ + encoded(key)).c_str());
    set(CURLOPT_AWS_SIGV4, ("aws:amz:" + region_ + ":s3").c_str());
    set(CURLOPT_USERNAME, key_.c_str());
    set(CURLOPT_PASSWORD, secret_.c_str());
    set(CURLOPT_HTTPHEADER, list.get());
    if (*method == 'P') {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      set(CURLOPT_POSTFIELDS, body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, method);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, 5L);
    set(CURLOPT_TIMEOUT, 60L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_WRITEFUNCTION, append);
    set(CURLOPT_WRITEDATA, &answer.body);
    set(CURLOPT_HEADERFUNCTION, read_header);
    set(CURLOPT_HEADERDATA, &answer);
    // Where the certificates of authorities are differs between systems.
    const std::string trusted = setting("SSL_CERT_FILE");
    if (!trusted.empty()) set(CURLOPT_CAINFO, trusted.c_str());
    const CURLcode code = curl_easy_perform(curl_.get());
    if (code != CURLE_OK) throw std::runtime_error(std::string("S3: ") + curl_easy_strerror(code));
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

  std::mutex turns_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
  std::string root_, region_, key_, secret_;
};

class Folder : public Store {
 public:
  std::optional<Object> get(const std::string& key) override {
    const auto bytes = folder_.read(digest(key));
    if (!bytes) return std::nullopt;
    return Object{*bytes, digest(*bytes)};
  }

  void put(const std::string& key, const std::string& bytes,
           const std::optional<std::string>& version) override {
    const auto found = get(key);
    if (found.has_value() != version.has_value()) throw conflict(key);
    if (!version) {
      if (!folder_.create(digest(key), bytes)) throw conflict(key);
      return;
    }
    if (found->version != *version) throw conflict(key);
    folder_.replace(digest(key), bytes);
  }

  void remove(const std::string& key) override { folder_.remove(digest(key)); }

 private:
  SharedFolder folder_{"<%name%>-objects"};
};

}  // namespace

std::unique_ptr<Store> connect() {
  const std::string bucket = setting("OBJECT_STORE_BUCKET");
  if (bucket.empty()) return std::make_unique<Folder>();
  return std::make_unique<Bucket>(bucket);
}

}  // namespace objects
