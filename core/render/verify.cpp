#include "render/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/str.h"
#include "render/convert.h"
#include "render/input.h"
#include "render/words.h"
#include "routing/router.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using routing::Answer;
using routing::Route;
using yaml::Value;

constexpr std::array<std::string_view, 6> kRoutingGroups = {
    "networking.istio.io",
    resource::gateway_api::kGroup,
    resource::gateway_api::kExperimentalGroup,
    "policy.linkerd.io",
    "linkerd.io",
    "split.smi-spec.io"};

bool is_routing(const resource::Object& object) {
  const bool entry = *object.kind == "ServiceEntry";
  return is_intent(object.root) ||
         (!entry && std::find(kRoutingGroups.begin(), kRoutingGroups.end(), object.group()) !=
                        kRoutingGroups.end());
}

/// What stays as it is when routes change their form. Annotations go: they may be one mesh's.
std::string rest_of(const Source& source) {
  std::string text;
  for (const resource::Object& object : source.mesh.objects()) {
    if (is_routing(object) || !object.kind || !object.api_version) continue;
    Value document = Value::from(object.root);
    if (Value* metadata = document.find("metadata"); metadata != nullptr && metadata->is_map()) {
      metadata->erase("annotations");
    }
    text += "---\n" + yaml::write(document);
  }
  return text;
}

/// Puts both sides into the same words.
class Normaliser {
 public:
  Normaliser(const Source& source, const Rendered& rendered)
      : source_(source), rendered_(rendered) {}

  routing::Table operator()(routing::Table table) const {
    for (routing::Listener& listener : table.listeners) {
      for (routing::VirtualHost& host : listener.virtual_hosts) {
        for (Route& route : host.routes) normalise(route, host);
      }
    }
    return table;
  }

 private:
  void normalise(Route& route, const routing::VirtualHost& host) const {
    for (routing::Destination& to : route.destinations) normalise(to, host);
    for (routing::Mirror& mirror : route.mirrors) normalise(mirror.to, host);
    if (!route.retries->attempts.is_default()) return;
    routing::Retries& retries = route.retries.edit();
    retries.attempts.value = 0;
    retries.on.value.clear();
  }

  void normalise(routing::Destination& to, const routing::VirtualHost& host) const {
    to.broken.clear();
    for (const Alias& alias : rendered_.aliases) {
      if (alias.host != to.host || alias.subset != to.subset) continue;
      // The port is the old Service's, which the new one has as well.
      set_port(to, host);
      to.host = alias.as;
      to.subset.clear();
      return;
    }
    set_port(to, host);
  }

  void set_port(routing::Destination& to, const routing::VirtualHost& host) const {
    if (!to.port) to.port = Conversion(source_, Reader::gateway_api).port(to, host);
  }

  const Source& source_;
  const Rendered& rendered_;
};

/// The parts in which two outcomes differ.
std::vector<Aspect> differing(const Outcome& a, const Outcome& b) {
  std::vector<Aspect> out;
  if (a.target != b.target) out.push_back(Aspect::target);
  if (a.rewrite != b.rewrite) out.push_back(Aspect::rewrite);
  if (a.timeout != b.timeout) out.push_back(Aspect::timeout);
  if (a.retries != b.retries) out.push_back(Aspect::retries);
  if (a.mirror != b.mirror) out.push_back(Aspect::mirror);
  if (a.fault != b.fault) out.push_back(Aspect::fault);
  if (a.headers != b.headers) out.push_back(Aspect::headers);
  return out;
}

/// Whether what was listed as lost explains that an answer changed: a rule that no longer takes
/// what it took, or takes more, explains that another one answers; anything else only its own part
/// of the answer.
class Listed {
 public:
  explicit Listed(const Rendered& rendered) : rendered_(rendered) {}

  bool operator()(const Answer& before, const Answer& after, const Outcome& was,
                  const Outcome& is) const {
    const source::Location from = before.route == nullptr ? kNowhere : before.route->where;
    const source::Location to = origin_of(after);
    // A host that is left out answers nothing at all.
    const bool lost = after.route == nullptr && before.virtual_host != nullptr;
    if (lost && is_place(before.virtual_host->where)) return true;
    const bool same_rule = from == to;
    if (!same_rule) {
      return loses(from, Aspect::taken) || loses(to, Aspect::taken) ||
             (before.route == nullptr && loses_some(before.virtual_host));
    }
    // Without a target there is nothing else to compare.
    if (was.target != is.target && loses(from, Aspect::target)) return true;
    const auto parts = differing(was, is);
    return std::all_of(parts.begin(), parts.end(), [&](Aspect part) { return loses(from, part); });
  }

