#include "lint/rules/istio_values.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/str.h"
#include "schema/format.h"

namespace meshfn::lint::istio {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Letters and digits at both ends, and the characters of `inner` between them.
bool is_framed(std::string_view text, std::string_view inner) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alphanumeric(c) || inner.find(c) != std::string_view::npos;
  });
}

constexpr std::size_t kLabelSize = 63;
constexpr std::size_t kNameSize = 255;

bool is_wildcard_label(std::string_view text) {
  if (text == "*") return true;
  if (text.size() > kLabelSize) return false;
  if (text.starts_with('*')) text.remove_prefix(text.starts_with("*-") ? 2 : 1);
  return is_label(text);
}

/// Why the labels of `name` are refused; `whole` is what the user wrote.
std::string labels_problem(std::string_view name, std::string_view whole) {
  const auto parts = str::split(name, '.');
  const std::string_view last = parts.back();
  if (!last.empty() && std::all_of(last.begin(), last.end(), is_digit)) {
    return fmt::format("`{}` is no host name: its last label `{}` is a number", whole, last);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i + 1 == parts.size() && parts[i].empty()) break;
    if (is_label(parts[i])) continue;
    return parts[i].empty()
               ? fmt::format("`{}` is no host name: a label is empty", whole)
               : fmt::format("`{}` is no host name: its label `{}` is refused", whole, parts[i]);
  }
  return {};
}

std::string size_problem(std::string_view name) {
  if (name.empty()) return "the host name is empty";
  if (name.size() <= kNameSize) return {};
  return fmt::format("a host name has at most {} characters, and this has {}", kNameSize,
                     name.size());
}

/// What a server or an egress listener takes behind the namespace.
std::string exposed_host_problem(std::string_view host, bool ip_allowed) {
  const bool is_wild = host.find('*') != std::string_view::npos;
  if (is_wild && host.size() > 1 && !host.starts_with("*.")) {
    return fmt::format("`{}`: a wildcard stands for whole labels, as in `*.example.com`", host);
  }
  const bool dotted = host.find('.') != std::string_view::npos;
  if (is_ip(host) && !dotted) return fmt::format("`{}` has no dot, as hosts here must have", host);
  if (ip_allowed && is_ip(host)) return {};
  if (host != "*" && !host.empty() && host.find('.') == std::string_view::npos) {
    return fmt::format(
        "`{}` is a short name: write the whole name, as in `{}.shop.svc.cluster.local`", host,
        is_label(host) ? host : "reviews");
  }
  return domain_problem(host);
}

bool is_scope(std::string_view text) { return text == "*" || text == "." || is_label(text); }

}  // namespace

bool is_label(std::string_view text) { return text.size() <= kLabelSize && is_framed(text, "-"); }

std::string label_problem(std::string_view text) {
  if (is_label(text)) return {};
  if (text.empty()) return "the name is empty";
  return fmt::format(
      "`{}` is no name: letters, digits and inner `-` are allowed, at most {} together", text,
      kLabelSize);
}

std::string name_problem(std::string_view text) {
  const std::string size = size_problem(text);
  return size.empty() ? labels_problem(text, text) : size;
}

std::string domain_problem(std::string_view text) {
  const std::string size = size_problem(text);
  if (!size.empty()) return size;
  const std::size_t dot = text.find('.');
  const std::string_view first = text.substr(0, dot);
  if (!is_wildcard_label(first)) {
    return fmt::format("`{}` is no host name: its label `{}` is refused", text, first);
  }
  if (dot == std::string_view::npos) return {};
  return labels_problem(text.substr(dot + 1), text);
}

bool is_generated_name(std::string_view host) {
  constexpr std::string_view kBegin = "outbound_.";
  if (!host.starts_with(kBegin)) return false;
  const std::size_t port = host.find("_.", kBegin.size());
  const std::size_t subset = port == std::string_view::npos ? port : host.find("_.", port + 2);
  return subset != std::string_view::npos && domain_problem(host.substr(subset + 2)).empty();
}

bool is_ip(std::string_view text) {
  const std::size_t zone = text.find('%');
  if (zone == std::string_view::npos) return schema::parse_ip(text).has_value();
  const auto address = schema::parse_ip(text.substr(0, zone));
  return address && address->v6 && zone + 1 < text.size();
}

