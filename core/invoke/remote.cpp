#include "invoke/remote.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <memory>

#include "base/clock.h"
#include "base/str.h"
#include "invoke/remote_aws.h"

namespace meshfn::invoke {

namespace {

/// The functions of libcurl that are used, found by name at run time.
struct Curl {
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_strerror) strerror = nullptr;
  decltype(&curl_slist_append) append = nullptr;
  decltype(&curl_slist_free_all) free_all = nullptr;
};

/// Never closed: the TLS library behind it leaves exit handlers that point into it.
void* open_library() {
  for (const char* const name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"}) {
    if (void* const found = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return found;
  }
  return nullptr;
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<Curl> functions_of(void* library) {
  Curl curl;
  const bool whole = find(library, "curl_easy_init", curl.init) &&
                     find(library, "curl_easy_cleanup", curl.cleanup) &&
                     find(library, "curl_easy_setopt", curl.setopt) &&
                     find(library, "curl_easy_perform", curl.perform) &&
                     find(library, "curl_easy_getinfo", curl.getinfo) &&
                     find(library, "curl_easy_strerror", curl.strerror) &&
                     find(library, "curl_slist_append", curl.append) &&
                     find(library, "curl_slist_free_all", curl.free_all);
  if (!whole) return fail("the libcurl of this machine lacks functions that are needed");
  return curl;
}

Result<Curl> load() {
  void* const library = open_library();
  if (library == nullptr) {
    return fail("libcurl is not installed, and calls over the network need it",
                "install it, for example `apt-get install libcurl4`");
  }
  return functions_of(library);
}

std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(bytes, size * count);
  return size * count;
}

/// What every request is made with: where to, how long it may take, where its body goes.
void set_common(const Curl& curl, CURL* handle, const std::string& url, std::int64_t timeout_ms,
                std::string& body) {
  curl.setopt(handle, CURLOPT_URL, url.c_str());
  curl.setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl.setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl.setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl.setopt(handle, CURLOPT_WRITEDATA, &body);
}

/// Header lines of a call; freed with it.
class Headers {
 public:
  explicit Headers(const Curl& curl) : curl_(curl) {}

  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;

  ~Headers() { curl_.free_all(list_); }

  void add(const std::string& line) { list_ = curl_.append(list_, line.c_str()); }

  curl_slist* get() const { return list_; }

 private:
  const Curl& curl_;
  curl_slist* list_ = nullptr;
};

void add_headers(const RemoteCall& call, Headers& headers) {
  headers.add("Content-Type: application/json");
  headers.add("Expect:");
  const auto secret = [&](const char* variable, const char* header) {
    const auto found = call.environment.find(variable);
    if (found != call.environment.end()) headers.add(header + found->second);
  };
  secret("AZURE_FUNCTION_KEY", "x-functions-key: ");
  secret("GOOGLE_ID_TOKEN", "Authorization: Bearer ");
}

/// Credentials of AWS go to AWS alone, and those of others not there.
Result<void> add_signature(const RemoteCall& call, const AwsTarget& target, Headers& headers) {
  headers.add("Content-Type: application/json");
  headers.add("Expect:");
  const Result<http::Fields> fields =
      signed_fields(target, call.event, call.environment, Clock().unix_millis());
  if (!fields) return tl::unexpected(fields.error());
  for (const auto& [name, value] : *fields) headers.add(name + ": " + value);
  return {};
}

std::size_t take_field(const char* bytes, std::size_t size, std::size_t count, void* fields) {
  const std::string_view line(bytes, size * count);
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    static_cast<http::Fields*>(fields)->emplace_back(line.substr(0, colon),
                                                     str::trim(line.substr(colon + 1)));
  }
  return size * count;
}

Outcome outcome_of(long status, std::string body, double milliseconds) {
  Outcome outcome;
  outcome.payload = std::move(body);
  outcome.duration_ms = milliseconds;
  if (status >= 400) {
    outcome.status = Status::function_error;
    outcome.error_type = fmt::format("HTTP {}", status);
  }
  return outcome;
}

Result<Outcome> perform(const Curl& curl, CURL* handle, const RemoteCall& call) {
  std::string body;
  Headers headers(curl);
  const std::optional<AwsTarget> aws = aws_target(call.url, call.environment);
  if (!aws) add_headers(call, headers);
  if (aws) {
    if (auto fine = add_signature(call, *aws, headers); !fine) return tl::unexpected(fine.error());
  }
  const std::string url = aws ? aws->url : call.url;
  http::Fields fields;
  set_common(curl, handle, url, call.timeout_ms, body);
  curl.setopt(handle, CURLOPT_HEADERFUNCTION, take_field);
  curl.setopt(handle, CURLOPT_HEADERDATA, &fields);
  curl.setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl.setopt(handle, CURLOPT_POSTFIELDS, call.event.data());
  curl.setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.event.size()));
  const CURLcode code = curl.perform(handle);
  double seconds = 0;
  long status = 0;
  curl.getinfo(handle, CURLINFO_TOTAL_TIME, &seconds);
  curl.getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    Outcome late = outcome_of(0, std::move(body), seconds * 1e3);
    late.status = Status::timeout;
    late.error_type = "Timeout";
    late.hint = fmt::format("no answer within {} ms; --timeout gives it longer", call.timeout_ms);
    return late;
  }
  if (code != CURLE_OK) {
    return fail(fmt::format("cannot call `{}`: {}", call.url, curl.strerror(code)));
  }
  Outcome outcome = outcome_of(status, std::move(body), seconds * 1e3);
  if (aws && aws->invoke_api) read_api_answer(fields, outcome);
  return outcome;
}

}  // namespace

Result<void> check_remote_url(std::string_view url) {
  if (url.starts_with("https://")) return {};
  if (url.starts_with("arn:") && aws_target(url, {})) return {};
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(host)) continue;
    const std::string_view rest = url.substr(host.size());
    if (rest.empty() || rest.front() == ':' || rest.front() == '/') return {};
  }
  return usage_error(fmt::format("`{}` cannot be called", url),
                     "give an https:// URL, an http:// one of this machine, or the ARN of a Lambda "
                     "function");
}

Result<std::string> fetch_text(const std::string& url, std::int64_t timeout_ms) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return usage_error(fmt::format("`{}` is no http:// or https:// URL", url));
  }
  const Result<Curl> curl = load();
  if (!curl) return tl::unexpected(curl.error());
  const std::unique_ptr<CURL, decltype(curl->cleanup)> handle(curl->init(), curl->cleanup);
  if (!handle) return fail("libcurl could not be started");
  std::string body;
  set_common(*curl, handle.get(), url, timeout_ms, body);
  curl->setopt(handle.get(), CURLOPT_HTTPGET, 1L);
  const CURLcode code = curl->perform(handle.get());
  if (code != CURLE_OK) {
    return fail(fmt::format("cannot read `{}`: {}", url, curl->strerror(code)));
  }
  long status = 0;
  curl->getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 300) return fail(fmt::format("`{}` answers with status {}", url, status));
  return body;
}

Result<Outcome> invoke_remote(const RemoteCall& call) {
  if (auto fine = check_remote_url(call.url); !fine) return tl::unexpected(fine.error());
  const Result<Curl> curl = load();
  if (!curl) return tl::unexpected(curl.error());
  const std::unique_ptr<CURL, decltype(curl->cleanup)> handle(curl->init(), curl->cleanup);
  if (!handle) return fail("libcurl could not be started");
  return perform(*curl, handle.get(), call);
}

}  // namespace meshfn::invoke
