#include <algorithm>
#include <cctype>

#include "base/str.h"
#include "scaffold/render.h"

namespace meshfn::scaffold {

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || is_upper(c); }

std::string capitalised(std::string_view word) {
  return word.empty() ? std::string() : str::upper(word.substr(0, 1)) + std::string(word.substr(1));
}

std::string pascal(std::string_view text) {
  std::string out;
  for (const std::string& word : words(text)) out += capitalised(word);
  return out;
}

std::string camel(std::string_view text) {
  std::string out = pascal(text);
  if (!out.empty()) out[0] = str::lower(std::string_view(out).substr(0, 1))[0];
  return out;
}

std::string kebab(std::string_view text) { return str::join(words(text), "-"); }

std::string snake(std::string_view text) { return str::join(words(text), "_"); }

std::string flat(std::string_view text) { return str::join(words(text), ""); }

std::string title(std::string_view text) {
  std::string out;
  for (const std::string& word : words(text)) out += (out.empty() ? "" : " ") + capitalised(word);
  return out;
}

/// A JSON string with its quotes; also a valid string of JavaScript, Go, Java and YAML.
std::string json(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// The lines that say something, as the items of a JSON list or object.
std::string commas(std::string_view text) {
  std::string out;
  for (const std::string_view line : str::lines(text)) {
    const std::string_view item = str::trim(line);
    if (item.empty()) continue;
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

constexpr Filter kFilters[] = {
    {"camel", "orderCreated", camel},
    {"commas", "its lines as items with commas between", commas},
    {"flat", "ordercreated", flat},
    {"json", "a JSON string, quotes included", json},
    {"kebab", "order-created", kebab},
    {"lower", "in small letters", str::lower},
    {"pascal", "OrderCreated", pascal},
    {"snake", "order_created", snake},
    {"title", "Order Created", title},
    {"upper", "IN CAPITALS", str::upper},
};

}  // namespace

std::span<const Filter> filters() { return kFilters; }

std::vector<std::string> words(std::string_view name) {
  std::vector<std::string> found;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_word(name[i])) {
      open = false;
      continue;
    }
    const bool hump = is_upper(name[i]) && i > 0 && !is_upper(name[i - 1]);
    if (!open || hump) found.emplace_back();
    found.back() += str::lower(name.substr(i, 1));
    open = true;
  }
  return found;
}

}  // namespace meshfn::scaffold
