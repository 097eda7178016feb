#include "resource/located.h"

#include <algorithm>

#include "base/units.h"

namespace meshfn::resource {

bool selects(const Labels& selector, const Labels& labels) {
  return std::all_of(selector.begin(), selector.end(), [&labels](const Label& wanted) {
    return std::any_of(labels.begin(), labels.end(), [&wanted](const Label& have) {
      return have.key.value == wanted.key.value && have.value.value == wanted.value.value;
    });
  });
}

std::string_view label(const Labels& labels, std::string_view key) {
  for (const Label& label : labels) {
    if (label.key.value == key) return label.value.value;
  }
  return {};
}

Text text(yaml::Node node) {
  if (!node.is_scalar() || node.is_null()) return {};
  return {node.text(), node};
}

Integer integer(yaml::Node node) {
  const auto value = node.is_scalar() ? yaml::to_int(node.text()) : std::nullopt;
  return value ? Integer{*value, node} : Integer{};
}

Number number(yaml::Node node) {
  const auto value = node.is_scalar() ? yaml::to_double(node.text()) : std::nullopt;
  return value ? Number{*value, node} : Number{};
}

Boolean boolean(yaml::Node node) {
  const auto value = node.is_scalar() ? yaml::to_bool(node.text()) : std::nullopt;
  return value ? Boolean{*value, node} : Boolean{};
}

Duration duration(yaml::Node node) {
  const auto value = node.is_scalar() ? parse_duration(node.text()) : std::nullopt;
  return value ? Duration{*value, node} : Duration{};
}

std::vector<Text> texts(yaml::Node node) {
  std::vector<Text> out;
  out.reserve(node.is_sequence() ? node.size() : 0);
  for (const yaml::Node item : node.items()) {
    if (const Text read = text(item)) out.push_back(read);
  }
  return out;
}

Labels labels(yaml::Node node) {
  Labels out;
  out.reserve(node.is_mapping() ? node.size() : 0);
  for (const yaml::Entry entry : node.entries()) {
    if (entry.value.is_scalar())
      out.push_back({text(entry.key), {entry.value.text(), entry.value}});
  }
  return out;
}

}  // namespace meshfn::resource
