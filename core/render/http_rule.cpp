// One rule of an HTTPRoute: what is done with the requests that its matches take.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/units.h"
#include "render/convert.h"
#include "render/words.h"
#include "resource/linkerd/values.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::render {

namespace {

using routing::HeaderChange;
using routing::Route;
using yaml::Value;

Value filter(std::string_view type, std::string field, Value body) {
  return Value::map({{"type", type}, {std::move(field), std::move(body)}});
}

Value path_change(const std::string& path, bool prefix) {
  return prefix ? Value::map({{"type", "ReplacePrefixMatch"}, {"replacePrefixMatch", path}})
                : Value::map({{"type", "ReplaceFullPath"}, {"replaceFullPath", path}});
}

void add_header_filters(Value& filters, const std::vector<HeaderChange>& changes) {
  using Op = HeaderChange::Op;
  for (const bool response : {false, true}) {
    Value set = Value::list();
    Value add = Value::list();
    Value remove = Value::list();
    for (const HeaderChange& change : changes) {
      if (change.response != response) continue;
      if (change.op == Op::remove) {
        remove.add(change.name);
        continue;
      }
      (change.op == Op::set ? set : add)
          .add(Value::map({{"name", change.name}, {"value", change.value}}));
    }
    Value body = Value::map();
    body.set_unless_empty("set", std::move(set));
    body.set_unless_empty("add", std::move(add));
    body.set_unless_empty("remove", std::move(remove));
    if (body.empty()) continue;
    filters.add(response ? filter("ResponseHeaderModifier", "responseHeaderModifier", body)
                         : filter("RequestHeaderModifier", "requestHeaderModifier", body));
  }
}

/// How the rule's paths match, which decides what an Istio prefix rewrite means.
bool has_only_prefixes(const Rule& rule) {
  return std::all_of(rule.matches.begin(), rule.matches.end(), [](const routing::Match& match) {
    return std::all_of(match.conditions.begin(), match.conditions.end(), [](const auto& one) {
      const auto kind = one.any_of.front().kind();
      return one.subject != routing::Subject::path ||
             kind == routing::StringMatch::Kind::path_prefix ||
             kind == routing::StringMatch::Kind::prefix;
    });
  });
}

/// Builds one rule.
class Builder {
 public:
  Builder(Conversion& conversion, const Place& place, const Rule& rule, const std::string& scope)
      : conversion_(conversion), place_(place), rule_(rule), route_(*rule.route), scope_(scope) {}

  Value build() {
    Value out = Value::map();
    Value matches = Value::list();
    const bool everything = rule_.matches.size() == 1 && rule_.matches.front().conditions.empty();
    if (!everything) {
      for (const routing::Match& match : rule_.matches) matches.add(match_value(match));
    }
    out.set_unless_empty("matches", std::move(matches));
    if (route_.redirect) redirect();
    if (!route_.redirect) act(out);
    if (route_.cors) cors();
    add_header_filters(filters_, route_.headers);
    out.set_unless_empty("filters", std::move(filters_));
    if (backends_.size() > 0) out.set("backendRefs", std::move(backends_));
    return out;
  }

 private:
  bool linkerd() const { return conversion_.reader() == Reader::linkerd; }

  void lose(Severity severity, source::Location where, std::string message) {
    conversion_.lose(severity, route_, where.file == nullptr ? route_.where : where,
                     std::move(message));
  }

  void no_filter(source::Location where, std::string_view what) {
    lose(Severity::error, where, fmt::format("{} has no {}", conversion_.reader_name(), what));
  }

  void redirect() {
    const routing::Redirect& from = *route_.redirect;
    Value body = Value::map();
    body.set_unless_empty("scheme", from.scheme);
    const routing::Authority authority = routing::split_authority(from.authority);
    body.set_unless_empty("hostname", authority.host);
    const auto port = from.port ? from.port : authority.port;
    if (port) body.set("port", *port);
    if (!from.path.empty()) body.set("path", path_change(from.path, from.replaces_prefix));
    body.set("statusCode", from.code);
    if (linkerd() && from.code != 301 && from.code != 302) {
      no_filter(from.where, fmt::format("redirect with code {}", from.code));
      body.set("statusCode", 302);
    }
    filters_.add(filter("RequestRedirect", "requestRedirect", std::move(body)));
  }

