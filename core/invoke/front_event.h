#pragma once

// The events of invoke/front.h, one function a shape.

#include <string>

#include "invoke/front.h"

namespace meshfn::invoke {

/// API Gateway REST API, payload format 1.0.
std::string rest_api_event(const http::Request& request, const FrontRequest& about);

/// API Gateway HTTP API, payload format 2.0; Function URLs have the same shape.
std::string http_api_event(const http::Request& request, const FrontRequest& about);

/// Application load balancer, without multi-value headers.
std::string alb_event(const http::Request& request, const FrontRequest& about);

}  // namespace meshfn::invoke
