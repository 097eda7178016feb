#include "base/json.h"

template class nlohmann::basic_json<>;
template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace meshfn {

template <class Document>
Document parse_json(std::string_view text, JsonComments comments) {
  return Document::parse(text, nullptr, /*allow_exceptions=*/false,
                         /*ignore_comments=*/comments == JsonComments::passed_over);
}

template nlohmann::ordered_json parse_json(std::string_view, JsonComments);
template nlohmann::json parse_json(std::string_view, JsonComments);

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

}  // namespace meshfn
