#pragma once

// What Envoy's API v3 has, as far as patches are judged by it: the types of its filters, and the
// fields of the messages that people patch most. Facts about releases 1.32 to 1.40; a field or type
// that any of them has is one that exists.

#include <span>
#include <string>
#include <string_view>

namespace meshfn::lint::envoy {

/// A message and its fields, spelt as in Envoy's documentation and separated by spaces.
struct Message {
  std::string_view type;
  std::string_view fields;
};

/// The types below `envoy.extensions.filters.<layer>.<filter>.v3`.
struct Package {
  std::string_view layer;  ///< http, network or listener
  std::string_view filter;
  std::string_view messages;  ///< separated by spaces
};

/// The message called `type`; null when its fields are not known.
const Message* message(std::string_view type);

/// Whether a message has `field`, written `like_this` or `likeThis`.
bool has_field(const Message& message, std::string_view field);

/// "likeThis" as "like_this".
std::string snake_case(std::string_view field);

/// What is known of Envoy's filters, those of its `contrib` included.
std::span<const Package> packages();

/// The package of `filter` in `layer`; null when none is known.
const Package* package(std::string_view layer, std::string_view filter);

/// The parts of `envoy.extensions.filters.http.lua.v3.Lua`; empty for types of another form.
struct FilterType {
  std::string_view layer;
  std::string_view filter;
  std::string_view message;
};

FilterType filter_type(std::string_view type);

/// "envoy.config.cluster.v3.Cluster" of "type.googleapis.com/envoy.config.cluster.v3.Cluster".
std::string_view type_of(std::string_view url);

}  // namespace meshfn::lint::envoy
