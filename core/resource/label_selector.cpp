#include "resource/label_selector.h"

#include <algorithm>

namespace meshfn::resource {

namespace {

bool expression_matches(yaml::Node expression, const Labels& labels) {
  const std::string_view key = expression.find("key").text();
  const std::string_view op = expression.find("operator").text();
  const yaml::Node values = expression.find("values");
  const auto have = std::find_if(labels.begin(), labels.end(),
                                 [key](const Label& label) { return label.key.value == key; });
  const bool exists = have != labels.end();
  if (op == "Exists") return exists && values.size() == 0;
  if (op == "DoesNotExist") return !exists && values.size() == 0;
  if (values.size() == 0) return false;
  bool listed = false;
  for (const yaml::Node value : values.items()) {
    listed = listed || (exists && value.text() == have->value.value);
  }
  return op == "In" ? listed : op == "NotIn" && !listed;
}

}  // namespace

bool selector_matches(yaml::Node selector, const Labels& wanted) {
  if (!selects(labels(selector.find("matchLabels")), wanted)) return false;
  for (const yaml::Node expression : selector.find("matchExpressions").items()) {
    if (!expression_matches(expression, wanted)) return false;
  }
  return true;
}

}  // namespace meshfn::resource