  void act(Value& out) {
    if (route_.direct_response && route_.direct_response->status != 500) {
      no_filter(route_.direct_response->where,
                fmt::format("answer of its own with {}; these requests get 500",
                            route_.direct_response->status));
    }
    if (!route_.direct_response && route_.destinations.empty()) {
      lose(Severity::error, route_.where,
           fmt::format("{} sends requests nowhere; here they get 500", route_.name));
    }
    if (route_.fault) no_filter(route_.fault->where, "fault injection");
    if (route_.rewrite) rewrite();
    for (const routing::Mirror& mirror : route_.mirrors) add(mirror);
    const bool answers = route_.direct_response.has_value();
    for (const routing::Destination& to : route_.destinations) {
      if (!answers || !to.broken.empty()) add(to);
    }
    limits(out);
  }

  void rewrite() {
    const routing::Rewrite& from = *route_.rewrite;
    if (linkerd()) return no_filter(from.where, "rewrite");
    if (!from.regex.empty()) return no_filter(from.where, "rewrite by regex");
    Value body = Value::map();
    body.set_unless_empty("hostname", from.authority);
    if (from.path) {
      const bool prefix = from.replaces_prefix && has_only_prefixes(rule_);
      if (prefix && route_.dialect == routing::Dialect::istio) tell_rewrite(from);
      body.set("path", path_change(*from.path, prefix));
    }
    if (!body.empty()) filters_.add(filter("URLRewrite", "urlRewrite", std::move(body)));
  }

  /// Istio puts text in place of text; the Gateway API keeps one slash between the parts.
  void tell_rewrite(const routing::Rewrite& from) {
    for (const routing::Match& match : route_.matches) {
      for (const routing::Condition& one : match.conditions) {
        if (one.subject != routing::Subject::path) continue;
        const bool both = one.any_of.front().text().ends_with('/') == from.path->ends_with('/');
        if (both) return;
      }
    }
    if (route_.matches.empty() && from.path->ends_with('/')) return;
    lose(Severity::warning, from.where,
         fmt::format("rewriting to `{}` keeps exactly one slash in {}", *from.path,
                     conversion_.reader_name()));
  }

  Value reference(const routing::Destination& to) {
    Value out = Value::map();
    const auto name = conversion_.backend(route_, to);
    if (!name) {
      out.set("group", "networking.istio.io").set("kind", "Hostname").set("name", to.host);
    } else {
      out.set("name", name->name);
      if (name->scope != scope_) out.set_unless_empty("namespace", name->scope);
      if (!name->scope.empty()) conversion_.refer(scope_, name->scope);
    }
    if (const auto port = conversion_.port(to, place_.host)) {
      out.set("port", *port);
    } else {
      lose(Severity::error, to.where,
           fmt::format("a backend needs a port, and nothing says which port of `{}` is meant",
                       brief(to)));
    }
    return out;
  }

