// Laws of durations in a scenario: `8ms`, `{exponential: {mean: 60ms}}`, `{empirical: FILE}`.

#include <fmt/format.h>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "simulate/scenario_reader.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

double nanos(std::optional<std::chrono::nanoseconds> value, double fallback = 0) {
  return value ? static_cast<double>(value->count()) : fallback;
}

/// A positive parameter; reports its absence and other values.
double positive(MapReader& map, std::string_view key, std::optional<double> value) {
  if (value && *value > 0) return *value;
  const bool there = static_cast<bool>(map.node().find(key));
  if (!there) {
    map.require(key);
  } else if (value) {
    yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` must be above 0", key));
  }
  return 1;
}

double positive_duration(MapReader& map, std::string_view key) {
  const auto value = map.duration(key);
  return positive(map, key, value ? std::optional(nanos(value)) : std::nullopt);
}

double positive_number(MapReader& map, std::string_view key) {
  return positive(map, key, map.number(key));
}

Distribution read_exponential(MapReader& map, ReadContext&) {
  return Distribution::exponential(positive_duration(map, "mean"));
}

Distribution read_uniform(MapReader& map, ReadContext& context) {
  const double low = nanos(map.duration("min"));
  const double high = positive_duration(map, "max");
  if (low > high) {
    yaml::bad_value(context.problems, map.where("min"), "`min` must not be above `max`");
  }
  return Distribution::uniform(low, high);
}

Distribution read_erlang(MapReader& map, ReadContext&) {
  const auto shape = map.integer("shape", 1, 10'000).value_or(1);
  return Distribution::erlang(positive_duration(map, "mean"), static_cast<unsigned>(shape));
}

Distribution read_normal(MapReader& map, ReadContext&) {
  return Distribution::normal(positive_duration(map, "mean"), positive_duration(map, "stddev"));
}

Distribution read_lognormal(MapReader& map, ReadContext& context) {
  const bool by_mean = static_cast<bool>(map.node().find("mean"));
  const std::string_view middle = by_mean ? "mean" : "p50";
  const double center = positive_duration(map, middle);
  if (map.node().find("sigma")) {
    const double sigma = positive_number(map, "sigma");
    // The mean of a lognormal lies e^(sigma^2/2) above its median.
    Distribution law = Distribution::lognormal_p50_sigma(center, sigma);
    if (by_mean) law.a -= sigma * sigma / 2;
    return law;
  }
  const double p99 = positive_duration(map, "p99");
  if (p99 < center) {
    yaml::bad_value(context.problems, map.where("p99"),
                    fmt::format("`p99` must not be below `{}`", middle));
    return {};
  }
  return by_mean ? Distribution::lognormal_mean_p99(center, p99)
                 : Distribution::lognormal_p50_p99(center, p99);
}

Distribution read_weibull(MapReader& map, ReadContext&) {
  const double shape = positive_number(map, "shape");
  if (map.node().find("scale"))
    return Distribution::weibull(positive_duration(map, "scale"), shape);
  return Distribution::weibull_mean(positive_duration(map, "mean"), shape);
}

Distribution read_pareto(MapReader& map, ReadContext&) {
  return Distribution::pareto(positive_duration(map, "min"), positive_number(map, "shape"));
}

struct Law {
  std::string_view name;
  Distribution (*read)(MapReader&, ReadContext&);
  bool takes_mean;  ///< `{exponential: 60ms}` is `{exponential: {mean: 60ms}}`
};

constexpr Law kLaws[] = {
    {"exponential", read_exponential, true}, {"uniform", read_uniform, false},
    {"erlang", read_erlang, false},          {"normal", read_normal, false},
    {"lognormal", read_lognormal, false},    {"weibull", read_weibull, false},
    {"pareto", read_pareto, false},
};

/// Durations one a line, each optionally followed by its count; lines with `#` are passed over.
Distribution read_samples(std::string_view text, yaml::Node node, ReadContext& context) {
  std::vector<double> values;
  std::vector<double> weights;
  std::size_t number = 0;
  for (const std::string_view raw : str::lines(text)) {
    ++number;
    const std::string_view line = str::trim(raw);
    if (line.empty() || line.starts_with("#")) continue;
    const std::size_t end = line.find_first_of(" ,\t");
    const auto value = parse_duration(line.substr(0, end));
    const auto weight = end == std::string_view::npos
                            ? std::optional(1.0)
                            : yaml::to_double(str::trim(line.substr(end + 1)));
    if (!value || !weight || value->count() < 0 || *weight <= 0) {
      yaml::bad_value(
          context.problems, node.where(),
          fmt::format("line {} of `{}` is no duration: `{}`", number, node.text(), line),
          "write one duration a line, with a count after it if you like");
      return {};
    }
    values.push_back(nanos(*value));
    weights.push_back(*weight);
  }
  if (values.empty()) {
    yaml::bad_value(context.problems, node.where(), "there are no durations in it");
    return {};
  }
  return Distribution::empirical(std::move(values), weights);
}

Distribution read_empirical(yaml::Node node, ReadContext& context) {
  if (node.is_scalar()) {
    const std::string path = path::join(context.directory, node.text());
    const auto text = context.files.read(path);
    if (text) return read_samples(*text, node, context);
    yaml::bad_value(context.problems, node.where(), text.error().message);
    return {};
  }
  std::string lines;
  for (const yaml::Node item : node.items()) lines += std::string(item.text()) + "\n";
  return read_samples(lines, node, context);
}

Distribution bad_law(yaml::Node node, ReadContext& context) {
  std::vector<std::string_view> names = {"constant", "empirical"};
  for (const Law& law : kLaws) names.push_back(law.name);
  std::string help;
  if (node.size() == 1) {
    for (const auto entry : node.entries()) help = did_you_mean(entry.key.text(), names);
  }
  if (help.empty()) help = "write a duration, or one of " + str::join(names, ", ");
  const bool scalar = node.is_scalar();
  yaml::bad_value(
      context.problems, node.where(),
      scalar ? fmt::format("`{}` is no duration", node.text()) : "not a distribution that exists",
      help);
  return {};
}

}  // namespace

Distribution read_distribution(yaml::Node node, ReadContext& context) {
  if (!node) return {};
  if (node.is_scalar()) {
    const auto value = parse_duration(node.text());
    if (!value) return bad_law(node, context);
    if (value->count() < 0) {
      yaml::bad_value(context.problems, node.where(), "a duration must not be negative");
    }
    return Distribution::constant(value->count());
  }
  if (!node.is_mapping() || node.size() != 1) return bad_law(node, context);
  for (const auto entry : node.entries()) {
    if (entry.key.text() == "constant") return read_distribution(entry.value, context);
    if (entry.key.text() == "empirical") return read_empirical(entry.value, context);
    for (const Law& law : kLaws) {
      if (law.name != entry.key.text()) continue;
      if (law.takes_mean && entry.value.is_scalar()) {
        const Distribution mean = read_distribution(entry.value, context);
        return Distribution::exponential(mean.a);
      }
      MapReader map(entry.value, std::string(law.name), context.problems);
      Distribution read = law.read(map, context);
      map.done();
      return read;
    }
  }
  return bad_law(node, context);
}

}  // namespace meshfn::simulate
