#include "routing/sample.h"

#include <fmt/format.h>

#include <set>

#include "base/str.h"
#include "routing/host.h"
#include "routing/request_text.h"

namespace meshfn::routing {

namespace {

/// A text that fulfils `pattern`; "" is good for one that asks for presence only.
std::optional<std::string> text_for(const StringMatch& pattern) {
  switch (pattern.kind()) {
    case StringMatch::Kind::exact:
    case StringMatch::Kind::prefix:
    case StringMatch::Kind::path_prefix:
      return pattern.text();
    case StringMatch::Kind::suffix:
      return "x" + pattern.text();
    case StringMatch::Kind::present:
      return "x";
    case StringMatch::Kind::regex:
      break;
  }
  return regex_sample(pattern.text());
}

void set(Request& request, const Condition& condition, const std::string& text) {
  switch (condition.subject) {
    case Subject::path:
      request.path = text;
      break;
    case Subject::method:
      request.method = text;
      break;
    case Subject::scheme:
      request.scheme = text;
      break;
    case Subject::authority:
      request.authority = text;
      break;
    case Subject::header:
      request.headers[condition.name] = text;
      break;
    case Subject::query:
      request.query[condition.name] = text;
      break;
    case Subject::port: {
      const auto port = split_authority("x:" + text).port;
      if (port) request.port = port;
      break;
    }
    case Subject::gateway:
      break;  // given by the listener
    case Subject::source_label:
      request.source_labels[condition.name] = text;
      break;
    case Subject::source_namespace:
      request.source_namespace = text;
      break;
    case Subject::sni:
      request.sni = str::lower(text);  // as a proxy keeps it
      break;
  }
}

void unset(Request& request, const Condition& condition) {
  if (condition.subject == Subject::header) request.headers.erase(condition.name);
  if (condition.subject == Subject::query) request.query.erase(condition.name);
  if (condition.subject == Subject::source_label) request.source_labels.erase(condition.name);
}

std::string host_for(const std::string& domain) {
  if (domain == "*") return "any.example";
  return is_wildcard(domain) ? "x" + domain.substr(1) : domain;
}

/// Everything that can make a difference, as one text.
std::string key(const Request& request) {
  std::string out = fmt::format("{}|{}|{}|{}|{}", to_string(request), request.gateway,
                                request.port.value_or(0), request.source_namespace, request.sni);
  for (const auto& [name, value] : request.headers) out += fmt::format("|h{}={}", name, value);
  for (const auto& [name, value] : request.source_labels) {
    out += fmt::format("|l{}={}", name, value);
  }
  return out;
}

/// Collects requests without repetition.
class Probe {
 public:
  explicit Probe(std::size_t most) : most_(most) {}

  void add(const Table& table) {
    for (const Listener& listener : table.listeners) {
      for (const VirtualHost& host : listener.virtual_hosts) add(listener, host);
    }
  }

  std::vector<Request> take() { return std::move(out_); }

 private:
  void add(const Listener& listener, const VirtualHost& host) {
    Request base;
    base.gateway = listener.gateway;
    base.port = listener.port;
    base.authority = host_for(host.domains.empty() ? host.host : host.domains.back());
    if (listener.protocol == "HTTPS") base.scheme = "https";
    keep(base);
    for (const Route& route : host.routes) {
      for (const Match& match : route.matches) add(base, route.protocol, match);
      for (const Match& match : route.within) add(base, route.protocol, match);
    }
  }

  /// One request that the match takes, and its neighbours across each condition.
  void add(Request request, Protocol protocol, const Match& match) {
    request.protocol = protocol;
    for (const Condition& condition : match.conditions) {
      if (condition.negated) continue;
      if (const auto text = text_for(condition.any_of.front())) set(request, condition, *text);
    }
    keep(request);
    for (const Condition& condition : match.conditions) {
      Request without = request;
      unset(without, condition);
      keep(without);
      for (const StringMatch& pattern : condition.any_of) {
        for (const std::string& text : border_texts(pattern)) {
          Request other = request;
          set(other, condition, text);
          keep(other);
        }
      }
    }
  }

  void keep(const Request& request) {
    if (request.protocol == Protocol::http && !request.path.starts_with('/')) return;
    if (out_.size() < most_ && seen_.insert(key(request)).second) out_.push_back(request);
  }

  std::size_t most_;
  std::vector<Request> out_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::string> border_texts(const StringMatch& pattern) {
  const std::string& text = pattern.text();
  switch (pattern.kind()) {
    case StringMatch::Kind::exact:
      return {text, text + "x", text + "/", str::upper(text)};
    case StringMatch::Kind::prefix:
    case StringMatch::Kind::path_prefix: {
      std::vector<std::string> out = {text, text + "x", text + "/", text + "/x", str::upper(text)};
      if (!text.empty()) out.push_back(text.substr(0, text.size() - 1));
      return out;
    }
    case StringMatch::Kind::suffix:
      return {text, "x" + text};
    case StringMatch::Kind::present:
      return {"x", ""};
    case StringMatch::Kind::regex:
      break;
  }
  const auto sample = regex_sample(text);
  if (!sample) return {};
  return {*sample, *sample + "x", *sample + "/", *sample + "/x", str::upper(*sample)};
}

std::vector<Request> probe(const Table& table, std::size_t most) {
  Probe out(most);
  out.add(table);
  return out.take();
}

}  // namespace meshfn::routing