  void add(const routing::Mirror& mirror) {
    if (linkerd()) return no_filter(mirror.where, "mirror");
    Value body = Value::map({{"backendRef", reference(mirror.to)}});
    const auto percent = static_cast<std::int64_t>(mirror.percent);
    if (mirror.percent != 100 && static_cast<double>(percent) == mirror.percent) {
      body.set("percent", percent);
    } else if (mirror.percent != 100) {
      body.set("fraction",
               Value::map({{"numerator", static_cast<std::int64_t>(mirror.percent * 10'000 + 0.5)},
                           {"denominator", 1'000'000}}));
    }
    filters_.add(filter("RequestMirror", "requestMirror", std::move(body)));
  }

  void add(const routing::Destination& to) {
    Value one = reference(to);
    if (route_.destinations.size() > 1) one.set("weight", to.weight);
    Value filters = Value::list();
    add_header_filters(filters, to.headers);
    one.set_unless_empty("filters", std::move(filters));
    backends_.add(std::move(one));
  }

  void cors() {
    const routing::Cors& from = *route_.cors;
    if (linkerd()) return no_filter(from.where, "CORS");
    Value origins = Value::list();
    for (const std::string& origin : from.allow_origins) {
      // "exact `https://a`": the kind and the text.
      const std::size_t tick = origin.find('`');
      if (!origin.starts_with("exact") && tick != origin.npos) {
        no_filter(from.where, fmt::format("CORS origin {}", origin));
        continue;
      }
      origins.add(tick == origin.npos ? origin : origin.substr(tick + 1, origin.size() - tick - 2));
    }
    Value body = Value::map();
    body.set_unless_empty("allowOrigins", std::move(origins));
    const auto texts = [](const std::vector<std::string>& all) {
      Value out = Value::list();
      for (const std::string& one : all) out.add(one);
      return out;
    };
    body.set_unless_empty("allowMethods", texts(from.allow_methods));
    body.set_unless_empty("allowHeaders", texts(from.allow_headers));
    body.set_unless_empty("exposeHeaders", texts(from.expose_headers));
    if (from.max_age) {
      body.set("maxAge", std::chrono::duration_cast<std::chrono::seconds>(*from.max_age).count());
    }
    if (from.allow_credentials) body.set("allowCredentials", *from.allow_credentials);
    filters_.add(filter("CORS", "cors", std::move(body)));
  }

  void limits(Value& out) {
    Value timeouts = Value::map();
    if (route_.timeout.value) timeouts.set("request", format_duration(*route_.timeout.value));
    const routing::Retries& from = route_.retries;
    if (!linkerd() && !from.attempts.is_default()) retries(out, timeouts, from);
    out.set_unless_empty("timeouts", std::move(timeouts));
  }

  void retries(Value& out, Value& timeouts, const routing::Retries& from) {
    if (from.attempts.value == 0 || from.budget) {
      lose(Severity::warning, from.attempts.where,
           from.budget ? "a budget of retries has no place in an HTTPRoute"
                       : "an HTTPRoute cannot turn retries off; the mesh's default applies");
      return;
    }
    const std::string known = routing::default_retries().on.value + ",";
    Value codes = Value::list();
    bool only_known = true;
    for (const std::string_view word : str::split(from.on.value, ',')) {
      const auto code = resource::linkerd::unsigned_number(str::trim(word));
      if (code) {
        codes.add(static_cast<std::int64_t>(*code));
      } else if (known.find(std::string(str::trim(word)) + ",") == known.npos) {
        only_known = false;
      }
    }
    const bool all_known = from.on.value.find("connect-failure") != std::string::npos;
    if (!only_known || !all_known) {
      lose(Severity::warning, from.on.where,
           fmt::format("an HTTPRoute retries on codes and failed connections, not on `{}`",
                       from.on.value));
    }
    Value retry = Value::map({{"attempts", from.attempts.value}});
    retry.set_unless_empty("codes", std::move(codes));
    if (from.backoff.value) retry.set("backoff", format_duration(*from.backoff.value));
    if (from.per_try.value) timeouts.set("backendRequest", format_duration(*from.per_try.value));
    out.set("retry", std::move(retry));
  }

  Conversion& conversion_;
  const Place& place_;
  const Rule& rule_;
  const Route& route_;
  const std::string& scope_;
  Value filters_ = Value::list();
  Value backends_ = Value::list();
};

}  // namespace

Value rule_value(Conversion& conversion, const Place& place, const Rule& rule,
                 const std::string& scope) {
  return Builder(conversion, place, rule, scope).build();
}

}  // namespace meshfn::render
