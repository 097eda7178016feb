// meshfn route test: expectations about routing, from files.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>

#include "base/str.h"
#include "cli/command.h"
#include "cli/mesh_input.h"
#include "cli/output.h"
#include "render/route_report.h"
#include "render/words.h"
#include "yaml/reader.h"

namespace meshfn::cli {

extern const Command kRouteTest;

namespace {

constexpr std::string_view kTestFormats[] = {"text", "json", "tap", "junit"};

constexpr Option kTestOptions[] = {
    {.name = "mesh",
     .value = "PATH",
     .help = "YAML to test; the tests' own `mesh`, or their directory, otherwise",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    kNamespaceOption,
    {.name = "fail-under",
     .value = "PERCENT",
     .help = "fail when the tests go through fewer of the rules",
     .group = "Tests"},
    output_option(kTestFormats),
};

constexpr Operand kTestOperands[] = {
    {.name = "FILE",
     .help = "*.route-test.yaml, or a test file of istio-config-validator or router_check",
     .required = true,
     .repeatable = true,
     .completes = Completes::file},
};

constexpr Example kTestExamples[] = {
    {"meshfn route test shop.route-test.yaml --mesh mesh/", "run the expectations"},
    {"meshfn route test tests/ --mesh mesh/ --fail-under 80", "and ask for coverage"},
};

/// Trees of the test files; they own what the tests point into.
struct TestFiles {
  source::Store store;
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  std::vector<render::RouteTest> tests;
  std::set<std::string> mesh;  ///< paths that the files name, or their directories
};

Result<void> add_tests(TestFiles& files, render::NamedText text) {
  std::vector<diagnostic::Diagnostic> problems;
  const std::string directory = path::parent(text.path);
  files.trees.push_back(
      yaml::read(files.store.add(std::move(text.path), std::move(text.text)), problems));
  if (!problems.empty()) {
    return fail(
        fmt::format("{}: {}", source::to_string(problems.front().where), problems.front().message));
  }
  auto tests = render::read_route_tests(*files.trees.back());
  if (!tests) return tl::unexpected(tests.error());
  if (tests->empty()) return {};
  std::vector<std::string> mesh;
  for (const yaml::Document& document : files.trees.back()->documents()) {
    for (const yaml::Node named : document.root.find("mesh").items()) {
      mesh.push_back(path::join(directory, named.text()));
    }
  }
  if (mesh.empty()) mesh.push_back(directory);
  files.mesh.insert(mesh.begin(), mesh.end());
  std::move(tests->begin(), tests->end(), std::back_inserter(files.tests));
  return {};
}

Result<void> read_tests(Context& context, const Args& args, TestFiles& files) {
  auto texts = read_mesh_texts(context, args.operands());
  if (!texts) return tl::unexpected(texts.error());
  for (render::NamedText& text : *texts) {
    if (auto added = add_tests(files, std::move(text)); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (files.tests.empty()) {
    return fail("the files hold no route test",
                "tests are documents with `kind: RouteTest`, `testCases`, or `tests` with `input` "
                "and `validate`");
  }
  return {};
}

void summarise(Context& context, std::size_t requests, std::size_t failed,
               const render::Coverage& covered) {
  if (context.terminal.quiet) return;
  std::ostream& err = context.terminal.err;
  if (context.terminal.verbose) {
    for (const routing::Route* route : covered.missed) {
      err << fmt::format("not tested: {} {}  {}\n", route->resource, route->name,
                         render::origin(route->where));
    }
  }
  err << fmt::format("{}, {} failed; {} of {} rules tested ({}%)\n",
                     str::count(requests, "request"), failed, covered.hit, covered.rules,
                     render::percent(covered.percent()));
}

Result<ExitCode> run_test(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto least = args.has("fail-under") ? yaml::to_double(args.value("fail-under")) : 0.0;
  if (!least) return usage_error("--fail-under needs a number", "for example `--fail-under 80`");
  TestFiles files;
  if (auto read = read_tests(context, args, files); !read) return tl::unexpected(read.error());
  routing::IstioOptions options;
  options.lenient_delegates = files.tests.front().form == render::RouteTest::Form::validator;
  const std::vector<std::string> named(files.mesh.begin(), files.mesh.end());
  const auto input =
      load_mesh(context, args, args.has("mesh") ? args.values("mesh") : named, options);
  if (!input) return tl::unexpected(input.error());
  tell_notes(context, (*input)->table());
  const auto results = render::run_route_tests((*input)->mesh(), (*input)->table(), files.tests);
  const render::Coverage covered = render::coverage((*input)->table(), results);
  const auto failed = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const auto& result) { return !result.failure.empty(); }));
  for (const Output& output : *wanted) {
    const auto form =
        std::find_if(render::route_test_reports().begin(), render::route_test_reports().end(),
                     [&](const auto& row) { return row.name == output.format; });
    if (auto written = write_output(context, output, form->write(results, covered)); !written) {
      return tl::unexpected(written.error());
    }
  }
  summarise(context, results.size(), failed, covered);
  return failed > 0 || covered.percent() < *least ? kBadAnswer : kOk;
}

}  // namespace

constinit const Command kRouteTest = {
    .name = "test",
    .summary = "Check expectations about routing",
    .description =
        "Each test gives a request and what must become of it; lists in a request "
        "multiply. Files of istio-config-validator and of Envoy's router_check run unchanged; the "
        "latter against a RouteConfiguration, or against the YAML that becomes one. What Istio "
        "would drop is noted.",
    .examples = kTestExamples,
    .operands = kTestOperands,
    .options = kTestOptions,
    .run = run_test,
};

}  // namespace meshfn::cli