 private:
  /// The rule of the input that the rule of the output was made from.
  source::Location origin_of(const Answer& after) const {
    if (after.route == nullptr) return kNowhere;
    const auto found =
        std::find_if(rendered_.origins.begin(), rendered_.origins.end(), [&](const Origin& origin) {
          return origin.resource == after.route->resource && origin.rule == after.route->name;
        });
    return found == rendered_.origins.end() ? after.route->where : found->route;
  }

  bool loses(const source::Location& route, Aspect aspect) const {
    return std::any_of(rendered_.losses.begin(), rendered_.losses.end(), [&](const Loss& loss) {
      return loss.aspect == aspect && loss.route == route && route.file != nullptr;
    });
  }

  /// Whether a rule of the host was left out, so that the host is there no more.
  bool loses_some(const routing::VirtualHost* host) const {
    return host != nullptr &&
           std::any_of(host->routes.begin(), host->routes.end(),
                       [&](const Route& route) { return loses(route.where, Aspect::taken); });
  }

  bool is_place(const source::Location& where) const {
    return std::any_of(rendered_.losses.begin(), rendered_.losses.end(), [&](const Loss& loss) {
      return loss.aspect == Aspect::taken && loss.where == where;
    });
  }

  static constexpr source::Location kNowhere{};

  const Rendered& rendered_;
};

std::string origin_of(const Answer& answer) {
  if (answer.route == nullptr) return {};
  return fmt::format("{} at {}", answer.route->name, origin(answer.route->where));
}

/// Counts a difference under its kind.
void count(RouteDiff& diff, std::map<std::pair<std::string, std::string>, std::size_t>& known,
           Difference difference) {
  const auto [at, added] =
      known.try_emplace({difference.before, difference.after}, diff.differences.size());
  if (added) diff.differences.push_back(std::move(difference));
  ++diff.differences[at->second].requests;
}

/// Every request comes to some port; without one a condition on it would not decide.
void set_port(routing::Request& request, const Answer& answer) {
  const bool open = !request.effective_port() && answer.virtual_host != nullptr;
  if (!open || answer.virtual_host->ports.empty()) return;
  request.port = answer.virtual_host->ports.front();
}

std::string all_of(const Rendered& rendered) {
  std::string text;
  for (const Document& document : rendered.documents) text += "---\n" + document.text;
  return text;
}

}  // namespace

Result<Verification> verify(const Source& source, const Rendered& rendered,
                            const routing::IstioOptions& options) {
  resource::MeshSettings settings = source.mesh.settings();
  auto again = Input::read({{"output", all_of(rendered) + rest_of(source)}}, settings, options);
  if (!again) return tl::unexpected(again.error());
  const Normaliser normalise(source, rendered);
  const routing::Table before = normalise(source.table);
  const routing::Table after = normalise((*again)->table());
  const Listed is_listed(rendered);
  Verification out;
  std::map<std::pair<std::string, std::string>, std::size_t> listed;
  std::map<std::pair<std::string, std::string>, std::size_t> unlisted;
  const routing::Router old_router(before);
  const routing::Router new_router(after);
  for (routing::Request& request : requests_of(before, after)) {
    set_port(request, old_router.answer(request));
    const Answer was = old_router.answer(request);
    const Answer is = new_router.answer(request);
    // Services that were made for subsets are new hosts of their own.
    if (was.virtual_host == nullptr && is.route != nullptr &&
        is.route->resource.starts_with("Service ")) {
      continue;
    }
    ++out.listed.asked;
    const Outcome before_it = outcome_of(was, request);
    const Outcome after_it = outcome_of(is, request);
    if (before_it == after_it) continue;
    Difference difference{
        request, outcome_words(before_it), outcome_words(after_it), origin_of(was), origin_of(is),
        0};
    if (is_listed(was, is, before_it, after_it)) {
      count(out.listed, listed, std::move(difference));
    } else {
      count(out.unlisted, unlisted, std::move(difference));
    }
  }
  out.unlisted.asked = out.listed.asked;
  return out;
}

std::string summary(const Verification& verification) {
  const auto requests = [](const RouteDiff& diff) {
    std::size_t sum = 0;
    for (const Difference& one : diff.differences) sum += one.requests;
    return sum;
  };
  const std::size_t listed = requests(verification.listed);
  const std::size_t unlisted = requests(verification.unlisted);
  std::string text =
      fmt::format("verified with {}: ", str::count(verification.listed.asked, "request"));
  if (unlisted > 0) {
    text += fmt::format("{} answered differently although nothing is listed for them", unlisted);
  } else if (listed > 0) {
    text += fmt::format("{} answered differently, all by rules of which something is lost", listed);
  } else {
    text += "all are answered as before";
  }
  return text + "\n";
}

}  // namespace meshfn::render
