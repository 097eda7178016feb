#include <fmt/format.h>

#include "base/json.h"
#include "routing/authorization/caller.h"
#include "yaml/scalar.h"

namespace meshfn::routing {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 32;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void collect(const Json& value, Claims::Path& path, Claims& out) {
  if (value.is_object() && path.size() < kDeepest) {
    for (const auto& [name, inner] : value.items()) {
      path.push_back(name);
      collect(inner, path, out);
      path.pop_back();
    }
    return;
  }
  std::vector<std::string>& values = out.values[path];
  if (!value.is_array()) {
    values.push_back(text_of(value));
    return;
  }
  for (const Json& item : value) values.push_back(text_of(item));
}

}  // namespace

const std::vector<std::string>* Claims::find(const Path& path) const {
  const auto found = values.find(path);
  return found == values.end() ? nullptr : &found->second;
}

std::string Claims::text(const std::string& name) const {
  const auto* found = find({name});
  return found == nullptr || found->empty() ? std::string() : found->front();
}

std::optional<std::int64_t> Claims::date(const std::string& name) const {
  // A date may have a fraction, which never decides between seconds.
  const std::string written = text(name);
  const std::string whole = written.substr(0, written.find('.'));
  const auto number = yaml::to_int(whole);
  return number ? std::optional<std::int64_t>(*number) : std::nullopt;
}

Result<Claims> parse_claims(std::string_view json) {
  const Json parsed = parse_json<Json>(json);
  if (!parsed.is_object()) {
    return fail("the claims are no JSON object",
                "write the payload of the token: `{\"iss\": \"…\", \"sub\": \"…\"}`");
  }
  Claims out;
  Claims::Path path;
  collect(parsed, path, out);
  return out;
}

}  // namespace meshfn::routing
