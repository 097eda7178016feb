#pragma once

// nlohmann/json, instantiated once. Its templates are the dearest thing this project compiles (a
// file that dumps and parses costs 10 to 40 seconds by itself), so everybody includes it from here.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace meshfn {

enum class JsonComments : bool { refused, passed_over };

/// `text` as JSON, either with members in the order written or sorted (nlohmann::json); discarded
/// (`is_discarded()`) when it is not JSON.
template <class Document = nlohmann::ordered_json>
Document parse_json(std::string_view text, JsonComments comments = JsonComments::refused);

extern template nlohmann::ordered_json parse_json(std::string_view, JsonComments);
extern template nlohmann::json parse_json(std::string_view, JsonComments);

/// Whether `text` is JSON.
bool is_json(std::string_view text);

}  // namespace meshfn
