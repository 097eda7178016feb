#include "render/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/units.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using routing::StringMatch;

std::string subject(const routing::Condition& condition) {
  switch (condition.subject) {
    case routing::Subject::header:
      return "header " + condition.name;
    case routing::Subject::query:
      return "query " + condition.name;
    case routing::Subject::source_label:
      return "from label " + condition.name;
    case routing::Subject::source_namespace:
      return "from namespace";
    case routing::Subject::sni:
      return "sni";
    case routing::Subject::path:
    case routing::Subject::method:
    case routing::Subject::scheme:
    case routing::Subject::authority:
    case routing::Subject::port:
    case routing::Subject::gateway:
      break;
  }
  return routing::to_string(condition.subject, condition.name);
}

std::string pattern(const StringMatch& match) {
  const char* note = match.ignore_case() ? " (any case)" : "";
  switch (match.kind()) {
    case StringMatch::Kind::exact:
      return match.text() + note;
    case StringMatch::Kind::prefix:
      return match.text() + "*" + note;
    case StringMatch::Kind::path_prefix:
      return (match.text() == "/" ? "" : match.text()) + "/**" + note;
    case StringMatch::Kind::suffix:
      return "*" + match.text() + note;
    case StringMatch::Kind::regex:
      return match.text();
    case StringMatch::Kind::present:
      return "*";
  }
  return {};
}

std::string short_host(const std::string& host) {
  const auto service = routing::service_of(host);
  return service ? service->name + "." + service->name_space : host;
}

void add_fault(std::vector<std::string>& out, const routing::Fault& fault) {
  if (fault.delay) {
    out.push_back(fmt::format("delay {} {}%", format_duration(fault.delay->fixed),
                              percent(fault.delay->percent)));
  }
  if (fault.abort) {
    const std::string status = fault.abort->grpc_status.empty()
                                   ? fmt::format("{}", fault.abort->http_status)
                                   : fault.abort->grpc_status;
    out.push_back(fmt::format("abort {} {}%", status, percent(fault.abort->percent)));
  }
}

void add_rewrite(std::vector<std::string>& out, const routing::Rewrite& rewrite) {
  if (rewrite.path) out.push_back("rewrite path " + *rewrite.path);
  if (!rewrite.regex.empty()) {
    out.push_back(fmt::format("rewrite path {} -> {}", rewrite.regex, rewrite.substitution));
  }
  if (!rewrite.authority.empty()) out.push_back("rewrite host " + rewrite.authority);
}

void add_limits(std::vector<std::string>& out, const routing::Route& route) {
  if (!route.timeout.is_default()) {
    out.push_back(route.timeout.value ? "timeout " + format_duration(*route.timeout.value)
                                      : "timeout none");
  }
  const routing::Retries& retries = *route.retries;
  if (retries.attempts.is_default()) return;
  std::string words = fmt::format("retries {}", retries.attempts.value);
  if (retries.budget) {
    words = fmt::format("retries up to {}% + {}/s", percent(100 * retries.budget->ratio),
                        retries.budget->per_second);
  }
  if (retries.per_try.value) words += " per try " + format_duration(*retries.per_try.value);
  if (!retries.on.is_default()) words += " on " + retries.on.value;
  out.push_back(std::move(words));
}

std::string redirect_words(const routing::Redirect& redirect) {
  std::string to = redirect.scheme.empty() ? "" : redirect.scheme + "://";
  to += redirect.authority;
  if (redirect.port) to += fmt::format(":{}", *redirect.port);
  to += redirect.path;
  return fmt::format("redirect {} {}", redirect.code, to);
}

}  // namespace

std::string brief(const routing::Condition& condition) {
  const std::string what = subject(condition);
  const auto& any_of = condition.any_of;
  if (any_of.size() == 1 && any_of[0].kind() == StringMatch::Kind::present) {
    return what + (condition.negated ? " absent" : " present");
  }
  std::vector<std::string> words;
  bool regex = false;
  for (const StringMatch& match : any_of) {
    regex = regex || match.kind() == StringMatch::Kind::regex;
    words.push_back(pattern(match));
  }
  const std::string_view sign = regex               ? (condition.negated ? "!~" : "~")
                                : condition.negated ? "!="
                                                    : "=";
  return fmt::format("{} {} {}", what, sign, str::join(words, "|"));
}

std::string brief(const routing::Match& match) {
  if (match.conditions.empty()) return "everything";
  std::vector<std::string> words;
  for (const auto& condition : match.conditions) words.push_back(brief(condition));
  return str::join(words, ", ");
}

std::string brief(const routing::Destination& destination) {
  std::string text = short_host(destination.host);
  if (destination.port) text += fmt::format(":{}", *destination.port);
  if (!destination.subset.empty()) text += "/" + destination.subset;
  if (!destination.broken.empty()) text += " (answers 500)";
  return text;
}

std::vector<std::string> settings(const routing::Route& route) {
  std::vector<std::string> out;
  add_limits(out, route);
  if (route.fault) add_fault(out, *route.fault);
  if (route.rewrite) add_rewrite(out, *route.rewrite);
  for (const routing::Mirror& mirror : route.mirrors) {
    out.push_back(fmt::format("mirror {} {}%", brief(mirror.to), percent(mirror.percent)));
  }
  if (!route.headers.empty()) out.push_back(str::count(route.headers.size(), "header change"));
  if (route.cors) out.push_back("cors");
  if (!route.delegate.empty()) out.push_back("delegate " + route.delegate);
  return out;
}

std::vector<std::string> targets(const routing::Route& route) {
  if (route.redirect) return {redirect_words(*route.redirect)};
  if (route.direct_response) {
    return {fmt::format("response {}", route.direct_response->status)};
  }
  if (route.destinations.empty()) {
    return {route.delegate.empty() ? "nothing" : "nothing (delegate " + route.delegate + ")"};
  }
  std::vector<std::string> out;
  const double total = static_cast<double>(std::max<std::uint64_t>(route.total_weight(), 1));
  for (const routing::Destination& destination : route.destinations) {
    out.push_back(
        fmt::format("{} {}%", brief(destination), percent(100 * destination.weight / total)));
  }
  return out;
}

std::string origin(const source::Location& where) {
  if (where.file == nullptr) return "default";
  return fmt::format("{}:{}", where.file->path(), where.file->position(where.span.begin).line);
}

std::string percent(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace meshfn::render
