#pragma once

// What the host of an Azure app reads beside the app's own code: host.json and function.json.

#include <initializer_list>
#include <string>
#include <vector>

#include "base/json.h"
#include "invoke/azure_call.h"
#include "invoke/variables.h"

namespace meshfn::invoke {

/// `text` with every `%NAME%` replaced by the variable's value; unknown ones stay.
std::string expanded(std::string text, const Variables& variables);

/// A value deep in JSON, by keys; null when there is none.
nlohmann::ordered_json json_at(const nlohmann::ordered_json& json,
                               std::initializer_list<const char*> keys);

/// The same as a text; empty when it is none.
std::string json_text(const nlohmann::ordered_json& json, std::initializer_list<const char*> keys);

/// Functions that have a folder with function.json in the absolute folder `code`.
std::vector<AzureFunction> azure_folders(const std::string& code);

/// `customHandler.http.routes` of host.json: functions without a folder.
std::vector<AzureFunction> azure_routes(const nlohmann::ordered_json& host);

}  // namespace meshfn::invoke
