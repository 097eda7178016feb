#include "routing/authorization/istio_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/network.h"
#include "base/str.h"
#include "routing/match.h"

namespace meshfn::routing::istio {

namespace {

using yaml::Node;

/// The texts a condition looks at; several for lists of a token, none for what is absent.
using Texts = std::vector<std::string>;

enum class Form : std::uint8_t { text, header, host, path, address, principal, account };

/// What can be asked for: in a list of a source or operation, or by its key in `when`.
struct Attribute {
  std::string_view key;
  std::string_view words;
  Form form = Form::text;
  bool http = false;  ///< connections do not have it
  Texts (*look)(const Facts& facts, std::string_view name) = nullptr;
};

Texts some(std::string text) {
  if (text.empty()) return {};
  return {std::move(text)};
}

/// `[a][b]` of a key as its parts.
Claims::Path parts_of(std::string_view name) {
  Claims::Path out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t close = std::min(name.find(']', at), name.size());
    const std::size_t open = name[at] == '[' ? at + 1 : at;
    if (open > close) break;
    out.emplace_back(name.substr(open, close - open));
    at = close + 1;
  }
  return out;
}

Texts look_claim(const Facts& facts, std::string_view name) {
  if (facts.token == nullptr) return {};
  const Claims::Path path = parts_of(name);
  const auto* found = facts.token->find(path);
  if (found == nullptr) return {};
  Texts out = *found;
  // Istio splits these two at spaces.
  if (path == Claims::Path{"scope"} || path == Claims::Path{"permission"}) {
    for (const std::string& text : *found) {
      for (const std::string_view word : str::split(text, ' ')) out.emplace_back(word);
    }
  }
  return out;
}

Texts look_request_principal(const Facts& facts, std::string_view) {
  if (facts.token == nullptr) return {};
  return {facts.token->text("iss") + "/" + facts.token->text("sub")};
}

Texts look_header(const Facts& facts, std::string_view name) {
  const Claims::Path path = parts_of(name);
  if (path.empty()) return {};
  const std::string key = str::lower(path.front());
  if (key == ":authority" || key == "host") return some(facts.request->authority);
  if (key == ":method") return {facts.request->method};
  if (key == ":path") return {facts.request->path};
  const auto found = facts.request->headers.find(key);
  return found == facts.request->headers.end() ? Texts{} : Texts{found->second};
}

Texts look_port(const Facts& facts, std::string_view) {
  return facts.port ? Texts{fmt::format("{}", *facts.port)} : Texts{};
}

Texts look_account(const Facts& facts, std::string_view) {
  if (!facts.peer || facts.peer->account.empty()) return {};
  return {facts.peer->name_space + "/" + facts.peer->account};
}

Texts look_principal(const Facts& facts, std::string_view) {
  const auto principal = facts.principal();
  return principal ? Texts{*principal} : Texts{};
}

constexpr std::array kAttributes = std::to_array<Attribute>({
    {"source.principal", "principal", Form::principal, false, look_principal},
    {"source.namespace", "source namespace", Form::text, false,
     [](const Facts& facts, std::string_view) {
       return facts.peer ? some(facts.peer->name_space) : Texts{};
     }},
    {"source.serviceAccount", "service account", Form::account, false, look_account},
    {"source.trustDomain", "trust domain", Form::text, false,
     [](const Facts& facts, std::string_view) {
       return facts.peer ? some(facts.trust_domain) : Texts{};
     }},
    {"source.ip", "source address", Form::address, false,
     [](const Facts& facts, std::string_view) { return some(facts.ip); }},
    {"remote.ip", "remote address", Form::address, false,
     [](const Facts& facts, std::string_view) { return some(facts.remote_ip); }},
    {"request.auth.principal", "request principal", Form::text, true, look_request_principal},
    {"request.auth.audiences", "audience", Form::text, true,
     [](const Facts& facts, std::string_view) { return look_claim(facts, "[aud]"); }},
    {"request.auth.presenter", "presenter", Form::text, true,
     [](const Facts& facts, std::string_view) { return look_claim(facts, "[azp]"); }},
    {"request.auth.claims", "claim", Form::text, true, look_claim},
    {"request.headers", "header", Form::header, true, look_header},
    {"request.host", "host", Form::host, true,
     [](const Facts& facts, std::string_view) { return some(facts.request->authority); }},
    {"request.method", "method", Form::text, true,
     [](const Facts& facts, std::string_view) { return Texts{facts.request->method}; }},
    {"request.path", "path", Form::path, true,
     [](const Facts& facts, std::string_view) { return Texts{facts.request->path}; }},
    {"destination.port", "port", Form::text, false, look_port},
    {"destination.ip", "destination address", Form::address, false,
     [](const Facts&, std::string_view) { return Texts{}; }},
    {"connection.sni", "server name", Form::text, false,
     [](const Facts& facts, std::string_view) { return some(facts.request->sni); }},
});

/// Lists of a source or operation and the key that means the same.
struct List {
  std::string_view field;
  std::string_view twin;
  std::string_view key;
};

constexpr std::array kSourceLists = std::to_array<List>({
    {"principals", "notPrincipals", "source.principal"},
    {"requestPrincipals", "notRequestPrincipals", "request.auth.principal"},
    {"namespaces", "notNamespaces", "source.namespace"},
    {"serviceAccounts", "notServiceAccounts", "source.serviceAccount"},
    {"trustDomains", "notTrustDomains", "source.trustDomain"},
    {"ipBlocks", "notIpBlocks", "source.ip"},
    {"remoteIpBlocks", "notRemoteIpBlocks", "remote.ip"},
});

constexpr std::array kOperationLists = std::to_array<List>({
    {"hosts", "notHosts", "request.host"},
    {"ports", "notPorts", "destination.port"},
    {"methods", "notMethods", "request.method"},
    {"paths", "notPaths", "request.path"},
});

/// A key of `when` split into its attribute and what stands in brackets.
struct Asked {
  const Attribute* attribute = nullptr;
  std::string_view name;
};

Asked find_attribute(std::string_view key) {
  const std::size_t bracket = std::min(key.find('['), key.size());
  const auto* const found =
      std::find_if(kAttributes.begin(), kAttributes.end(),
                   [&](const Attribute& one) { return one.key == key.substr(0, bracket); });
  return {found == kAttributes.end() ? nullptr : found, key.substr(bracket)};
}

bool address_matches(std::string_view pattern, std::string_view text) {
  const auto block = parse_network(pattern);
  const auto address = parse_network(text);
  return block && address && contains(*block, *address);
}

/// A principal of the mesh may be written with any of the names of its trust domain.
bool principal_matches(const Facts& facts, std::string_view pattern, std::string_view text) {
  const std::size_t slash = pattern.find('/');
  const std::string_view domain = pattern.substr(0, slash);
  const auto& aliases = facts.trust_aliases;
  if (slash == pattern.npos || std::find(aliases.begin(), aliases.end(), domain) == aliases.end()) {
    return text_matches(pattern, text);
  }
  return text_matches(facts.trust_domain + std::string(pattern.substr(slash)), text);
}

bool value_matches(const Facts& facts, const Attribute& attribute, std::string_view pattern,
                   const std::string& text, std::string_view scope) {
  switch (attribute.form) {
    case Form::text:
      return text_matches(pattern, text);
    case Form::header:
      return pattern == "*" || text_matches(pattern, text);
    case Form::host:
      return text_matches(str::lower(pattern), str::lower(text));
    case Form::path:
      return path_matches(pattern, text);
    case Form::address:
      return address_matches(pattern, text);
    case Form::principal:
      return principal_matches(facts, pattern, text);
    case Form::account:
      return pattern.find('/') == pattern.npos
                 ? text == std::string(scope) + "/" + std::string(pattern)
                 : text == pattern;
  }
  return false;
}

std::string list_words(Node values) {
  std::vector<std::string> words;
  for (const Node value : values.items()) words.push_back(fmt::format("`{}`", value.text()));
  return str::join(words, " or ");
}

std::string clause_text(const std::string& what, const Texts& seen, Node values, bool negated,
                        bool holds) {
  const std::string is =
      seen.empty() ? "is not known" : fmt::format("is `{}`", str::join(seen, "`, `"));
  if (negated) {
    return holds ? fmt::format("{} {}, not {}", what, is, list_words(values))
                 : fmt::format("{} {}, which is ruled out", what, is);
  }
  return holds ? fmt::format("{} {}", what, is)
               : fmt::format("{} {}, not {}", what, is, list_words(values));
}

/// Judges the conditions of one rule. A connection lacks what only requests have; the outcome then
/// depends on the action.
class Judge {
 public:
  Judge(const Facts& facts, std::string_view scope, OnConnection on_connection)
      : facts_(facts), scope_(scope), on_connection_(on_connection) {}

