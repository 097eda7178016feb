#include "lint/rules/linkerd_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/json.h"
#include "base/network.h"
#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "resource/linkerd/values.h"

namespace meshfn::lint::linkerd {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::uint32_t> port_number(std::string_view text) {
  const auto number = unsigned_number(text);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// A label of a DNS name; the policy controller allows lower case only.
bool is_label(std::string_view text) {
  const auto legal = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), legal);
}

/// IANA_SVC_NAME: at most 15 of a-z, 0-9 and `-`, with a letter.
bool is_port_name(std::string_view text) {
  return text.size() <= 15 && is_label(text) && std::any_of(text.begin(), text.end(), is_lower);
}

std::string spiffe_problem(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view domain = rest.substr(0, slash);
  if (domain.empty()) return "a SPIFFE ID needs a trust domain after `spiffe://`";
  for (const char c : domain) {
    if (!is_lower(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') {
      return fmt::format("a trust domain consists of a-z, 0-9, `-`, `.` and `_`, not `{}`", c);
    }
  }
  if (slash == std::string_view::npos) return {};
  for (const std::string_view segment : str::split(rest.substr(slash + 1), '/')) {
    if (segment.empty()) return "a SPIFFE ID has no empty path segment and no `/` at its end";
    if (segment == "." || segment == "..") return "a SPIFFE ID has no relative path segments";
    for (const char c : segment) {
      if (!is_lower(c) && !is_digit(c) && (c < 'A' || c > 'Z') && c != '-' && c != '.' &&
          c != '_') {
        return fmt::format(
            "a path of a SPIFFE ID consists of letters, digits, `-`, `.` and `_`, "
            "not `{}`",
            c);
      }
    }
  }
  return {};
}

/// One item of a port list, appended to `out`; empty items are none.
std::string add_port_item(std::string_view item, bool names, PortSet& out) {
  if (item.empty()) return {};
  const std::size_t dash = item.find('-');
  if (!is_digit(item.front()) && names && is_port_name(item)) {
    out.names.push_back(item);
    return {};
  }
  const auto first = port_number(item.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port_number(item.substr(dash + 1));
  if (!first || !last) {
    return fmt::format("`{}` is neither a port from 1 to 65535 nor a range `N-M` of them", item);
  }
  if (*last < *first) return fmt::format("the range `{}` descends", item);
  out.ranges.push_back({*first, *last});
  return {};
}

}  // namespace

std::optional<std::uint64_t> unsigned_number(std::string_view text) {
  return resource::linkerd::unsigned_number(text);
}

std::optional<std::int64_t> annotation_duration(std::string_view text) {
  return resource::linkerd::annotation_duration(text);
}

std::string annotation_duration_problem(std::string_view text) {
  if (annotation_duration(text)) return {};
  text = str::trim(text);
  if (text.empty()) return "a duration is needed";
  if (text.front() == '-') return "a duration cannot be negative";
  if (all_digits(text)) return "the unit is missing: ms, s, m, h or d";
  if (text.find('.') != std::string_view::npos) {
    return "fractions are not supported: write a whole number of a smaller unit";
  }
  return "a whole number and one unit of ms, s, m, h or d is needed";
}

std::string go_duration_problem(std::string_view text) {
  if (parse_duration(text)) return {};
  if (all_digits(text)) return "the unit is missing: ns, us, ms, s, m or h";
  return "a duration such as `300ms`, `1.5s` or `1m30s` is needed";
}

bool PortSet::contains(std::int64_t port) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [port](const PortRange& range) { return range.contains(port); });
}

PortSet port_set(std::string_view text, bool names) {
  PortSet out;
  for (const std::string_view item : str::split(text, ',')) {
    out.problem = add_port_item(str::trim(item), names, out);
    if (!out.problem.empty()) return out;
  }
  return out;
}

std::string port_set_problem(std::string_view text) { return port_set(text).problem; }

std::string named_port_set_problem(std::string_view text) { return port_set(text, true).problem; }

std::string identity_problem(std::string_view text) {
  constexpr std::string_view kSpiffe = "spiffe://";
  if (text.starts_with(kSpiffe)) return spiffe_problem(text.substr(kSpiffe.size()));
  if (text.find(':') != std::string_view::npos) {
    return "an identity is a SPIFFE ID (`spiffe://domain/path`) or a DNS name";
  }
  if (text == "*") return {};
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  for (const std::string_view label : str::split(name, '.')) {
    if (label.find('*') != std::string_view::npos) {
      return "`*` stands only for the whole first label";
    }
    if (!is_label(label)) return "an identity is a DNS name in lower case, or `*`";
  }
  return {};
}

std::string port_problem(std::string_view text) {
  return port_number(text) ? "" : "a port from 1 to 65535 is needed";
}

std::string one_of_problem(std::string_view text, const std::vector<std::string_view>& words) {
  if (std::find(words.begin(), words.end(), text) != words.end()) return {};
  const std::string_view near = suggest(text, words);
  return fmt::format("it must be {}`{}`{}", words.size() == 1 ? "" : "one of ",
                     str::join(words, "`, `"),
                     near.empty() ? "" : fmt::format("; did you mean `{}`?", near));
}

std::string boolean_problem(std::string_view text) {
  constexpr std::array<std::string_view, 12> kTokens = {"1", "t", "T", "true",  "TRUE",  "True",
                                                        "0", "f", "F", "false", "FALSE", "False"};
  const bool known = std::find(kTokens.begin(), kTokens.end(), text) != kTokens.end();
  return known ? "" : "it must be `true` or `false`";
}

std::string switch_problem(std::string_view text) {
  return one_of_problem(text, {"enabled", "disabled"});
}

std::string flag_problem(std::string_view text) {
  return one_of_problem(str::trim(text), {"true", "false"});
}

