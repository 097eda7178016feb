// What lint costs on 10 MB of generated Kubernetes and Istio YAML (DESIGN section 6): its rate
// beside libyaml's own event rate on the same bytes, its peak memory, and what a second thread
// brings beside what a second process does. `lint_bench N` takes N megabytes; `lint_bench N FILE`
// writes what was generated.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/heap.h"
#include "lint/linter.h"

namespace {

constexpr int kRepeats = 7;

constexpr std::string_view kNamespace = R"(---
apiVersion: v1
kind: Namespace
metadata:
  name: {team}
  labels:
    istio-injection: enabled
)";

constexpr std::string_view kService = R"(---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {team}
  labels:
    app: {name}
spec:
  ports:
  - name: http
    port: 8080
    targetPort: http
  selector:
    app: {name}
)";

constexpr std::string_view kDeployment = R"(---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}-{version}
  namespace: {team}
  labels:
    app: {name}
    version: {version}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: {name}
      version: {version}
  template:
    metadata:
      labels:
        app: {name}
        version: {version}
    spec:
      serviceAccountName: default
      containers:
      - name: server
        image: registry.example.com/{team}/{name}:1.4.2
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: LOG_LEVEL
          value: "info"
        - name: UPSTREAM_TIMEOUT
          value: "2s"
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        readinessProbe:
          httpGet:
            path: /ready
            port: http
          periodSeconds: 5
)";

constexpr std::string_view kDestinationRule = R"(---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {name}
  namespace: {team}
spec:
  host: {name}.{team}.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: 200
        connectTimeout: 1s
      http:
        http1MaxPendingRequests: 100
    outlierDetection:
      consecutive5xxErrors: 5
      interval: 10s
      baseEjectionTime: 30s
      maxEjectionPercent: 50
  subsets:
  - name: v1
    labels:
      version: v1
  - name: v2
    labels:
      version: v2
)";

constexpr std::string_view kVirtualService = R"(---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {name}
  namespace: {team}
spec:
  hosts:
  - {name}.{team}.svc.cluster.local
  http:
  - name: testers
    match:
    - headers:
        x-tester:
          exact: "true"
    route:
    - destination:
        host: {name}.{team}.svc.cluster.local
        subset: v2
    timeout: 2s
  - name: everyone
    route:
    - destination:
        host: {name}.{team}.svc.cluster.local
        subset: v1
      weight: 90
    - destination:
        host: {name}.{team}.svc.cluster.local
        subset: v2
      weight: 10
    timeout: 5s
    retries:
      attempts: 2
      perTryTimeout: 1s
      retryOn: connect-failure,refused-stream,503
)";

void append(std::string& out, std::string_view form, const std::string& team,
            const std::string& name, const std::string& version) {
  out += fmt::format(fmt::runtime(form), fmt::arg("team", team), fmt::arg("name", name),
                     fmt::arg("version", version));
}

using Texts = std::vector<std::string>;

/// Services that route to themselves, twenty a namespace and file, until there are `bytes`; each
/// with two versions, all that is referred to is there.
Texts generate(std::size_t bytes) {
  Texts texts;
  std::size_t made = 0;
  for (std::size_t i = 0; made < bytes; ++i) {
    const std::string team = fmt::format("team-{}", i / 20);
    const std::string name = fmt::format("service-{}", i);
    if (i % 20 == 0) append(texts.emplace_back(), kNamespace, team, name, "");
    std::string& text = texts.back();
    const std::size_t before = text.size();
    append(text, kService, team, name, "");
    append(text, kDeployment, team, name, "v1");
    append(text, kDeployment, team, name, "v2");
    append(text, kDestinationRule, team, name, "");
    append(text, kVirtualService, team, name, "");
    made += text.size() - before;
  }
  return texts;
}

/// The shortest of several runs.
class Best {
 public:
  void time(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    seconds_ = std::min(seconds_, took.count());
  }

  double seconds() const { return seconds_; }

 private:
  double seconds_ = 1e9;
};

void parse_events(const std::string& text) {
  yaml_parser_t parser;
  yaml_parser_initialize(&parser);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  yaml_event_t event;
  bool done = false;
  while (!done && yaml_parser_parse(&parser, &event) == 1) {
    done = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
  }
  yaml_parser_delete(&parser);
}

std::size_t lint(const Texts& texts, std::size_t threads) {
  meshfn::source::Store store;
  meshfn::lint::Options options;
  options.threads = threads;
  std::vector<meshfn::lint::Input> inputs;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    inputs.push_back({fmt::format("team-{}.yaml", i), texts[i], false, true});
  }
  return meshfn::lint::lint(std::move(inputs), options, store).findings.size();
}

/// Lints twice at the same time, in processes that share nothing: what the machine's second
/// processor is worth, which no number of threads can exceed.
void lint_beside_itself(const Texts& texts) {
  const pid_t child = fork();
  lint(texts, 1);
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
}

/// Peak memory in bytes of a process that does nothing but lint `texts`.
std::size_t peak_memory(const Texts& texts) {
  const pid_t child = fork();
  if (child == 0) {
    lint(texts, 1);
    _exit(0);
  }
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  return static_cast<std::size_t>(used.ru_maxrss) * 1024;
}

}  // namespace

int main(int argc, char** argv) {
  meshfn::prepare_heap();
  const double megabytes = argc > 1 ? std::atof(argv[1]) : 10;
  const Texts texts = generate(static_cast<std::size_t>(megabytes * 1e6));
  if (argc > 2) {
    std::ofstream out(argv[2]);
    for (const std::string& text : texts) out << text;
    return 0;
  }
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  const auto size = static_cast<double>(bytes);
  // Before anything else has grown this process; the texts are in it twice.
  const std::size_t memory = peak_memory(texts) - bytes;
  std::size_t findings = 0;
  // In turns, so that a slow minute of the machine is one for all of them.
  Best parse, alone, shared, beside;
  for (int i = 0; i < kRepeats; ++i) {
    parse.time([&] {
      for (const std::string& text : texts) parse_events(text);
    });
    alone.time([&] { findings = lint(texts, 1); });
    shared.time([&] { findings = lint(texts, 2); });
    beside.time([&] { lint_beside_itself(texts); });
  }
  const double events = parse.seconds();
  const double one = alone.seconds();
  const double two = shared.seconds();
  const double both = beside.seconds();
  fmt::print("lint: {:.1f} MB in {} files, {} findings\n", size / 1e6, texts.size(), findings);
  fmt::print("  libyaml's events   {:6.1f} MB/s\n", size / 1e6 / events);
  fmt::print("  one thread         {:6.1f} MB/s, {:.0f} % of libyaml's rate (target 40)\n",
             size / 1e6 / one, 100 * events / one);
  fmt::print("  two threads        {:6.1f} MB/s, {:.2f} times one (target 1.7)\n", size / 1e6 / two,
             one / two);
  fmt::print("  two processes      {:6.1f} MB/s, {:.2f} times one: all that this machine has\n",
             2 * size / 1e6 / both, 2 * one / both);
  fmt::print("  peak memory        {:6.1f} MB, {:.1f} times the input (target 10)\n",
             static_cast<double>(memory) / 1e6, static_cast<double>(memory) / size);
  return 0;
}