std::string ip_range_problem(std::string_view text) {
  if (std::count(text.begin(), text.end(), '/') == 1) {
    if (schema::parse_cidr(text)) return {};
    return fmt::format("`{}` is no address range", text);
  }
  return is_ip(text) ? std::string() : fmt::format("`{}` is no IP address", text);
}

std::string port_problem(std::int64_t number) {
  if (number >= 1 && number <= 65535) return {};
  return fmt::format("{} is no port number", number);
}

std::string duration_problem(std::chrono::nanoseconds value) {
  constexpr std::chrono::nanoseconds kMillisecond = std::chrono::milliseconds(1);
  if (value < kMillisecond) return "a duration is at least `1ms` here";
  if (value % kMillisecond == std::chrono::nanoseconds(0)) return {};
  return "a duration is a whole number of milliseconds here";
}

std::string percentage_problem(double value) {
  if (value == 0 || (value >= 0.0001 && value <= 100)) return {};
  if (value > 0 && value < 0.0001) {
    return fmt::format("{} percent is less than Envoy can tell from 0", value);
  }
  return fmt::format("{} is no percentage", value);
}

std::string regex_problem(std::string_view text) {
  constexpr std::size_t kMost = 1024;
  if (text.empty()) return "the expression is empty";
  if (text.size() > kMost) {
    return fmt::format("an expression has at most {} bytes, and this has {}", kMost, text.size());
  }
  RE2::Options options;
  options.set_log_errors(false);
  // Newer releases of RE2 and Go read names without the `P`; neither Go nor Envoy's RE2 both take
  // \C.
  std::string pattern(text);
  for (std::size_t at = pattern.find("(?<"); at != pattern.npos; at = pattern.find("(?<", at + 1)) {
    const bool named = at + 3 < pattern.size() && pattern[at + 3] != '=' && pattern[at + 3] != '!';
    if (named) pattern.insert(at + 2, "P");
  }
  const RE2 regex(pattern, options);
  if (!regex.ok()) return fmt::format("`{}` is no RE2: {}", text, regex.error());
  const bool bytes = text.find("\\C") != text.npos && text.find("\\\\C") == text.npos;
  return bytes ? fmt::format("`{}` asks for single bytes with `\\C`, which Istio refuses", text)
               : std::string();
}

std::string label_key_problem(std::string_view key) {
  constexpr std::size_t kPrefixSize = 253;
  const auto fault = [&] { return fmt::format("`{}` is no key of a label", key); };
  const std::size_t slash = key.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  if (name.size() > kLabelSize || !is_framed(name, "-_.")) return fault();
  if (slash == std::string_view::npos) return {};
  const std::string_view prefix = key.substr(0, slash);
  const auto parts = str::split(prefix, '.');
  const bool fine =
      prefix.size() <= kPrefixSize && std::all_of(parts.begin(), parts.end(), is_label);
  return fine ? std::string() : fault();
}

std::string label_value_problem(std::string_view value) {
  if (value.empty() || is_framed(value, "-_.")) return {};
  return fmt::format("`{}` is no value of a label", value);
}

Protocol protocol(std::string_view text) {
  constexpr std::array<std::string_view, 13> kWords = {
      "",      "tcp",   "udp", "grpc",  "grpc-web", "http", "http_proxy",
      "http2", "https", "tls", "mongo", "redis",    "mysql"};
  const auto* word = std::find(kWords.begin(), kWords.end(), str::lower(text));
  return word == kWords.end() ? Protocol::unknown : static_cast<Protocol>(word - kWords.begin());
}

bool speaks_http(Protocol protocol) {
  return protocol == Protocol::http || protocol == Protocol::http2 ||
         protocol == Protocol::http_proxy || protocol == Protocol::grpc ||
         protocol == Protocol::grpc_web;
}

bool speaks_tls(Protocol protocol) {
  return protocol == Protocol::https || protocol == Protocol::tls;
}

bool speaks_tcp(Protocol protocol) {
  return speaks_tls(protocol) || protocol == Protocol::tcp || protocol == Protocol::mongo ||
         protocol == Protocol::redis || protocol == Protocol::mysql;
}

std::string gateway_name_problem(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return name_problem(text).empty() ? std::string()
                                      : fmt::format("`{}` is no name of a gateway", text);
  }
  if (is_label(text.substr(0, slash)) && is_label(text.substr(slash + 1))) return {};
  return fmt::format("`{}` is no `namespace/name` of a gateway", text);
}

