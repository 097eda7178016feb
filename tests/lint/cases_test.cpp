// Public cases of other tools, read from beside the repository when they are there. We agree with
// all of them but those in known_differences.txt; the counts by analyzer are printed.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/str.h"
#include "catch.h"
#include "lint/catalogue.h"
#include "lint/known_differences.h"
#include "lint/support.h"
#include "yaml/reader.h"

namespace meshfn::lint {

namespace {

using Json = nlohmann::json;

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The list in a case file; empty when there is none.
Json cases(const std::string& name) {
  const std::string folder = shared_folder();
  const std::string path = folder + "/lint/cases/" + name;
  if (folder.empty() || !std::ifstream(path)) {
    std::cout << "not run: " << name << " is not beside the repository\n";
    return Json::array();
  }
  return Json::parse(read_file(path));
}

struct Score {
  int passed = 0;
  int all = 0;
  std::vector<std::string> failures;
};

void print(std::string_view title, const std::map<std::string, Score>& scores) {
  int passed = 0;
  int all = 0;
  const bool verbose = std::getenv("MESHFN_CASES") != nullptr;
  for (const auto& [name, score] : scores) {
    std::cout << fmt::format("  {:3} of {:3}  {}\n", score.passed, score.all, name);
    for (const std::string& failure : score.failures) {
      if (verbose) std::cout << "             " << failure << "\n";
    }
    passed += score.passed;
    all += score.all;
  }
  std::cout << fmt::format("{}: {} of {}\n", title, passed, all);
}

/// The codes that each analyzer can emit, as its cases name them and `istio-analysis.md` lists.
const std::map<std::string, std::string>& codes_of_analyzers() {
  static const std::map<std::string, std::string> codes = {
      {"annotations.K8sAnalyzer", "IST0107 IST0108 IST0125 IST0135"},
      {"applicationUID.Analyzer", "IST0144"},
      {"authn.BlockedCIDRsAnalyzer", "IST0175"},
      {"deployment.MultiServiceAnalyzer", "IST0116 IST0137"},
      {"deprecation.DeprecationAnalyzer", "IST0002"},
      {"destinationrule.CaCertificateAnalyzer", "IST0128 IST0129"},
      {"destinationrule.SubsetSelectPodAnalyzer", "IST0173 IST0174"},
      {"envoyfilter.EnvoyPatchAnalyzer", "IST0151 IST0152 IST0153 IST0154 IST0155"},
      {"externalcontrolplane.ExternalControlPlaneAnalyzer", "IST0163 IST0164"},
      {"gateway.CertificateAnalyzer", "IST0138"},
      {"gateway.ConflictingGatewayAnalyzer", "IST0145"},
      {"gateway.IngressGatewayPortAnalyzer", "IST0162 IST0101"},
      {"gateway.SecretAnalyzer", "IST0161 IST0101"},
      {"injection.ImageAnalyzer", "IST0158"},
      {"k8sgateway.CRDVersionAnalyzer", "IST0176"},
      {"k8sgateway.SelectorAnalyzer", "IST0166"},
      {"schema.ValidationAnalyzer.VirtualService", "IST0130 IST0131"},
      {"service.PortNameAnalyzer", "IST0118 IST0150"},
      {"serviceentry.Analyzer", "IST0134"},
      {"serviceentry.ConflictingServiceEntryProtocolAnalyzer", "IST0177"},
      {"sidecar.SelectorAnalyzer", "IST0101 IST0110 IST0111 IST0167"},
      {"telemetry.DefaultSelectorAnalyzer", "IST0160"},
      {"telemetry.ProviderAnalyzer", "IST0157"},
      {"virtualservice.DestinationHostAnalyzer", "IST0101 IST0112 IST0140"},
      {"virtualservice.GatewayAnalyzer", "IST0101 IST0132 IST0165"},
      {"virtualservice.JWTClaimRouteAnalyzer", "IST0149"}};
  return codes;
}

/// IST0101 is said by many analyzers; our rules are finer, so each analyzer has its own.
bool belongs(const diagnostic::Rule& rule, const std::string& analyzer, std::string_view code) {
  if (!answers_to(rule, code)) return false;
  if (code != "IST0101") return true;
  static const std::map<std::string, std::string> rules = {
      {"virtualservice.DestinationHostAnalyzer",
       "destination-host-missing destination-port-missing"},
      {"virtualservice.GatewayAnalyzer", "gateway-missing"},
      {"gateway.IngressGatewayPortAnalyzer", "gateway-selects-nothing"},
      {"gateway.SecretAnalyzer", "gateway-selects-nothing gateway-credential-missing"},
      {"sidecar.SelectorAnalyzer", "sidecar-selects-nothing"}};
  const auto names = rules.find(analyzer);
  return names != rules.end() &&
         (" " + names->second + " ").find(" " + std::string(rule.name) + " ") != std::string::npos;
}

std::string display(std::string_view code, std::string_view kind, std::string_view scope,
                    std::string_view name) {
  return fmt::format("{} {} {}/{}", code, kind, scope, name);
}

std::vector<std::string> expected(const Json& one) {
  std::vector<std::string> list;
  for (const Json& finding : one["expect"]) {
    const Json& resource = finding["resource"];
    list.push_back(display(finding["code"].get<std::string>(), resource["kind"].get<std::string>(),
                           resource["namespace"].get<std::string>(),
                           resource["name"].get<std::string>()));
  }
  std::sort(list.begin(), list.end());
  return list;
}

/// The mesh configuration that a case comes with, as `--mesh-config` reads it; null without one.
std::unique_ptr<yaml::Tree> mesh_config_of(const Json& one, source::Store& store) {
  if (!one.contains("meshConfigFile")) return nullptr;
  const auto path = one["meshConfigFile"].get<std::string>();
  std::vector<diagnostic::Diagnostic> problems;
  auto tree =
      yaml::read(store.add(path, read_file(shared_folder() + "/lint/cases/" + path)), problems);
  REQUIRE(problems.empty());
  REQUIRE(tree->documents().front().root.is_mapping());
  return tree;
}

std::vector<std::string> actual(const Json& one) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const Json& file : one["files"]) {
    const auto path = file.get<std::string>();
    files.emplace_back(path, read_file(shared_folder() + "/lint/cases/" + path));
  }
  source::Store store;
  const auto mesh_config = mesh_config_of(one, store);
  Options options;
  if (mesh_config) options.mesh.mesh_config = mesh_config->documents().front().root;
  const auto linted = lint_texts(files, options);
  const auto analyzer = one["analyzer"].get<std::string>();
  std::vector<std::string> list;
  for (const auto& finding : linted->outcome.findings) {
    if (finding.suppressed) continue;
    for (const std::string_view code : str::split(codes_of_analyzers().at(analyzer), ' ')) {
      if (!belongs(*finding.rule, analyzer, code)) continue;
      const auto& r = finding.resource;
      list.push_back(display(code, r.kind, r.name_space, r.name));
    }
  }
  std::sort(list.begin(), list.end());
  return list;
}

