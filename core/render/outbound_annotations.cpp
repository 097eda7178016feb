// What Linkerd keeps in annotations of a route, one value for all of its rules: retries, and the
// timeouts that a route has no field for.

#include <fmt/format.h>

#include "base/str.h"
#include "render/convert.h"
#include "resource/linkerd/values.h"

namespace meshfn::render {

namespace {

using routing::Duration;
using routing::Route;
using routing::Sourced;
using routing::VirtualHost;
using yaml::Value;

/// Linkerd's durations have one number and one unit.
std::string milliseconds(Duration value) {
  return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(value).count());
}

void lose_differing_retries(Conversion& conversion, const VirtualHost& host) {
  const routing::Retries& first = *host.routes.front().retries;
  for (const Route& route : host.routes) {
    const bool same = route.retries->attempts.value == first.attempts.value &&
                      route.retries->on.value == first.on.value;
    if (same) continue;
    const source::Location& where = route.retries->attempts.where;
    conversion.lose({Severity::warning, Aspect::retries}, route,
                    where.file == nullptr ? route.where : where,
                    "Linkerd has one setting of retries for all rules of a host");
  }
}

/// `what` of the retries is left out, if it was given.
template <class T>
void lose_setting(Conversion& conversion, const Route& route, const Sourced<T>& setting,
                  std::string_view what) {
  if (setting.is_default()) return;
  conversion.lose({Severity::warning, Aspect::none}, route, setting.where,
                  fmt::format("Linkerd has no `{}`", what));
}

/// Sets what Linkerd has words for, and lists the rest.
void add_classes(Conversion& conversion, const Route& route, Value& out) {
  std::vector<std::string> http;
  std::vector<std::string> grpc;
  const auto& on = route.retries->on;
  for (const std::string_view word : str::split(on.value, ',')) {
    const std::string text(str::trim(word));
    const bool number = resource::linkerd::unsigned_number(text).has_value() ||
                        (text.find('-') == 3 && text.size() == 7);
    if (text == "5xx" || text == "gateway-error" || number) {
      http.push_back(text);
    } else if (text == "cancelled" || text == "deadline-exceeded" || text == "internal" ||
               text == "resource-exhausted" || text == "unavailable") {
      grpc.push_back(text);
    } else {
      conversion.lose({Severity::warning, Aspect::retries}, route,
                      on.where.file == nullptr ? route.where : on.where,
                      fmt::format("Linkerd has no class of retries `{}`", text));
    }
  }
  out.set_unless_empty("retry.linkerd.io/http", str::join(http, ","));
  out.set_unless_empty("retry.linkerd.io/grpc", str::join(grpc, ","));
}

void add_retries(Conversion& conversion, const VirtualHost& host, Value& out) {
  lose_differing_retries(conversion, host);
  const Route& first = host.routes.front();
  const routing::Retries& from = *first.retries;
  if (from.attempts.is_default()) return;
  if (from.attempts.value == 0) return;
  for (const Route& route : host.routes) {
    Value unused = Value::map();
    const bool is_first = &route == &first;
    const bool given = !route.retries->attempts.is_default();
    if (given) add_classes(conversion, route, is_first ? out : unused);
  }
  out.set("retry.linkerd.io/limit", fmt::format("{}", from.attempts.value));
  if (from.per_try.value) out.set("retry.linkerd.io/timeout", milliseconds(*from.per_try.value));
  lose_setting(conversion, first, from.backoff, "backoff");
  lose_setting(conversion, first, from.ignore_previous_hosts, "retryIgnorePreviousHosts");
  lose_setting(conversion, first, from.remote_localities, "retryRemoteLocalities");
  if (!from.budget) return;
  conversion.lose({Severity::warning, Aspect::retries}, first, from.budget->where,
                  "Linkerd has budgets of retries only in a ServiceProfile");
}

/// A GRPCRoute has no field for timeouts. What a route of the input was given as annotations stays:
/// one of them turns the rules' own timeouts off, so all of them or none.
void add_timeouts(Conversion& conversion, const VirtualHost& host, Value& out) {
  const Route& first = host.routes.front();
  const resource::Object* from = conversion.object_of(first);
  bool kept = false;
  if (from != nullptr) {
    for (const yaml::Entry entry : from->metadata.find("annotations").entries()) {
      if (!entry.key.text().starts_with("timeout.linkerd.io/")) continue;
      out.set(std::string(entry.key.text()), Value::from(entry.value));
      kept = true;
    }
  }
  if (kept || !is_grpc(first) || !first.timeout.value) return;
  out.set("timeout.linkerd.io/request", milliseconds(*first.timeout.value));
}

}  // namespace

Value outbound_annotations(Conversion& conversion, const VirtualHost& host) {
  Value out = Value::map();
  add_retries(conversion, host, out);
  add_timeouts(conversion, host, out);
  return out;
}

}  // namespace meshfn::render
