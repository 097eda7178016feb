#pragma once

// Adapter for AWS Lambda: from the event to the core and back.

#include <nlohmann/json.hpp>

/// The answer to an event; throws to have the invocation fail.
nlohmann::json answer(const nlohmann::json& event);
