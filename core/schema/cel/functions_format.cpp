// Kubernetes' format library: named grammars that say what is wrong with a text.

#include <fmt/format.h>

#include <array>

#include "schema/cel/call.h"
#include "schema/format.h"

namespace meshfn::schema::cel {

namespace {

struct Grammar {
  std::string_view name;
  std::string_view expression;  ///< empty: `format` decides
  Format format;
  std::size_t most;  ///< bytes, 0 for any number
  bool prefix;       ///< a trailing `-` is allowed, as in generateName
  std::string_view like;
};

constexpr std::array kGrammars = {
    Grammar{"dns1123Label", "", Format::label_name, 63, false, "a DNS-1123 label"},
    Grammar{"dns1123Subdomain", "", Format::subdomain, 253, false, "a DNS-1123 subdomain"},
    Grammar{"dns1035Label", "^[a-z]([-a-z0-9]*[a-z0-9])?$", Format::none, 63, false,
            "a DNS-1035 label"},
    Grammar{"qualifiedName",
            "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            "([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$",
            Format::none, 317, false, "a qualified name"},
    Grammar{"dns1123LabelPrefix", "", Format::label_name, 63, true,
            "the start of a DNS-1123 label"},
    Grammar{"dns1123SubdomainPrefix", "", Format::subdomain, 253, true,
            "the start of a DNS-1123 subdomain"},
    Grammar{"dns1035LabelPrefix", "^[a-z]([-a-z0-9]*[a-z0-9])?$", Format::none, 63, true,
            "the start of a DNS-1035 label"},
    Grammar{"labelValue", "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", Format::none, 63, false,
            "a label value"},
    Grammar{"uri", "", Format::uri, 0, false, "a URI"},
    Grammar{"uuid", "", Format::uuid, 0, false, "a UUID"},
    Grammar{"byte", "", Format::byte, 0, false, "text in base64"},
    Grammar{"date", "", Format::date, 0, false, "a date"},
    Grammar{"datetime", "", Format::date_time, 0, false, "a time"},
};

bool fits(const Grammar& grammar, std::string_view text) {
  if (grammar.most != 0 && text.size() > grammar.most) return false;
  const std::string whole =
      grammar.prefix && text.ends_with('-') ? std::string(text) + "a" : std::string(text);
  if (grammar.expression.empty()) return has_format(whole, grammar.format);
  return Pattern(std::string(grammar.expression)).matches(whole);
}

template <int Index>
Value make(const Call&) {
  return NamedFormat{Index};
}

Value named(const Call& call) {
  if (call.text(0) == nullptr) return call.no_overload();
  for (std::size_t i = 0; i < kGrammars.size(); ++i) {
    if (kGrammars[i].name == *call.text(0))
      return call.arena.some(NamedFormat{static_cast<int>(i)});
  }
  return Optional{};
}

/// none when the text fits, else the list of what is wrong.
Value validate(const Call& call) {
  const auto* format = call.arg<NamedFormat>(0);
  if (format == nullptr || call.text(1) == nullptr) return call.no_overload();
  const Grammar& grammar = kGrammars[static_cast<std::size_t>(format->index)];
  if (fits(grammar, *call.text(1))) return Optional{};
  const Value problem =
      call.arena.string(fmt::format("`{}` is not {}", *call.text(1), grammar.like));
  return call.arena.some(call.arena.list({problem}));
}

constexpr std::array kFormat = {
    Function{"format.named", false, 1, 1, named},
    Function{"validate", true, 1, 1, validate},
    Function{"format.dns1123Label", false, 0, 0, make<0>},
    Function{"format.dns1123Subdomain", false, 0, 0, make<1>},
    Function{"format.dns1035Label", false, 0, 0, make<2>},
    Function{"format.qualifiedName", false, 0, 0, make<3>},
    Function{"format.dns1123LabelPrefix", false, 0, 0, make<4>},
    Function{"format.dns1123SubdomainPrefix", false, 0, 0, make<5>},
    Function{"format.dns1035LabelPrefix", false, 0, 0, make<6>},
    Function{"format.labelValue", false, 0, 0, make<7>},
    Function{"format.uri", false, 0, 0, make<8>},
    Function{"format.uuid", false, 0, 0, make<9>},
    Function{"format.byte", false, 0, 0, make<10>},
    Function{"format.date", false, 0, 0, make<11>},
    Function{"format.datetime", false, 0, 0, make<12>},
};

}  // namespace

std::span<const Function> format_functions() { return kFormat; }

}  // namespace meshfn::schema::cel
