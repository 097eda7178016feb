#include "report/sample.h"

#include <sstream>

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;
using diagnostic::Rule;
using diagnostic::Severity;

constexpr std::string_view kRoutes = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  http:
  - route:
    - destination: {host: reviews, subset: v1}
      weight: 50
    - destination: {host: reviews, subset: v2}
      weight: 60
)";
constexpr std::string_view kService =
    "kind: Service\n"
    "metadata:\n"
    "\tname: \"日本語\" # é\n"
    "spec: {a: <&>|%,:}\n";

constexpr Rule kWeights = {.id = "MF1101",
                           .name = "weights",
                           .severity = Severity::error,
                           .group = "istio",
                           .summary = "The weights of one route add up to 100",
                           .why = "Traffic goes elsewhere.\n\nReally.",
                           .bad = "weight: 110 #!\n",
                           .good = "weight: 100\n",
                           .aliases = "IST0999 KIA1104"};
constexpr Rule kName = {.id = "MF4001",
                        .name = "name",
                        .severity = Severity::warning,
                        .group = "kubernetes",
                        .summary = "A name is a DNS label"};
constexpr Rule kNothing = {.id = "MF0999",
                           .name = "nothing",
                           .severity = Severity::error,
                           .group = "yaml",
                           .summary = "There is something"};

source::Location find(const source::File& file, std::string_view text, std::size_t from = 0) {
  const auto begin = static_cast<std::uint32_t>(file.text().find(text, from));
  return {&file, {begin, begin + static_cast<std::uint32_t>(text.size())}};
}

Diagnostic finding(const Rule& rule, source::Location where, std::string message) {
  std::vector<Diagnostic> list;
  diagnostic::Findings(rule, list).add(where, std::move(message));
  return list.front();
}

Diagnostic weights(const source::File& routes, const source::File& service) {
  Diagnostic d = finding(kWeights, find(routes, "60"), "weights add up to `110`, not 100");
  d.with_note("and 60 here")
      .relate(find(routes, "50"), "50 here")
      .relate(find(service, "Service"), "this takes the traffic")
      .with_help("set them to sum to 100, for example 50 and 50")
      .with_fix({"set the last weight to 50", {{find(routes, "60"), "50"}}});
  d.resource = {"networking.istio.io/v1", "VirtualService", "shop", "reviews"};
  d.pointer = "/spec/http/0/route/1/weight";
  return d;
}

}  // namespace

std::unique_ptr<Sample> sample() {
  auto sample = std::make_unique<Sample>();
  const source::File& routes = sample->store.add("./shop/a b.yaml", std::string(kRoutes));
  const source::File& service = sample->store.add("shop/service.yaml", std::string(kService));
  Report& report = sample->report;
  report.findings.push_back(finding(kNothing, {}, "nothing to see"));
  report.findings.push_back(weights(routes, service));
  Diagnostic name = finding(kName, find(service, "\"日本語\""), "the name is 100% no label, sorry");
  name.resource = {"v1", "Service", "", "日本語"};
  report.findings.push_back(name);
  Diagnostic silenced = finding(kName, find(service, "<&>|"), "odd <value> & more");
  silenced.suppressed = {diagnostic::Suppressed::By::comment, "known"};
  report.findings.push_back(silenced);
  report.subjects = {
      {"./shop/a b.yaml", 0, {"networking.istio.io/v1", "VirtualService", "shop", "reviews"}},
      {"shop/service.yaml", 0, {"v1", "Service", "", "日本語"}},
      {"shop/service.yaml", 1, {"v1", "Service", "", "clean"}}};
  report.rules = {&kWeights, &kName};
  report.tool_version = "1.2.3";
  report.summary.files = 2;
  report.summary.documents = 3;
  report.summary.resources = 3;
  count_findings(report.findings, report.summary);
  return sample;
}

std::unique_ptr<Sample> clean_sample() {
  auto sample = std::make_unique<Sample>();
  sample->report.tool_version = "1.2.3";
  sample->report.summary.files = 1;
  sample->report.rules = {&kWeights};
  return sample;
}

std::string written(std::string_view name, const Report& report) {
  std::ostringstream out;
  find_reporter(name)->write(report, out);
  return out.str();
}

}  // namespace meshfn::report
