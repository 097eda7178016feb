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

/// Whether the route table says what a filter of this type does to the requests for one backend.
bool is_modelled_for_backends(std::string_view type) {
  return type == "RequestHeaderModifier" || type == "ResponseHeaderModifier";
}

/// Whether it says what one does to all requests that a rule takes.
bool is_modelled(std::string_view type) {
  constexpr std::array<std::string_view, 6> kTypes = {"RequestHeaderModifier",
                                                      "ResponseHeaderModifier",
                                                      "RequestMirror",
                                                      "RequestRedirect",
                                                      "URLRewrite",
                                                      "CORS"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
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
  Builder(Conversion& conversion, const Place& place, const Rule& rule, RuleKind kind,
          const std::string& scope)
      : conversion_(conversion),
        place_(place),
        rule_(rule),
        route_(*rule.route),
        kind_(kind),
        scope_(scope),
        original_(linkerd() ? nullptr : conversion.rule_of(route_)) {}

  Value build() {
    Value out = Value::map();
    if (!linkerd() && is_given_name(route_) && is_rule_name(route_.name)) {
      out.set("name", route_.name);
    }
    out.set_unless_empty("matches", matches());
    if (route_.redirect) redirect();
    if (!route_.redirect) act(out);
    if (route_.cors) cors();
    add_header_filters(filters_, route_.headers);
    if (original_ != nullptr) keep_filters(filters_, original_->filters, is_modelled);
    out.set_unless_empty("filters", std::move(filters_));
    if (backends_.size() > 0) out.set("backendRefs", std::move(backends_));
    if (original_ != nullptr && original_->session_persistence) {
      out.set("sessionPersistence", Value::from(original_->session_persistence));
    }
    return out;
  }

 private:
  bool linkerd() const { return conversion_.reader() == Reader::linkerd; }

  void lose(Cost cost, source::Location where, std::string message) {
    conversion_.lose(cost, route_, where.file == nullptr ? route_.where : where,
                     std::move(message));
  }

  void no_filter(Aspect aspect, source::Location where, std::string_view what) {
    lose({Severity::error, aspect}, where,
         fmt::format("{} has no {}", conversion_.reader_name(), what));
  }

  Value matches() {
    Value out = Value::list();
    if (rule_.matches.size() == 1 && rule_.matches.front().conditions.empty()) return out;
    for (const routing::Match& match : rule_.matches) {
      if (kind_ != RuleKind::grpc) {
        out.add(match_value(match));
      } else if (auto value = grpc_match_value(match)) {
        out.add(std::move(*value));
      }
    }
    return out;
  }

  /// Filters that the route table does not know stay as they are where their kind is known.
  /// Adds those that are not made of what the table says.
  static void keep_filters(Value& out, const std::vector<resource::gateway_api::Filter>& from,
                           bool (*is_made)(std::string_view)) {
    for (const auto& filter : from) {
      if (!is_made(*filter.type)) out.add(Value::from(filter.node));
    }
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
      no_filter(Aspect::target, from.where, fmt::format("redirect with code {}", from.code));
      body.set("statusCode", 302);
    }
    filters_.add(filter("RequestRedirect", "requestRedirect", std::move(body)));
  }

  void act(Value& out) {
    if (route_.direct_response && route_.direct_response->status != 500) {
      no_filter(Aspect::target, route_.direct_response->where,
                fmt::format("answer of its own with {}; these requests get 500",
                            route_.direct_response->status));
    }
    if (!route_.direct_response && route_.destinations.empty()) {
      lose({Severity::error, Aspect::target}, route_.where,
           fmt::format("{} sends requests nowhere; here they get 500", route_.name));
    }
    if (route_.fault) no_filter(Aspect::fault, route_.fault->where, "fault injection");
    if (route_.rewrite) rewrite();
    for (const routing::Mirror& mirror : route_.mirrors) add(mirror);
    const bool answers = route_.direct_response.has_value() && !has_kept_filter();
    for (const routing::Destination& to : route_.destinations) {
      if (!answers || !to.broken.empty()) add(to);
    }
    limits(out);
  }

  void rewrite() {
    const routing::Rewrite& from = *route_.rewrite;
    if (linkerd()) return no_filter(Aspect::rewrite, from.where, "rewrite");
    if (!from.regex.empty()) return no_filter(Aspect::rewrite, from.where, "rewrite by regex");
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
    lose({Severity::warning, Aspect::rewrite}, from.where,
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
      // What may not be referred to today is not to be permitted by this.
      if (!name->scope.empty() && to.broken.empty()) {
        conversion_.refer(kind_, scope_, name->scope);
      }
    }
    if (const auto port = conversion_.port(to, place_.host)) {
      out.set("port", *port);
    } else {
      lose({Severity::error, Aspect::target}, to.where,
           fmt::format("a backend needs a port, and nothing says which port of `{}` is meant",
                       brief(to)));
    }
    return out;
  }

  void add(const routing::Mirror& mirror) {
    if (linkerd()) return no_filter(Aspect::mirror, mirror.where, "mirror");
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
    if (original_ != nullptr) {
      for (const auto& backend : original_->backends) {
        if (backend.where() != to.where) continue;
        keep_filters(filters, backend.filters, is_modelled_for_backends);
      }
    }
    one.set_unless_empty("filters", std::move(filters));
    backends_.add(std::move(one));
  }

  void cors() {
    const routing::Cors& from = *route_.cors;
    if (linkerd()) return no_filter(Aspect::none, from.where, "CORS");
    Value origins = Value::list();
    for (const std::string& origin : from.allow_origins) {
      // "exact `https://a`": the kind and the text.
      const std::size_t tick = origin.find('`');
      if (!origin.starts_with("exact") && tick != origin.npos) {
        no_filter(Aspect::none, from.where, fmt::format("CORS origin {}", origin));
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
    if (kind_ != RuleKind::http) return lose_limits();
    Value timeouts = Value::map();
    if (route_.timeout.value) timeouts.set("request", format_duration(*route_.timeout.value));
    const routing::Retries& from = *route_.retries;
    if (!linkerd() && !from.attempts.is_default()) retries(out, timeouts, from);
    out.set_unless_empty("timeouts", std::move(timeouts));
  }

  /// Only an HTTPRoute has a place for them, and Linkerd's annotations for those of gRPC.
  void lose_limits() {
    if (linkerd()) return;
    const auto lose_one = [&](Aspect aspect, source::Location where, std::string_view what) {
      lose({Severity::warning, aspect}, where,
           fmt::format("a {} has no {}", route_kind(kind_), what));
    };
    if (route_.timeout.value) lose_one(Aspect::timeout, route_.timeout.where, "timeout");
    if (!route_.retries->attempts.is_default()) {
      lose_one(Aspect::retries, route_.retries->attempts.where, "retries");
    }
  }

  void retries(Value& out, Value& timeouts, const routing::Retries& from) {
    if (from.attempts.value == 0 || from.budget) {
      lose({Severity::warning, Aspect::retries},
           from.budget ? from.budget->where : from.attempts.where,
           from.budget ? "a budget of retries has no place in an HTTPRoute"
                       : "an HTTPRoute cannot turn retries off; the mesh's default applies");
      return;
    }
    const std::string known = routing::default_retries()->on.value + ",";
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
    // It retries on all of these, whether they were asked for or not.
    const auto defaults = str::split(known, ',');
    const bool all_known = std::all_of(
        defaults.begin(), defaults.end(),
        [&](std::string_view word) { return from.on.value.find(word) != std::string::npos; });
    if (!only_known || !all_known) {
      lose({Severity::warning, Aspect::retries}, from.on.where,
           fmt::format("an HTTPRoute retries on codes and failed connections, not on `{}`",
                       from.on.value));
    }
    Value retry = Value::map({{"attempts", from.attempts.value}});
    retry.set_unless_empty("codes", std::move(codes));
    if (from.backoff.value) retry.set("backoff", format_duration(*from.backoff.value));
    if (from.per_try.value) timeouts.set("backendRequest", format_duration(*from.per_try.value));
    out.set("retry", std::move(retry));
    lose_hosts(from);
  }

  /// Which hosts a retry goes to is the mesh's own affair.
  void lose_hosts(const routing::Retries& from) {
    const auto lose_one = [&](const auto& setting, std::string_view field) {
      if (setting.is_default()) return;
      lose({Severity::warning, Aspect::none}, setting.where,
           fmt::format("`{}` has no place in an HTTPRoute", field));
    };
    lose_one(from.ignore_previous_hosts, "retryIgnorePreviousHosts");
    lose_one(from.remote_localities, "retryRemoteLocalities");
  }

  /// Whether a filter is there that was kept as it is.
  bool has_kept_filter() const {
    return original_ != nullptr &&
           std::any_of(original_->filters.begin(), original_->filters.end(),
                       [](const auto& filter) { return !is_modelled(*filter.type); });
  }

  Conversion& conversion_;
  const Place& place_;
  const Rule& rule_;
  const Route& route_;
  RuleKind kind_;
  const std::string& scope_;
  const resource::gateway_api::Rule* original_;  ///< null unless it is of the Gateway API
  Value filters_ = Value::list();
  Value backends_ = Value::list();
};

}  // namespace

Value rule_value(Conversion& conversion, const Place& place, const Rule& rule, RuleKind kind,
                 const std::string& scope) {
  return Builder(conversion, place, rule, kind, scope).build();
}

}  // namespace meshfn::render
