#include "invoke/figures.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "function/price.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& object, const char* name) {
  const bool has = object.is_object() && object.contains(name) && object[name].is_string();
  return has ? object[name].get<std::string>() : std::string();
}

/// To nine digits: enough for the price of one execution, and the same bytes everywhere.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10, 8 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

}  // namespace

std::string trigger_of(const std::string& event) {
  const Json document = parse_json(event);
  if (!document.is_object()) return "direct";
  if (document.contains("requestContext")) {
    return document["requestContext"].is_object() && document["requestContext"].contains("elb")
               ? "alb"
               : "http";
  }
  if (document.contains("Records") && document["Records"].is_array() &&
      !document["Records"].empty()) {
    const Json& record = document["Records"].front();
    const std::string source = text(record, "eventSource") + text(record, "EventSource");
    return source.starts_with("aws:") ? source.substr(4) : "records";
  }
  if (text(document, "source") == "aws.events") return "schedule";
  if (document.contains("detail-type")) return "eventbridge";
  return document.contains("specversion") ? "cloudevent" : "direct";
}

Figures figures_of(const function::Function& function, const std::string& event,
                   const std::vector<Outcome>& outcomes, const Assumptions& assumptions) {
  const function::PlatformPrice* price =
      function::find_platform_price(function.runtime->platform->name);
  const double step = price == nullptr ? 1 : price->memory_step_mb;
  const double memory_mb = std::ceil(static_cast<double>(function.memory_mb) / step) * step;
  double seconds = 0;
  double billed = 0;
  for (const Outcome& outcome : outcomes) {
    seconds += outcome.duration_ms / 1e3;
    billed += static_cast<double>(outcome.billed_ms()) / 1e3;
  }
  Figures figures{};
  figures.trigger = trigger_of(event);
  figures.executions = outcomes.size();
  const auto executions = static_cast<double>(outcomes.size());
  figures.work = assumptions.weight * executions;
  figures.gb_seconds = memory_mb / 1024 * billed;
  if (price != nullptr) {
    figures.price = figures.gb_seconds * price->per_gb_second + executions * price->per_execution;
  }
  figures.needed = assumptions.rate * seconds / executions;
  figures.allocation = figures.needed > 0 ? assumptions.available / figures.needed : 0;
  return figures;
}

std::string to_json(const Figures& figures, const Assumptions& assumptions) {
  return Json{{"trigger",
               {{"kind", figures.trigger},
                {"weight", assumptions.weight},
                {"executions", figures.executions},
                {"work", figures.work}}},
              {"gbSeconds", rounded(figures.gb_seconds)},
              {"priceUsd", rounded(figures.price)},
              {"concurrency",
               {{"available", assumptions.available},
                {"ratePerSecond", assumptions.rate},
                {"needed", rounded(figures.needed)},
                {"ratio", rounded(figures.allocation)}}}}
      .dump();
}

std::string to_text(const Figures& figures, const Assumptions& assumptions) {
  return fmt::format(
      "{} trigger: {:g} x {} = {:g}; {:.3g} GB-s, ${:.3g}; concurrency {:g} / {:.3g} needed at "
      "{:g}/s = {:.3g}",
      figures.trigger, assumptions.weight, figures.executions, figures.work, figures.gb_seconds,
      figures.price, assumptions.available, figures.needed, assumptions.rate, figures.allocation);
}

}  // namespace meshfn::invoke
