// Kubernetes' URL, IP and CIDR libraries.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "schema/cel/call.h"
#include "schema/cel/text.h"

namespace meshfn::schema::cel {

namespace {

bool is_scheme(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

bool good_escapes(std::string_view text) {
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !hex(text[at + 1]) || !hex(text[at + 2])) return false;
  }
  return true;
}

bool good_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return true;
  const std::string_view port = host.substr(colon + 1);
  return std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Go's url.ParseRequestURI: an absolute URI or an absolute path; `#` is not special.
std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const bool control =
      std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c == 0x7F; });
  if (text.empty() || control) return std::nullopt;
  const std::size_t colon = text.find_first_of(":/?");
  if (colon != std::string_view::npos && text[colon] == ':' && is_scheme(text.substr(0, colon))) {
    url.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  } else if (colon == 0 && text[0] == ':') {
    return std::nullopt;
  }
  const bool rooted = text.starts_with('/');
  if (!rooted && url.scheme.empty()) return std::nullopt;
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    url.query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  if (text.starts_with("//") && (!url.scheme.empty() || !text.starts_with("///"))) {
    text.remove_prefix(2);
    const std::size_t slash = std::min(text.find('/'), text.size());
    url.host = text.substr(0, slash);
    text.remove_prefix(slash);
    const std::size_t at = url.host.rfind('@');
    if (at != std::string_view::npos) url.host.remove_prefix(at + 1);
    if (url.host.find_first_of(" <>\"\\^`{|}") != std::string_view::npos || !good_port(url.host))
      return std::nullopt;
  }
  url.path = text;
  if (!good_escapes(url.path) || !good_escapes(url.host)) return std::nullopt;
  return url;
}

Value to_url(const Call& call) {
  if (call.text(0) == nullptr) return call.no_overload();
  const auto url = parse_url(*call.text(0));
  return url ? call.arena.url(*url)
             : call.arena.error(fmt::format("`{}` is not a URL", *call.text(0)));
}

Value is_url(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload() : Value(parse_url(*call.text(0)).has_value());
}

/// Host without port and brackets, and the port.
std::pair<std::string_view, std::string_view> host_and_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view name = host.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return {name, colon == std::string_view::npos ? std::string_view() : host.substr(colon + 1)};
}

Value get_scheme(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  if (url == nullptr) return call.no_overload();
  std::string scheme((*url)->scheme);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return call.arena.string(std::move(scheme));
}

Value get_host(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  return url == nullptr ? call.no_overload() : Value((*url)->host);
}

Value get_hostname(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  return url == nullptr ? call.no_overload() : Value(host_and_port((*url)->host).first);
}

Value get_port(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  return url == nullptr ? call.no_overload() : Value(host_and_port((*url)->host).second);
}

Value get_path(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  return url == nullptr ? call.no_overload() : Value((*url)->path);
}

Value get_query(const Call& call) {
  const auto* url = call.arg<const Url*>(0);
  if (url == nullptr) return call.no_overload();
  Map map;
  std::string_view rest = (*url)->query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t sign = std::min(pair.find('='), pair.size());
    const Value key(pair.substr(0, sign));
    const Value item(pair.substr(std::min(sign + 1, pair.size())));
    const auto known = std::find_if(map.entries.begin(), map.entries.end(), [&](const auto& entry) {
      return equal(entry.first, key, call.arena);
    });
    if (known == map.entries.end()) {
      map.entries.emplace_back(key, call.arena.list({item}));
    } else {
      std::vector<Value> items = (*known->second.get<const List*>())->items;
      items.push_back(item);
      known->second = call.arena.list(std::move(items));
    }
  }
  return call.arena.map(std::move(map));
}

Value to_ip(const Call& call) {
  if (const auto* cidr = call.arg<Prefix>(0)) return cidr->address;
  if (call.text(0) == nullptr) return call.no_overload();
  const auto ip = parse_ip(*call.text(0), true);
  return ip ? Value(*ip)
            : call.arena.error(fmt::format("`{}` is not an IP address", *call.text(0)));
}

Value is_ip(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload()
                                 : Value(parse_ip(*call.text(0), true).has_value());
}

Value is_canonical(const Call& call) {
  if (call.text(0) == nullptr) return call.no_overload();
  const auto ip = parse_ip(*call.text(0), true);
  if (!ip) return call.arena.error(fmt::format("`{}` is not an IP address", *call.text(0)));
  return schema::to_string(*ip) == *call.text(0);
}

Value family(const Call& call) {
  const auto* ip = call.arg<Address>(0);
  return ip == nullptr ? call.no_overload() : Value(std::int64_t{ip->v6 ? 6 : 4});
}

bool all_zero(const Address& ip, std::size_t from, std::size_t to) {
  return std::all_of(ip.bytes.begin() + static_cast<std::ptrdiff_t>(from),
                     ip.bytes.begin() + static_cast<std::ptrdiff_t>(to),
                     [](auto byte) { return byte == 0; });
}

bool unspecified(const Address& ip) { return all_zero(ip, ip.v6 ? 0 : 12, 16); }

bool loopback(const Address& ip) {
  return ip.v6 ? all_zero(ip, 0, 15) && ip.bytes[15] == 1 : ip.bytes[12] == 127;
}