  std::vector<Clause> lists(Node part, const List* first, const List* last) const {
    std::vector<Clause> out;
    for (const List* list = first; list != last; ++list) {
      const Asked asked = find_attribute(list->key);
      add(out, asked, part.find(list->field), part.find_key(list->field).where(), false);
      add(out, asked, part.find(list->twin), part.find_key(list->twin).where(), true);
    }
    return out;
  }

  std::vector<Clause> condition(Node when) const {
    std::vector<Clause> out;
    const Node key = when.find("key");
    const Asked asked = find_attribute(key.text());
    if (asked.attribute == nullptr) {
      out.push_back({fmt::format("`{}` cannot be told here", key.text()), false, key.where()});
      return out;
    }
    add(out, asked, when.find("values"), key.where(), false);
    add(out, asked, when.find("notValues"), key.where(), true);
    return out;
  }

 private:
  void add(std::vector<Clause>& out, const Asked& asked, Node values, source::Location where,
           bool negated) const {
    if (values.size() == 0) return;
    const Attribute& attribute = *asked.attribute;
    std::string what(attribute.words);
    if (!asked.name.empty()) what += " `" + str::join(parts_of(asked.name), ".") + "`";
    if (attribute.http && !facts_.http) {
      if (on_connection_ == OnConnection::ignore_condition) return;
      out.push_back(
          {fmt::format("connections have no {}, so the rule allows nothing", what), false, where});
      return;
    }
    const Texts seen = attribute.look(facts_, asked.name);
    bool found = false;
    for (const Node value : values.items()) {
      found = found || std::any_of(seen.begin(), seen.end(), [&](const std::string& text) {
                return value_matches(facts_, attribute, value.text(), text, scope_);
              });
    }
    const bool holds = found != negated;
    out.push_back({clause_text(what, seen, values, negated, holds), holds, where});
  }

