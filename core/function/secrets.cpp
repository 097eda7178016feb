#include "function/secrets.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "base/json.h"

namespace meshfn::function {

namespace {

struct Reference {
  std::string name;
  std::string key;  ///< member of a JSON secret; empty: the whole
};

/// Forms of references: the name is the first group, a key the second.
constexpr const char* kForms[] = {
    R"(@Microsoft\.KeyVault\(SecretUri=https://[^/]+/secrets/([^/)]+)(?:/[^)]*)?\)())",
    R"(@Microsoft\.KeyVault\(VaultName=[^;]+;SecretName=([^;)]+)[^)]*\)())",
    R"(\{\{resolve:secretsmanager:(arn:[^}]*?:secret:[^:}]+|[^:}]+)(?::SecretString(?::([^:}]*))?[^}]*)?\}\})",
    R"(\{\{resolve:ssm(?:-secure)?:([^:}]+)(?::\d+)?\}\}())",
    R"(projects/[^/]+/secrets/([^/]+)(?:/versions/[^/]+)?())",
    R"((?:secretsmanager|ssm|kv|gsm):([^#]+)(?:#(.+))?)",
};

std::optional<Reference> reference_in(const std::string& value) {
  for (const char* form : kForms) {
    Reference reference;
    if (re2::RE2::FullMatch(value, form, &reference.name, &reference.key)) return reference;
  }
  return std::nullopt;
}

std::optional<std::string> value_of(const std::map<std::string, std::string>& secrets,
                                    const std::string& whole, const Reference& reference) {
  auto found = secrets.find(whole);
  if (found != secrets.end()) return found->second;
  found = secrets.find(reference.name);
  if (found == secrets.end()) return std::nullopt;
  if (reference.key.empty()) return found->second;
  const auto json = parse_json<nlohmann::json>(found->second);
  if (!json.is_object() || !json.contains(reference.key)) return std::nullopt;
  const auto& member = json[reference.key];
  return member.is_string() ? member.get<std::string>() : member.dump();
}

}  // namespace

Result<std::vector<std::string>> resolve_secrets(const std::map<std::string, std::string>& secrets,
                                                 std::map<std::string, std::string>& variables) {
  std::vector<std::string> used;
  for (auto& [name, value] : variables) {
    const std::optional<Reference> reference = reference_in(value);
    if (!reference) continue;
    const auto secret = value_of(secrets, value, *reference);
    if (!secret) {
      return fail(fmt::format("the variable `{}` refers to the secret `{}`, which the file does "
                              "not have",
                              name, reference->name),
                  reference->key.empty()
                      ? "add a line NAME=value"
                      : fmt::format("its value is a JSON object with `{}`", reference->key));
    }
    value = *secret;
    used.push_back(*secret);
  }
  return used;
}

}  // namespace meshfn::function