/// Ids of this suite are used for several files.
std::string name_of(const Json& one) {
  const auto file = one["files"].front().get<std::string>();
  return fmt::format("{} ({})", one["id"].get<std::string>(),
                     file.substr(file.find_last_of('/') + 1));
}

/// Whether a finding is one for which `istioctl validate` refuses what no webhook does: the name of
/// a Service's port, which `istioctl analyze` calls an information, as we do.
bool is_refused_by_command_alone(const diagnostic::Diagnostic& finding, const Json& one) {
  return one["layer"] == "istioctl-validate" && answers_to(*finding.rule, "IST0118");
}

/// The first error of a document; of its schema only where a case is about that.
std::string first_error(const Json& one) {
  const auto path = one["file"].get<std::string>();
  const bool only_schema = one["layer"] == "crd";
  const auto linted = lint_text(read_file(shared_folder() + "/lint/cases/" + path));
  const auto document =
      std::stoul(one["doc"].is_string() ? one["doc"].get<std::string>() : one["doc"].dump());
  for (const auto& finding : linted->outcome.findings) {
    const bool refused = finding.severity == diagnostic::Severity::error ||
                         is_refused_by_command_alone(finding, one);
    const bool counts = refused && finding.document == document &&
                        (!only_schema || finding.rule->group == "schema");
    if (counts) return fmt::format("{} {}", finding.rule->id, finding.message);
  }
  return {};
}

/// The cases of a suite as they are judged.
class Suite {
 public:
  explicit Suite(std::string name) : name_(std::move(name)), known_(name_) {}

  void judge(const std::string& part, const std::string& id, bool right,
             const std::string& difference) {
    Score& score = scores_[part];
    ++score.all;
    score.passed += right ? 1 : 0;
    if (!right) score.failures.push_back(fmt::format("{}: {}", id, difference));
    INFO(name_ << " | " << id << ": " << difference);
    CHECK(known_.judge(id, right));
  }

  /// Prints the counts, and fails for differences that are none any more.
  void finish() const {
    if (scores_.empty()) return;
    print(name_, scores_);
    std::cout << fmt::format("{}: {} known differences\n", name_, known_.size());
    if (std::getenv("MESHFN_BLESS") != nullptr) known_.drop_stale();
    for (const std::string& id : known_.stale()) {
      FAIL_CHECK(name_ << " | " << id << ": agrees now; MESHFN_BLESS=1 takes it out of the list");
    }
  }

 private:
  std::string name_;
  KnownDifferences known_;
  std::map<std::string, Score> scores_;
};

}  // namespace

TEST_CASE("istio's analyzers agree on their own cases", "[cases]") {
  Suite suite("istio-analysis");
  for (const Json& one : cases("istio-analysis.json")) {
    const auto wanted = expected(one);
    const auto got = actual(one);
    suite.judge(one["analyzer"].get<std::string>(), name_of(one), wanted == got,
                fmt::format("wanted {}; got {}", str::join(wanted, "; "), str::join(got, "; ")));
  }
  suite.finish();
}

TEST_CASE("istio's validation agrees on its own cases", "[cases]") {
  Suite suite("istio-validation");
  for (const Json& one : cases("istio-validation.json")) {
    const auto wanted = one["expect"].get<std::string>();
    const std::string error = first_error(one);
    suite.judge(fmt::format("{} {}", one["layer"].get<std::string>(), wanted),
                one["id"].get<std::string>(), error.empty() == (wanted == "valid"),
                fmt::format("{}: {}", one["file"].get<std::string>(),
                            wanted == "valid" ? error : one.value("error", "should be refused")));
  }
  suite.finish();
}

}  // namespace meshfn::lint