  const Facts& facts_;
  std::string_view scope_;
  OnConnection on_connection_;
};

std::size_t failures(const std::vector<Clause>& clauses) {
  return static_cast<std::size_t>(
      std::count_if(clauses.begin(), clauses.end(), [](const Clause& one) { return !one.holds; }));
}

/// The alternative with the fewest failures; none of them: nothing is asked.
std::vector<Clause> best(const std::vector<std::vector<Clause>>& alternatives) {
  const auto found =
      std::min_element(alternatives.begin(), alternatives.end(),
                       [](const auto& a, const auto& b) { return failures(a) < failures(b); });
  return found == alternatives.end() ? std::vector<Clause>() : *found;
}

void append(RuleOutcome& out, std::vector<Clause> clauses) {
  for (Clause& clause : clauses) {
    (clause.holds ? out.met : out.failed).push_back(std::move(clause));
  }
}

bool has_template(std::string_view pattern) {
  return pattern.find("{*}") != pattern.npos || pattern.find("{**}") != pattern.npos;
}

/// Envoy's URI template as an expression.
std::string template_regex(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern.substr(i).starts_with("{**}")) {
      out += ".*";
      i += 4;
    } else if (pattern.substr(i).starts_with("{*}")) {
      out += "[^/]+";
      i += 3;
    } else {
      const char c = pattern[i++];
      if (std::string_view("\\.[](){}*+?|^$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> Facts::principal() const {
  if (!peer || peer->name_space.empty()) return std::nullopt;
  return fmt::format("{}/ns/{}/sa/{}", trust_domain, peer->name_space,
                     peer->account.empty() ? "default" : peer->account);
}

bool text_matches(std::string_view pattern, std::string_view text) {
  if (pattern == "*") return !text.empty();
  if (pattern.starts_with('*')) return text.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) return text.starts_with(pattern.substr(0, pattern.size() - 1));
  return text == pattern;
}

bool path_matches(std::string_view pattern, std::string_view path) {
  if (!has_template(pattern)) return text_matches(pattern, path);
  return StringMatch(StringMatch::Kind::regex, template_regex(pattern)).matches(path);
}

RuleOutcome judge_rule(const Facts& facts, Node rule, std::string_view scope,
                       OnConnection on_connection) {
  const Judge judge(facts, scope, on_connection);
  RuleOutcome out;
  std::vector<std::vector<Clause>> sources;
  for (const Node from : rule.find("from").items()) {
    sources.push_back(judge.lists(from.find("source"), kSourceLists.data(),
                                  kSourceLists.data() + kSourceLists.size()));
  }
  append(out, best(sources));
  std::vector<std::vector<Clause>> operations;
  for (const Node to : rule.find("to").items()) {
    operations.push_back(judge.lists(to.find("operation"), kOperationLists.data(),
                                     kOperationLists.data() + kOperationLists.size()));
  }
  append(out, best(operations));
  for (const Node when : rule.find("when").items()) append(out, judge.condition(when));
  out.holds = out.failed.empty();
  return out;
}

}  // namespace meshfn::routing::istio
