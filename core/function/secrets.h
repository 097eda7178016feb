#pragma once

// References to secrets in environment variables, resolved from a local file: what the clouds
// fetch from their stores at start or deployment. Values are never part of a message.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace meshfn::function {

/// Replaces references in `variables` by the values in `secrets`, which are found under the whole
/// reference or under the secret's name. References are
/// `@Microsoft.KeyVault(SecretUri=…)` and `(VaultName=…;SecretName=…)`,
/// `{{resolve:secretsmanager:NAME:SecretString:KEY}}`, `{{resolve:ssm:NAME}}` and `ssm-secure`,
/// `projects/P/secrets/NAME/versions/V`, and `secretsmanager:`, `ssm:`, `kv:` and `gsm:` before a
/// name. With a KEY the secret is a JSON object and its member is meant. Returns the values that
/// were put in, for redaction. A reference without a value is an error that names it.
Result<std::vector<std::string>> resolve_secrets(const std::map<std::string, std::string>& secrets,
                                                 std::map<std::string, std::string>& variables);

}  // namespace meshfn::function
