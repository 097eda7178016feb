#pragma once

// Adapter for Azure Functions: a custom handler, called by the host over HTTP.

#include "http.h"

/// The reply to a call of the host.
HttpMessage call(const HttpMessage& request);
