// Strings, numbers, Booleans: types as Kubernetes reads them, ranges, lengths, patterns, formats.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/str.h"
#include "schema/checker.h"
#include "yaml/scalar.h"

namespace meshfn::schema {

namespace {

using yaml::ScalarType;

bool is_text(ScalarType type) {
  return type == ScalarType::string || type == ScalarType::timestamp;
}

/// "the number `80`", "a list", as the thing that was written.
std::string written(yaml::Node node) {
  if (node.is_sequence()) return "this is a list";
  if (node.is_mapping()) return "this is an object";
  const std::string_view text = node.text().substr(0, 40);
  switch (node.type()) {
    case ScalarType::null:
      return "this is null";
    case ScalarType::boolean:
      return fmt::format("`{}` is read as a Boolean", text);
    case ScalarType::integer:
    case ScalarType::floating:
      return fmt::format("`{}` is a number", text);
    case ScalarType::timestamp:
    case ScalarType::string:
      return fmt::format("`{}` is a string", text);
  }
  return {};
}

bool is_quoted(yaml::Node node) {
  return node.style() == yaml::Style::single_quoted || node.style() == yaml::Style::double_quoted;
}

/// Whether the text would have the type if its quotes were taken away.
bool fits_unquoted(std::string_view text, Base base) {
  const ScalarType type = yaml::kubernetes_type(text);
  if (base == Base::boolean) return type == ScalarType::boolean;
  if (base == Base::integer) return type == ScalarType::integer;
  return base == Base::number && (type == ScalarType::integer || type == ScalarType::floating);
}

std::string number_text(double value) { return fmt::format("{}", value); }

}  // namespace

bool Checker::scalar(yaml::Node node, const Type& type) {
  if (!node.is_scalar()) return wrong_type(node, type);
  const ScalarType written_as = node.type();
  if (written_as == ScalarType::null && type.nullable) return true;
  switch (type.base) {
    case Base::string:
      return is_text(written_as) ? text(node, type) : wrong_type(node, type);
    case Base::integer:
      return whole_number(node, type);
    case Base::number:
      return number(node, type);
    case Base::boolean:
      return written_as == ScalarType::boolean || wrong_type(node, type);
    case Base::int_or_string:
      if (type.format == Format::quantity && written_as != ScalarType::boolean)
        return text(node, type);
      if (written_as == ScalarType::integer) return whole_number(node, type);
      return is_text(written_as) ? text(node, type) : wrong_type(node, type);
    default:
      return true;
  }
}

bool Checker::text(yaml::Node node, const Type& type) {
  const std::string_view text = node.text();
  if (type.pattern != nullptr && !type.pattern->matches(text)) {
    report(Finding::bad_text, node.where(),
           fmt::format("`{}` does not have the form that is needed here", text))
        .with_help(type.pattern->like().empty()
                       ? fmt::format("it must match `{}`", type.pattern->expression())
                       : fmt::format("write {}", type.pattern->like()));
  }
  if (type.format != Format::none && !has_format(text, type.format)) {
    report(Finding::bad_format, node.where(),
           fmt::format("`{}` is not {}", text, describe(type.format)));
  }
  if (type.min_size == 0 && text.size() <= type.max_size) return true;
  const std::size_t length = str::code_points(text);
  if (length < type.min_size) {
    report(Finding::bad_size, node.where(),
           length == 0 ? std::string("the text may not be empty")
                       : fmt::format("the text needs at least {}, and has {}",
                                     str::count(type.min_size, "character"), length));
  }
  if (length <= type.max_size) return true;
  report(Finding::bad_size, node.where(),
         fmt::format("the text may have at most {}, and has {}",
                     str::count(type.max_size, "character"), length));
  return false;
}

bool Checker::whole_number(yaml::Node node, const Type& type) {
  // What no CRD guards is read by protobuf, which takes quoted numbers.
  const bool guarded = kind_.kind != "IstioOperator";
  const bool lenient =
      !guarded && type.format == Format::uint32 && yaml::to_int(node.text()).has_value();
  const ScalarType written_as = lenient ? ScalarType::integer : node.type();
  if (written_as != ScalarType::integer && written_as != ScalarType::floating)
    return wrong_type(node, type);
  const auto whole = yaml::to_int(node.text());
  const double value =
      whole ? static_cast<double>(*whole) : yaml::to_double(node.text()).value_or(0);
  if (!whole && std::floor(value) != value) return wrong_type(node, type);
  const double high = type.format == Format::int32 ? 2147483647.0 : 9223372036854775807.0;
  if ((!whole && std::fabs(value) >= high) || value > high || value < -high - 1) {
    report(Finding::out_of_range, node.where(),
           fmt::format("`{}` does not fit in {} bits", node.text(),
                       type.format == Format::int32 ? 32 : 64));
    return false;
  }
  range(node, type, value);
  return true;
}

bool Checker::number(yaml::Node node, const Type& type) {
  const ScalarType written_as = node.type();
  if (written_as != ScalarType::integer && written_as != ScalarType::floating)
    return wrong_type(node, type);
  const double value = yaml::to_double(node.text()).value_or(0);
  range(node, type, value);
  return true;
}

void Checker::range(yaml::Node node, const Type& type, double number) {
  const bool low =
      type.minimum && (type.exclusive_minimum ? number <= *type.minimum : number < *type.minimum);
  const bool high =
      type.maximum && (type.exclusive_maximum ? number >= *type.maximum : number > *type.maximum);
  if (low || high) {
    std::string limits;
    if (type.minimum && type.maximum) {
      limits = fmt::format("{} to {}", number_text(*type.minimum), number_text(*type.maximum));
    } else if (type.minimum) {
      limits = fmt::format("{} or more", number_text(*type.minimum));
    } else {
      limits = fmt::format("{} or less", number_text(*type.maximum));
    }
    const bool open = (low && type.exclusive_minimum) || (high && type.exclusive_maximum);
    report(Finding::out_of_range, node.where(),
           fmt::format("`{}` is out of range: {}{}", node.text(), limits,
                       open ? ", the limit itself excluded" : ""));
  }
  if (type.multiple_of && *type.multiple_of > 0 && std::fmod(number, *type.multiple_of) != 0) {
    report(
        Finding::out_of_range, node.where(),
        fmt::format("`{}` is not a multiple of {}", node.text(), number_text(*type.multiple_of)));
  }
}

bool Checker::allowed(yaml::Node node, const Type& type) {
  if (!node.is_scalar()) return true;
  const std::string_view text = node.text();
  if (std::find(type.values.begin(), type.values.end(), text) != type.values.end()) return true;
  if (node.is_null() && type.nullable) return true;
  std::string all;
  for (const std::string_view value : type.values) {
    if (!all.empty()) all += ", ";
    all += fmt::format("`{}`", value);
  }
  auto& problem =
      report(Finding::unknown_value, node.where(), fmt::format("`{}` is not one of {}", text, all));
  const std::string_view near = closest(text, type.values);
  if (near.empty()) return false;
  problem.help = fmt::format("did you mean `{}`?", near);
  const std::string edit = is_quoted(node) ? fmt::format("\"{}\"", near) : std::string(near);
  problem.fix = diagnostic::Fix{fmt::format("write `{}`", near), {{node.where(), edit}}, true};
  return false;
}

bool Checker::wrong_type(yaml::Node node, const Type& type) {
  auto& problem =
      report(Finding::wrong_type, node.where(),
             fmt::format("{} is needed here, and {}", describe(type.base), written(node)));
  const bool scalar = node.is_scalar() && !node.is_null();
  if (type.base == Base::string && scalar && node.style() == yaml::Style::plain) {
    const std::string edit = fmt::format("\"{}\"", node.text());
    problem.help = fmt::format("put it in quotes: {}", edit);
    problem.fix = diagnostic::Fix{"put the value in quotes", {{node.where(), edit}}, true};
  } else if (scalar && is_quoted(node) && fits_unquoted(node.text(), type.base)) {
    problem.help = "take the quotes away";
    problem.fix =
        diagnostic::Fix{"take the quotes away", {{node.where(), std::string(node.text())}}, true};
  } else if (type.base == Base::list && !node.is_null()) {
    problem.help = "begin it with `- `";
  }
  return false;
}

}  // namespace meshfn::schema
