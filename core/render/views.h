#pragma once

// A virtual host as some of the requests see it: those of clients in one namespace, those to one
// port. The Gateway API and Linkerd have no conditions on either, but routes that are for them.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "routing/table.h"

namespace meshfn::render {

/// Whether `text` fulfils `condition`, were it what the condition looks at.
bool takes(const routing::Condition& condition, std::string_view text);

/// The namespaces that conditions of `host` name, without `home`, the Service's own: a route there
/// is for everybody.
std::set<std::string> client_namespaces(const routing::VirtualHost& host, const std::string& home);

/// `host` with the rules that clients in `name_space` get, and no condition on the namespace.
routing::VirtualHost seen_from(const routing::VirtualHost& host, const std::string& name_space);

/// `host` with the rules for clients in none of `clients`. Conditions on other namespaces stay.
routing::VirtualHost seen_from_elsewhere(const routing::VirtualHost& host,
                                         const std::set<std::string>& clients);

/// Whether a condition of `host` is on the port.
bool asks_for_port(const routing::VirtualHost& host);

/// `host` with the rules for `port`, its only one, and no condition on it.
routing::VirtualHost seen_at(const routing::VirtualHost& host, std::uint32_t port);

}  // namespace meshfn::render
