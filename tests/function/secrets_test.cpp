#include "function/secrets.h"

#include "catch.h"

namespace meshfn::function {

namespace {

using Texts = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("references of every cloud are resolved from a file", "[function][secrets]") {
  const Texts secrets = {{"db", R"({"user": "ada", "password": "p1"})"}, {"key", "k1"}};
  Texts variables = {
      {"A", "{{resolve:secretsmanager:db:SecretString:password}}"},
      {"B", "{{resolve:ssm:key:3}}"},
      {"C", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/key/abc)"},
      {"D", "@Microsoft.KeyVault(VaultName=v;SecretName=key)"},
      {"E", "projects/p/secrets/key/versions/latest"},
      {"F", "secretsmanager:db#user"},
      {"G", "plain"}};
  const auto used = resolve_secrets(secrets, variables);
  REQUIRE(used.has_value());
  CHECK(variables == Texts{{"A", "p1"},
                           {"B", "k1"},
                           {"C", "k1"},
                           {"D", "k1"},
                           {"E", "k1"},
                           {"F", "ada"},
                           {"G", "plain"}});
  CHECK(used->size() == 6);
}

TEST_CASE("a secret that the file lacks is named, not shown", "[function][secrets]") {
  Texts variables = {{"A", "ssm:/prod/key"}};
  const auto used = resolve_secrets({{"other", "hush"}}, variables);
  REQUIRE(!used.has_value());
  CHECK(used.error().message.find("/prod/key") != std::string::npos);
  CHECK(used.error().message.find("hush") == std::string::npos);
}

}  // namespace meshfn::function