std::string server_host_problem(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return exposed_host_problem(text, true);
  const std::string_view scope = text.substr(0, slash);
  if (!is_scope(scope)) return fmt::format("`{}` before the slash is no namespace", scope);
  return exposed_host_problem(text.substr(slash + 1), true);
}

std::string sidecar_host_problem(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return fmt::format("`{}` has no namespace: write `namespace/host`, or `*/{}` for all", text,
                       text.empty() ? "*" : text);
  }
  std::string_view scope = text.substr(0, slash);
  const bool is_hidden = scope.starts_with('~');
  if (is_hidden) scope.remove_prefix(1);
  if (!is_scope(scope) && !(is_hidden && scope.empty())) {
    return fmt::format("`{}` before the slash is no namespace", text.substr(0, slash));
  }
  return exposed_host_problem(text.substr(slash + 1), false);
}

std::string unix_path_problem(std::string_view text) {
  if (text.empty()) return "the path of the Unix socket is empty";
  if (text.starts_with('@')) return {};
  if (!text.starts_with('/')) return fmt::format("`{}` is no absolute path", text);
  return text.ends_with('/') ? fmt::format("`{}` is a directory, not a socket", text)
                             : std::string();
}

std::vector<Problem> label_problems(const resource::Labels& labels) {
  std::vector<Problem> problems;
  for (const resource::Label& label : labels) {
    const std::string key = label_key_problem(label.key.value);
    if (!key.empty()) problems.push_back({label.key.where(), key});
    const std::string value = label_value_problem(label.value.value);
    if (!value.empty()) problems.push_back({label.value.where(), value});
  }
  return problems;
}

std::vector<Problem> selector_problems(const resource::Labels& labels) {
  std::vector<Problem> problems;
  for (const resource::Label& label : labels) {
    if (label.key.value.empty()) problems.push_back({label.key.where(), "the key is empty"});
    for (const resource::Text& text : {label.key, label.value}) {
      if (text.value.find('*') == std::string_view::npos) continue;
      problems.push_back(
          {text.where(), fmt::format("`{}`: a selector has no wildcards", text.value)});
    }
  }
  return problems;
}

std::vector<Problem> export_problems(const std::vector<resource::Text>& list,
                                     std::string_view scope, bool nobody_allowed) {
  std::vector<Problem> problems;
  std::set<std::string_view> seen;
  for (const resource::Text& text : list) {
    const std::string_view name = text.value;
    const auto refuse = [&](std::string message) {
      problems.push_back({text.where(), std::move(message)});
    };
    if (!seen.insert(name == "." && !scope.empty() ? scope : name).second) {
      refuse(fmt::format("`{}` is named twice", name));
    } else if (name == "~" && !nobody_allowed) {
      refuse("`~` (nobody) is for ServiceEntries");
    } else if ((name == "~" || name == "*") && list.size() > 1) {
      refuse(fmt::format("`{}` cannot be combined with other namespaces", name));
    } else if (name != "~" && !is_scope(name)) {
      refuse(fmt::format("`{}` is no namespace, `.` or `*`", name));
    }
  }
  return problems;
}

std::vector<Problem> target_problems(yaml::Node reference) {
  static const std::set<std::pair<std::string_view, std::string_view>> kTargets = {
      {"", "Service"},
      {"core", "Service"},
      {"networking.istio.io", "ServiceEntry"},
      {"gateway.networking.k8s.io", "Gateway"},
      {"gateway.networking.k8s.io", "GatewayClass"}};
  if (!reference.is_mapping()) return {};
  std::vector<Problem> problems;
  const auto place = [&](yaml::Node node) { return node ? node.where() : reference.where(); };
  const yaml::Node name = reference.find("name");
  const yaml::Node name_space = reference.find("namespace");
  const yaml::Node kind = reference.find("kind");
  const std::string_view group = reference.find("group").text();
  if (name.text().empty()) problems.push_back({place(name), "the target has no name"});
  if (!name_space.text().empty()) {
    problems.push_back({place(name_space), "a target is in the same namespace and names none"});
  }
  if (!kTargets.contains({group, kind.text()})) {
    problems.push_back({place(kind), fmt::format("a target is a Service, ServiceEntry, Gateway or "
                                                 "GatewayClass, not `{}{}{}`",
                                                 group, group.empty() ? "" : "/", kind.text())});
  }
  return problems;
}

}  // namespace meshfn::lint::istio