bool link_local_multicast(const Address& ip) {
  if (ip.v6) return ip.bytes[0] == 0xFF && (ip.bytes[1] & 0x0FU) == 2;
  return ip.bytes[12] == 224 && ip.bytes[13] == 0 && ip.bytes[14] == 0;
}

bool link_local_unicast(const Address& ip) {
  if (ip.v6) return ip.bytes[0] == 0xFE && (ip.bytes[1] & 0xC0U) == 0x80;
  return ip.bytes[12] == 169 && ip.bytes[13] == 254;
}

bool multicast(const Address& ip) {
  return ip.v6 ? ip.bytes[0] == 0xFF : (ip.bytes[12] & 0xF0U) == 0xE0;
}

bool global_unicast(const Address& ip) {
  const bool broadcast =
      !ip.v6 && std::all_of(ip.bytes.begin() + 12, ip.bytes.end(), [](auto b) { return b == 255; });
  return !broadcast && !unspecified(ip) && !loopback(ip) && !multicast(ip) &&
         !link_local_unicast(ip);
}

template <bool (*Is)(const Address&)>
Value ask(const Call& call) {
  const auto* ip = call.arg<Address>(0);
  return ip == nullptr ? call.no_overload() : Value(Is(*ip));
}

Value to_cidr(const Call& call) {
  if (call.text(0) == nullptr) return call.no_overload();
  const auto cidr = parse_cidr(*call.text(0), true);
  return cidr ? Value(*cidr)
              : call.arena.error(fmt::format("`{}` is not an address range", *call.text(0)));
}

Value is_cidr(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload()
                                 : Value(parse_cidr(*call.text(0), true).has_value());
}

Address masked(const Prefix& cidr) {
  Address ip = cidr.address;
  const int first = ip.v6 ? 0 : 12;
  for (int i = first; i < 16; ++i) {
    const int keep = std::clamp(cidr.bits - (i - first) * 8, 0, 8);
    ip.bytes[static_cast<std::size_t>(i)] &=
        static_cast<std::uint8_t>(0xFFU << static_cast<unsigned>(8 - keep));
  }
  return ip;
}

Value to_masked(const Call& call) {
  const auto* cidr = call.arg<Prefix>(0);
  return cidr == nullptr ? call.no_overload() : Value(Prefix{masked(*cidr), cidr->bits});
}

Value prefix_length(const Call& call) {
  const auto* cidr = call.arg<Prefix>(0);
  return cidr == nullptr ? call.no_overload() : Value(std::int64_t{cidr->bits});
}

bool inside(const Prefix& outer, const Address& ip, int bits) {
  return outer.address.v6 == ip.v6 && bits >= outer.bits &&
         masked({ip, outer.bits}) == masked(outer);
}

Value contains_ip(const Call& call) {
  const auto* cidr = call.arg<Prefix>(0);
  if (cidr == nullptr) return call.no_overload();
  if (const auto* ip = call.arg<Address>(1)) return inside(*cidr, *ip, 128);
  if (call.text(1) == nullptr) return call.no_overload();
  const auto ip = parse_ip(*call.text(1), true);
  return ip ? Value(inside(*cidr, *ip, 128))
            : call.arena.error(fmt::format("`{}` is not an IP address", *call.text(1)));
}

Value contains_cidr(const Call& call) {
  const auto* cidr = call.arg<Prefix>(0);
  if (cidr == nullptr) return call.no_overload();
  if (const auto* other = call.arg<Prefix>(1)) return inside(*cidr, other->address, other->bits);
  if (call.text(1) == nullptr) return call.no_overload();
  const auto other = parse_cidr(*call.text(1), true);
  return other ? Value(inside(*cidr, other->address, other->bits))
               : call.arena.error(fmt::format("`{}` is not an address range", *call.text(1)));
}

constexpr std::array kNetwork = {
    Function{"url", false, 1, 1, to_url},
    Function{"isURL", false, 1, 1, is_url},
    Function{"getScheme", true, 0, 0, get_scheme},
    Function{"getHost", true, 0, 0, get_host},
    Function{"getHostname", true, 0, 0, get_hostname},
    Function{"getPort", true, 0, 0, get_port},
    Function{"getEscapedPath", true, 0, 0, get_path},
    Function{"getQuery", true, 0, 0, get_query},
    Function{"ip", false, 1, 1, to_ip},
    Function{"ip", true, 0, 0, to_ip},
    Function{"isIP", false, 1, 1, is_ip},
    Function{"ip.isCanonical", false, 1, 1, is_canonical},
    Function{"family", true, 0, 0, family},
    Function{"isUnspecified", true, 0, 0, ask<unspecified>},
    Function{"isLoopback", true, 0, 0, ask<loopback>},
    Function{"isLinkLocalMulticast", true, 0, 0, ask<link_local_multicast>},
    Function{"isLinkLocalUnicast", true, 0, 0, ask<link_local_unicast>},
    Function{"isGlobalUnicast", true, 0, 0, ask<global_unicast>},
    Function{"cidr", false, 1, 1, to_cidr},
    Function{"isCIDR", false, 1, 1, is_cidr},
    Function{"masked", true, 0, 0, to_masked},
    Function{"prefixLength", true, 0, 0, prefix_length},
    Function{"containsIP", true, 1, 1, contains_ip},
    Function{"containsCIDR", true, 1, 1, contains_cidr},
};

}  // namespace

std::span<const Function> network_functions() { return kNetwork; }

}  // namespace meshfn::schema::cel
