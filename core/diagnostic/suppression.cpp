#include "diagnostic/suppression.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/str.h"
#include "base/suggest.h"

namespace meshfn::diagnostic {

namespace {

constexpr Rule kRules[] = {
    {.id = "MF0901",
     .name = "suppression-malformed",
     .severity = Severity::warning,
     .group = "suppression",
     .summary = "A `# meshfn:` comment can be understood",
     .why = "A comment that cannot be understood silences nothing, although its author thinks that "
            "it does. Codes are required, so that no comment hides more than it was meant to.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews  # meshfn: ignore the name #!
spec:
  ports:
  - {name: http, port: 80}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews  # the name is right
spec:
  ports:
  - {name: http, port: 80}
)"},
    {.id = "MF0902",
     .name = "suppression-unknown-code",
     .severity = Severity::warning,
     .group = "suppression",
     .summary = "A suppression names rules that exist",
     .why = "A suppression with a code that no rule answers to has no effect.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews  # meshfn: ignore[MF0000] #!
spec:
  ports:
  - {name: http, port: 80}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  ports:
  - {name: http, port: 80}
)"},
    {.id = "MF0903",
     .name = "suppression-unused",
     .severity = Severity::warning,
     .group = "suppression",
     .summary = "A suppression silences something",
     .why =
         "A suppression that outlives its finding hides the next mistake of the same kind in the "
         "same place. Remove it once it silences nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews  # meshfn: ignore[suppression-unused] #!
spec:
  ports:
  - {name: http, port: 80}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  ports:
  - {name: http, port: 80}
)"},
};
constexpr const Rule& kMalformed = kRules[0];
constexpr const Rule& kUnknownCode = kRules[1];
constexpr const Rule& kUnused = kRules[2];

constexpr std::string_view kMark = "meshfn:";

struct Verb {
  std::string_view word;
  Directive::Kind kind;
};

constexpr Verb kVerbs[] = {{"ignore", Directive::Kind::ignore},
                           {"disable", Directive::Kind::disable},
                           {"enable", Directive::Kind::enable},
                           {"ignore-file", Directive::Kind::ignore_file}};

Diagnostic& add(const Rule& rule, source::Location where, std::string message,
                std::vector<Diagnostic>& findings) {
  return Findings(rule, findings).add(where, std::move(message));
}

/// Reads `CODE, CODE` of `text`, which stands at `offset` of the comment.
std::vector<Code> parse_codes(std::string_view text, std::size_t offset) {
  std::vector<Code> codes;
  for (const std::string_view part : str::split(text, ',')) {
    const std::string_view word = str::trim(part);
    if (!word.empty()) {
      const auto begin = offset + static_cast<std::size_t>(word.data() - text.data());
      codes.push_back(
          {std::string(word),
           {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + word.size())}});
    }
  }
  return codes;
}

std::string unknown_verb(std::string_view word) {
  std::vector<std::string_view> words;
  for (const Verb& verb : kVerbs) words.push_back(verb.word);
  return fmt::format("`meshfn: {}` is no suppression {}", word,
                     str::trim(did_you_mean(word, words)));
}

/// What became of one code of one silencer.
struct Use {
  const Silencer* silencer = nullptr;
  const Code* code = nullptr;
  bool used = false;
};

bool covers(const Silencer& silencer, const source::Location& where) {
  const std::uint32_t at = where.span.begin;
  return std::any_of(
      silencer.covers.begin(), silencer.covers.end(), [&](const source::Location& covered) {
        return covered.file == where.file && at >= covered.span.begin && at < covered.span.end;
      });
}

void mark(Use& use, std::vector<Diagnostic>& findings) {
  const Silencer& silencer = *use.silencer;
  for (Diagnostic& finding : findings) {
    if (!covers(silencer, finding.where)) continue;
    if (!can_be_suppressed(finding) || !answers_to(*finding.rule, use.code->text)) continue;
    use.used = true;
    if (!finding.suppressed) finding.suppressed = Suppressed{silencer.by, silencer.reason};
  }
}

void report_use(const Use& use, std::span<const Rule* const> catalogue,
                std::span<const Rule* const> enabled, std::vector<Diagnostic>& findings) {
  if (use.used) return;
  const source::Location where{use.silencer->file, use.code->span};
  const std::string& code = use.code->text;
  if (!is_known_code(code, catalogue)) {
    add(kUnknownCode, where, fmt::format("no rule answers to `{}`", code), findings)
        .with_help(suggest_code(code, catalogue));
    return;
  }
  if (use.silencer->covers.empty() || !is_known_code(code, enabled)) return;
  add(kUnused, where, fmt::format("`{}` silences nothing here", code), findings)
      .with_help("remove it, or move it to the line of the finding or above its node");
}

}  // namespace

