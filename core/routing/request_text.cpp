#include "routing/request_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

void add_query(Request& request, std::string_view query) {
  if (query.empty()) return;
  for (const std::string_view part : str::split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    // Envoy keeps the first of several values for matching.
    request.query.try_emplace(decode_percent(part.substr(0, equals), true),
                              decode_percent(part.substr(std::min(equals + 1, part.size())), true));
  }
}

void add_header(Request& request, std::string_view header) {
  const std::size_t colon = header.find(':');
  if (colon == header.npos) return;
  const std::string name = str::lower(str::trim(header.substr(0, colon)));
  const std::string value(str::trim(header.substr(colon + 1)));
  if (name == "host") {
    request.authority = value;
  } else {
    request.headers[name] = value;
  }
}

/// curl options with a value that matter to routing, by what they do.
enum class CurlOption { method, header, agent, referer, cookie, user, data, passed_over };

struct CurlRow {
  std::string_view name;
  CurlOption option;
};

/// Options that take a value; all others are switches.
constexpr std::array kCurlOptions = std::to_array<CurlRow>({
    {"-X", CurlOption::method},
    {"--request", CurlOption::method},
    {"-H", CurlOption::header},
    {"--header", CurlOption::header},
    {"-A", CurlOption::agent},
    {"--user-agent", CurlOption::agent},
    {"-e", CurlOption::referer},
    {"--referer", CurlOption::referer},
    {"-b", CurlOption::cookie},
    {"--cookie", CurlOption::cookie},
    {"-u", CurlOption::user},
    {"--user", CurlOption::user},
    {"-d", CurlOption::data},
    {"--data", CurlOption::data},
    {"--data-raw", CurlOption::data},
    {"--data-binary", CurlOption::data},
    {"--data-urlencode", CurlOption::data},
    {"--json", CurlOption::data},
    {"-F", CurlOption::data},
    {"--form", CurlOption::data},
    {"-o", CurlOption::passed_over},
    {"--output", CurlOption::passed_over},
    {"-w", CurlOption::passed_over},
    {"--write-out", CurlOption::passed_over},
    {"-m", CurlOption::passed_over},
    {"--max-time", CurlOption::passed_over},
    {"--connect-timeout", CurlOption::passed_over},
    {"--retry", CurlOption::passed_over},
    {"--resolve", CurlOption::passed_over},
    {"--connect-to", CurlOption::passed_over},
    {"--cacert", CurlOption::passed_over},
    {"--cert", CurlOption::passed_over},
    {"--key", CurlOption::passed_over},
    {"-x", CurlOption::passed_over},
    {"--proxy", CurlOption::passed_over},
    {"-c", CurlOption::passed_over},
});

const CurlRow* find_curl_option(std::string_view name) {
  const auto* found = std::find_if(kCurlOptions.begin(), kCurlOptions.end(),
                                   [&](const CurlRow& row) { return row.name == name; });
  return found == kCurlOptions.end() ? nullptr : found;
}

/// What the command line said, until the URL is known.
struct Curl {
  std::string url;
  std::string method;
  std::vector<std::string> headers;
  bool has_data = false;
  bool head = false;
  bool get = false;
};

void take(Curl& curl, CurlOption option, const std::string& value) {
  switch (option) {
    case CurlOption::method:
      curl.method = value;
      break;
    case CurlOption::header:
      curl.headers.push_back(value);
      break;
    case CurlOption::agent:
      curl.headers.push_back("user-agent: " + value);
      break;
    case CurlOption::referer:
      curl.headers.push_back("referer: " + value);
      break;
    case CurlOption::cookie:
      curl.headers.push_back("cookie: " + value);
      break;
    case CurlOption::user:
      curl.headers.push_back("authorization: Basic");
      break;
    case CurlOption::data:
      curl.has_data = true;
      break;
    case CurlOption::passed_over:
      break;
  }
}

Curl parse_curl(const std::vector<std::string>& words) {
  Curl curl;
  for (std::size_t i = words.front() == "curl" ? 1 : 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-') || word == "-") {
      curl.url = word;
    } else if (const CurlRow* row = find_curl_option(word)) {
      if (i + 1 < words.size()) take(curl, row->option, words[++i]);
    } else if (word == "--url") {
      if (i + 1 < words.size()) curl.url = words[++i];
    } else if (const CurlRow* glued = find_curl_option(word.substr(0, 2));
               glued != nullptr && !word.starts_with("--")) {
      take(curl, glued->option, word.substr(2));
    } else {
      curl.head = curl.head || word == "-I" || word == "--head";
      curl.get = curl.get || word == "-G" || word == "--get";
    }
  }
  return curl;
}

}  // namespace

std::string decode_percent(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<Request> request_from_url(std::string_view url) {
  Request request;
  if (const std::size_t scheme = url.find("://"); scheme != url.npos) {
    request.scheme = str::lower(url.substr(0, scheme));
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find('#'));
  const std::size_t question = url.find('?');
  if (question != url.npos) {
    add_query(request, url.substr(question + 1));
    url = url.substr(0, question);
  }
  const std::size_t slash = std::min(url.find('/'), url.size());
  std::string_view authority = url.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
    authority.remove_prefix(at + 1);
  }
  request.authority = std::string(authority);
  if (slash < url.size()) request.path = std::string(url.substr(slash));
  if (request.path.find(' ') != request.path.npos) {
    return usage_error(fmt::format("`{}` is no URL: it holds a space", url),
                       "quote the URL, or write `%20`");
  }
  return request;
}

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      if (text[++i] != '\n') word += text[i];
      open = open || text[i] != '\n';
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      open = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (open) words.push_back(std::move(word));
      word.clear();
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (quote != '\0') return usage_error(fmt::format("the command line has an open {}", quote));
  if (open) words.push_back(std::move(word));
  return words;
}

Result<Request> request_from_curl(std::string_view command_line) {
  const auto words = split_words(command_line);
  if (!words) return tl::unexpected(words.error());
  if (words->empty()) return usage_error("the curl command line is empty");
  const Curl curl = parse_curl(*words);
  if (curl.url.empty()) {
    return usage_error("the curl command line holds no URL", "add `http://host/path`");
  }
  auto request = request_from_url(curl.url);
  if (!request) return request;
  if (curl.has_data && !curl.get) request->method = "POST";
  if (curl.head) request->method = "HEAD";
  if (!curl.method.empty()) request->method = curl.method;
  for (const std::string& header : curl.headers) add_header(*request, header);
  return request;
}

std::string to_string(const Request& request) {
  std::string text =
      fmt::format("{} {}://{}{}", request.method, request.scheme, request.authority, request.path);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    text += fmt::format("{}{}={}", separator, name, value);
    separator = '&';
  }
  return text;
}

}  // namespace meshfn::routing
