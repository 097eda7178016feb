#include "function/price.h"

namespace meshfn::function {

namespace {

constexpr PlatformPrice kPrices[] = {
    {"aws-lambda", 0.0000166667, 0.20e-6, 1, "AWS Lambda, us-east-1, x86_64, first tier"},
    {"azure-functions", 0.000016, 0.20e-6, 128, "Azure Functions, consumption plan"},
    {"gcp-functions", 0.0000025, 0.40e-6, 1, "Cloud Run functions, tier 1, memory only"},
};

}  // namespace

std::span<const PlatformPrice> platform_prices() { return kPrices; }

const PlatformPrice* find_platform_price(std::string_view name) {
  for (const PlatformPrice& price : kPrices) {
    if (price.name == name) return &price;
  }
  return nullptr;
}

}  // namespace meshfn::function
