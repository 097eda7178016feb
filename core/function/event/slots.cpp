#include "function/event/slots.h"

#include <fmt/format.h>

#include <charconv>

#include "base/str.h"
#include "function/event/encode.h"

namespace meshfn::function {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

tl::unexpected<Error> bad_slot(std::string_view name) {
  return fail(fmt::format("the sample has an unknown slot `${{{}}}`", name));
}

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// MD5 of SQS message attributes as they stand in the event.
std::string md5_of_attributes(const Json& attributes) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, attribute] : attributes.items()) {
    const bool binary = attribute.contains("binaryValue");
    const std::string value = attribute.value(binary ? "binaryValue" : "stringValue", "");
    sorted[name] = attribute_bytes(
        {name, attribute.value("dataType", "String"), binary ? from_base64(value) : value, binary});
  }
  std::string bytes;
  for (const auto& [name, part] : sorted) bytes += part;
  return md5(bytes);
}

}  // namespace

std::string RawTexts::token_for(std::string text) {
  texts_.push_back(std::move(text));
  return fmt::format("\x01{}\x01", texts_.size() - 1);
}

std::string RawTexts::restore(std::string json) const {
  constexpr std::string_view kBegin = "\"\\u0001";
  constexpr std::string_view kEnd = "\\u0001\"";
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = json.find(kBegin, at);
    if (begin == std::string::npos) return out.empty() ? json : out + json.substr(at);
    std::size_t number = texts_.size();
    const char* digits = json.data() + begin + kBegin.size();
    const auto read = std::from_chars(digits, json.data() + json.size(), number);
    const auto end = static_cast<std::size_t>(read.ptr - json.data());
    // Somebody else's control characters: leave them as they are.
    const bool ours = number < texts_.size() && json.compare(end, kEnd.size(), kEnd) == 0;
    out += json.substr(at, begin - at) + (ours ? texts_[number] : std::string(kBegin));
    at = ours ? end + kEnd.size() : begin + kBegin.size();
  }
}

Result<Json> Slots::fill(const Json& skeleton) {
  if (skeleton.is_string()) return fill_text(skeleton.get_ref<const std::string&>());
  if (skeleton.is_array()) {
    Json out = Json::array();
    for (const Json& item : skeleton) {
      auto filled = fill(item);
      if (!filled) return filled;
      out.push_back(std::move(*filled));
    }
    return out;
  }
  if (!skeleton.is_object()) return skeleton;
  Json out = Json::object();
  for (const auto& [key, value] : skeleton.items()) {
    const auto name = fill_text(key);
    if (!name) return name;
    auto filled = fill(value);
    if (!filled) return filled;
    // `${?x}` leaves its key out when the parameter is null.
    const bool optional = value.is_string() && value.get<std::string>().starts_with("${?");
    if (optional && filled->is_null()) continue;
    out[text(*name)] = std::move(*filled);
  }
  return out;
}

Result<Json> Slots::fill_text(const std::string& source) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = source.find("${", at);
    if (begin == std::string::npos) return Json(out + source.substr(at));
    const std::size_t end = source.find('}', begin);
    if (end == std::string::npos) return bad_slot(source.substr(begin));
    std::string_view name = std::string_view(source).substr(begin + 2, end - begin - 2);
    if (name.starts_with('?')) name.remove_prefix(1);
    auto value = slot(name);
    // A slot that is the whole string keeps its type.
    if (!value || (begin == 0 && end + 1 == source.size())) return value;
    out += source.substr(at, begin - at) + text(*value);
    at = end + 1;
  }
}

Result<Json> Slots::slot(std::string_view name) {
  const std::size_t colon = name.find(':');
  const std::string_view kind = name.substr(0, colon);
  const std::string_view argument =
      colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  if (argument.empty()) {
    if (kind == "uuid") return Json(uuid());
    if (kind == "index") return Json(index_);
    return parameter(kind);
  }
  if (kind == "time") return time_slot(argument);
  if (kind == "json") return json_of(argument);
  if (kind == "string") {
    auto value = slot(argument);
    return value ? Result<Json>(Json(text(*value))) : value;
  }
  if (kind == "md5-attributes") {
    const auto attributes = text_of(argument);
    if (!attributes) return tl::unexpected(attributes.error());
    return Json(md5_of_attributes(parse_json(*attributes)));
  }
  if (auto made = random_slot(kind, argument)) return made;
  const auto source = text_of(argument);
  if (!source) return tl::unexpected(source.error());
  if (kind == "text") return Json(*source);
  if (kind == "base64") return Json(base64(*source));
  if (kind == "gzip") return Json(base64(gzip(*source)));
  if (kind == "md5") return Json(md5(*source));
  if (kind == "url") return Json(url_encode(*source));
  if (kind == "size") return Json(source->size());
  return bad_slot(name);
}

Result<Json> Slots::random_slot(std::string_view kind, std::string_view argument) {
  std::size_t count = 0;
  const auto read = std::from_chars(argument.data(), argument.data() + argument.size(), count);
  if (read.ec != std::errc()) return bad_slot(kind);
  if (kind == "hex") return Json(characters(kHex, count));
  if (kind == "digits") return Json(characters(kDigits, count));
  if (kind == "lower") return Json(characters(kLower, count));
  if (kind == "upper") return Json(characters(kUpper, count));
  if (kind == "random64") return Json(characters(kBase64, count));
  return bad_slot(kind);
}

/// Besides the formats of `format_moment`: seconds, ms and us as numbers, s as fractional seconds;
/// "+SECONDS" behind any of them is an offset.
Result<Json> Slots::time_slot(std::string_view format) {
  const std::size_t sign = format.find_last_of('+');
  std::int64_t offset = 0;
  if (sign != std::string_view::npos) {
    std::from_chars(format.data() + sign + 1, format.data() + format.size(), offset);
    format = format.substr(0, sign);
  }
  const Moment moment{now_.ms + offset * 1000};
  if (format == "seconds") return Json(moment.ms / 1000);
  if (format == "ms") return Json(moment.ms);
  if (format == "us") return Json(moment.ms * 1000);
  if (format == "s") return Json(static_cast<double>(moment.ms) / 1000);
  const std::string written = format_moment(moment, format);
  if (written.empty()) return bad_slot(format);
  return Json(written);
}

Result<Json> Slots::parameter(std::string_view name) {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) return bad_slot(name);
  if (found->second.given) return found->second.value;
  // Defaults may hold slots of their own ("arn:…:${queue}"); what they give is remembered, so
  // that two slots of one parameter agree.
  auto value = fill(found->second.value);
  if (value) found->second = {*value, true};
  return value;
}

Result<std::string> Slots::text_of(std::string_view name) {
  const auto value = parameter(name);
  if (!value) return tl::unexpected(value.error());
  return raw_.restore(text(*value));
}

Result<Json> Slots::json_of(std::string_view name) {
  auto value = parameter(name);
  if (!value || !value->is_string()) return value;
  const std::string given = value->get<std::string>();
  if (is_json(given)) return Json(raw_.token_for(given));
  return value;
}

std::string Slots::characters(std::string_view alphabet, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += alphabet[random_.below(static_cast<std::uint32_t>(alphabet.size()))];
  }
  return out;
}

/// A random UUID (RFC 9562 version 4).
std::string Slots::uuid() {
  std::string out = characters(kHex, 32);
  out[12] = '4';
  out[16] = kHex[8 + random_.below(4)];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, "-");
  return out;
}

}  // namespace meshfn::function
