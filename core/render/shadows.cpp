#include "render/shadows.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/words.h"

namespace meshfn::render {

namespace {

const routing::Match kEveryRequest;

}  // namespace

Shadows::Shadows(const routing::VirtualHost& host) : host_(host) {
  for (std::size_t i = 0; i < host.routes.size(); ++i) {
    const routing::Route& route = host.routes[i];
    starts_.push_back(matches_.size());
    if (!route.within.empty()) continue;
    if (route.is_catch_all()) catch_alls_.push_back(i);
    for (const routing::Match& match : route.matches) {
      matches_.push_back(&match);
      routes_.push_back(i);
    }
  }
  index_.emplace(matches_);
}

const routing::Route* Shadows::first_over(std::size_t route, std::size_t index) const {
  const routing::Route& later = host_.routes[route];
  const auto same_protocol = [&](std::size_t i) {
    return host_.routes[i].protocol == later.protocol;
  };
  std::size_t first = route;
  const auto all = std::find_if(catch_alls_.begin(), catch_alls_.end(), same_protocol);
  if (all != catch_alls_.end()) first = std::min(first, *all);
  const routing::Match& narrow = later.matches.empty() ? kEveryRequest : later.matches[index];
  const auto taken = index_->first(narrow, starts_[first], [&](std::size_t i) {
    return same_protocol(routes_[i]) && covers(*matches_[i], narrow);
  });
  if (taken) first = routes_[*taken];
  return first == route ? nullptr : &host_.routes[first];
}

std::string Shadows::over(std::size_t route, std::size_t index) const {
  const routing::Route* earlier = first_over(route, index);
  if (earlier == nullptr) return {};
  return fmt::format("{} ({}) takes all of it", earlier->name, origin(earlier->where));
}

}  // namespace meshfn::render