std::string unsigned_problem(std::string_view text) {
  const auto number = unsigned_number(str::trim(text));
  return number && *number <= std::numeric_limits<std::uint32_t>::max()
             ? ""
             : "a whole number from 0 to 4294967295 is needed";
}

std::string limit_problem(std::string_view text) {
  const auto number = unsigned_number(text);
  return number && *number <= 65535 ? "" : "a whole number from 0 to 65535 is needed";
}

std::string integer_problem(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const auto number = unsigned_number(digits);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return number && *number <= kMost ? "" : "a whole number of 64 bits is needed";
}

namespace {

std::optional<double> decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string ratio_limit_problem(std::string_view text) {
  const auto value = decimal(text);
  return value && *value > 0 && *value < 1 ? ""
                                           : "a number between 0 and 1, both excluded, is needed";
}

std::string jitter_problem(std::string_view text) {
  const auto value = decimal(str::trim(text));
  return value && *value >= 0 && *value <= 100 ? "" : "a number from 0 to 100 is needed";
}

std::string threshold_problem(std::string_view text) {
  const auto value = decimal(str::trim(text));
  return value && *value >= 0 && *value <= 1 ? "" : "a number from 0 to 1 is needed";
}

std::string min_requests_problem(std::string_view text) {
  // The control plane lets more pass while the threshold is 0; the proxy then refuses the whole
  // policy, so the bound holds always.
  const auto number = unsigned_number(str::trim(text));
  return number && *number <= 1'000'000 ? "" : "a whole number from 0 to 1000000 is needed";
}

std::optional<double> quantity(std::string_view text) {
  struct Suffix {
    std::string_view name;
    double factor;
  };

  static constexpr std::array kSuffixes = {
      Suffix{"Ki", 0x1p10}, Suffix{"Mi", 0x1p20}, Suffix{"Gi", 0x1p30}, Suffix{"Ti", 0x1p40},
      Suffix{"Pi", 0x1p50}, Suffix{"Ei", 0x1p60}, Suffix{"n", 1e-9},    Suffix{"u", 1e-6},
      Suffix{"m", 1e-3},    Suffix{"k", 1e3},     Suffix{"M", 1e6},     Suffix{"G", 1e9},
      Suffix{"T", 1e12},    Suffix{"P", 1e15},    Suffix{"E", 1e18}};
  for (const Suffix& suffix : kSuffixes) {
    if (!text.ends_with(suffix.name)) continue;
    const auto value = decimal(text.substr(0, text.size() - suffix.name.size()));
    return value ? std::optional(*value * suffix.factor) : std::nullopt;
  }
  return decimal(text);
}

std::string quantity_problem(std::string_view text) {
  return quantity(text) ? "" : "a Kubernetes quantity such as `100m`, `0.5` or `64Mi` is needed";
}

std::string subnets_problem(std::string_view text) {
  for (const std::string_view item : str::split(text, ',')) {
    const std::string_view subnet = str::trim(item);
    if (subnet.find('/') == std::string_view::npos || !parse_network(subnet)) {
      return fmt::format("`{}` is no block such as `10.0.0.0/8`", subnet);
    }
  }
  return {};
}

std::string log_level_problem(std::string_view text) {
  static const std::vector<std::string_view> levels = {"trace", "debug", "info",
                                                       "warn",  "error", "off"};
  for (const std::string_view item : str::split(text, ',')) {
    const std::size_t equals = item.rfind('=');
    if (equals == std::string_view::npos || item.ends_with(']')) continue;
    const std::string level = str::lower(item.substr(equals + 1));
    if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
      return fmt::format("`{}` is no level: {}", item.substr(equals + 1),
                         one_of_problem(level, levels));
    }
  }
  return {};
}

std::string environment_problem(std::string_view text) {
  const auto read = parse_json<nlohmann::json>(text);
  if (read.is_discarded()) return "it must be JSON";
  const auto named = [](const nlohmann::json& item) {
    return item.is_object() && item.contains("name") && item["name"].is_string() &&
           (!item.contains("value") || item["value"].is_string());
  };
  return read.is_array() && std::all_of(read.begin(), read.end(), named)
             ? ""
             : "it must be a JSON array of `{\"name\": …, \"value\": …}`";
}

std::string http_statuses_problem(std::string_view text) {
  const auto status = [](std::string_view part) {
    const auto number = unsigned_number(part);
    return number && *number >= 100 && *number <= 599 ? number : std::nullopt;
  };
  for (const std::string_view item : str::split(text, ',')) {
    if (item == "5xx" || item == "gateway-error") continue;
    const std::size_t dash = item.find('-');
    const auto first = status(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : status(item.substr(dash + 1));
    if (!first || !last || *last < *first) {
      return fmt::format(
          "`{}` is none of `5xx`, `gateway-error`, a status from 100 to 599 or a "
          "range `500-504`; spaces are not allowed",
          item);
    }
  }
  return {};
}

std::string grpc_statuses_problem(std::string_view text) {
  for (const std::string_view item : str::split(text, ',')) {
    const std::string problem = one_of_problem(
        str::lower(item),
        {"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"});
    if (!problem.empty()) return fmt::format("`{}`: {}", item, problem);
  }
  return {};
}

std::string positive_duration_problem(std::string_view text) {
  return annotation_duration(text) == 0 ? "it must be more than 0"
                                        : annotation_duration_problem(text);
}

std::string short_duration_problem(std::string_view text) {
  const auto value = annotation_duration(text);
  if (value && *value > std::numeric_limits<std::uint32_t>::max()) {
    return "it must be less than 50 days";
  }
  return annotation_duration_problem(text);
}

}  // namespace meshfn::lint::linkerd