std::optional<Directive> parse_directive(std::string_view comment) {
  std::size_t at = comment.find_first_not_of("# \t");
  if (at == std::string_view::npos || !comment.substr(at).starts_with(kMark)) return std::nullopt;
  at = comment.find_first_not_of(" \t", at + kMark.size());
  if (at == std::string_view::npos) return Directive{.problem = "`meshfn:` says nothing"};
  const std::size_t verb_end = std::min(comment.find_first_of("[ \t", at), comment.size());
  const std::string_view word = comment.substr(at, verb_end - at);
  const auto* verb = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                  [&](const Verb& v) { return v.word == word; });
  if (verb == std::end(kVerbs)) return Directive{.problem = unknown_verb(word)};
  Directive directive{.kind = verb->kind};
  const std::size_t close = comment.find(']', verb_end);
  if (verb_end == comment.size() || comment[verb_end] != '[' || close == std::string_view::npos) {
    directive.problem = fmt::format("`meshfn: {}` needs the codes it is about", word);
    return directive;
  }
  directive.codes = parse_codes(comment.substr(verb_end + 1, close - verb_end - 1), verb_end + 1);
  directive.reason = std::string(str::trim(comment.substr(close + 1)));
  if (directive.codes.empty()) {
    directive.problem = fmt::format("`meshfn: {}[]` names no code", word);
  }
  return directive;
}

bool can_be_suppressed(const Diagnostic& finding) {
  return finding.rule->group != "yaml" && finding.rule->group != "suppression";
}

bool is_known_code(std::string_view code, std::span<const Rule* const> catalogue) {
  return std::any_of(catalogue.begin(), catalogue.end(),
                     [&](const Rule* rule) { return answers_to(*rule, code); });
}

std::string suggest_code(std::string_view code, std::span<const Rule* const> catalogue) {
  std::vector<std::string_view> words;
  for (const Rule* rule : catalogue) {
    words.push_back(rule->id);
    words.push_back(rule->name);
    words.push_back(rule->group);
    for (const std::string_view alias : str::split(rule->aliases, ' ')) words.push_back(alias);
  }
  return did_you_mean(code, words);
}

void suppress(std::span<const Silencer> silencers, std::span<const Rule* const> catalogue,
              std::span<const Rule* const> enabled, std::vector<Diagnostic>& findings) {
  std::vector<Use> uses;
  for (const Silencer& silencer : silencers) {
    for (const Code& code : silencer.codes) uses.push_back({&silencer, &code});
  }
  for (Use& use : uses) mark(use, findings);
  for (const Use& use : uses) report_use(use, catalogue, enabled, findings);
}

void report_malformed(const Directive& directive, source::Location where,
                      std::vector<Diagnostic>& findings) {
  add(kMalformed, where, directive.problem, findings)
      .with_help("write `# meshfn: ignore[CODE] reason`; `meshfn list rules` has the codes");
}

std::span<const Rule> suppression_rules() { return kRules; }

}  // namespace meshfn::diagnostic
