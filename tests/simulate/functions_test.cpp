// What function platforms do with invocations and events, step by step, on small traces whose
// outcome can be counted by hand.

#include <algorithm>

#include "base/files.h"
#include "catch.h"
#include "simulate/report.h"
#include "simulate/scenario_reader.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

Scenario scenario_of(const std::string& text, std::map<std::string, std::string> others = {}) {
  source::Store store;
  yaml::Problems problems;
  const MemoryFiles files(std::move(others));
  auto file = read_scenario(store.add("s.yaml", text), files, store, problems);
  for (const auto& problem : problems) FAIL(problem.message);
  return std::move(file->scenario);
}

/// One function `f` that is sent requests at the moments of `trace`, one a line.
Answer played(const std::string& function, const std::string& trace, const std::string& more = {},
              const std::string& load = {}) {
  static std::vector<std::unique_ptr<World>> kept;  // an answer points into its world
  kept.push_back(world_of(scenario_of("duration: 200s\nservices: {f: {function: {" + function +
                                          "}, service-time: 1s" + more + "}}\nload: [{to: f, " +
                                          load + "arrivals: {trace: t.txt}}]\n",
                                      {{"t.txt", trace}})));
  return answer_of(*kept.back());
}

FunctionFigures figures(const Answer& answer) { return *answer.services[0].function; }

std::uint64_t refused(const Answer& answer, Refusal why) {
  return figures(answer).refused[static_cast<std::size_t>(why)];
}

}  // namespace

TEST_CASE("the environment used last is taken first", "[simulate][function]") {
  // Two are started at 0; from then on one request at a time keeps one of them warm, and the other
  // is gone after its keep-alive: the pair at 30 s starts one.
  const Answer answer =
      played("keep-alive: 10s, cold-start: 500ms", "0s\n0s\n5s\n10s\n15s\n20s\n25s\n30s\n30s\n");
  CHECK(figures(answer).cold_starts == 3);
  CHECK(figures(answer).environments == 3);
  CHECK(figures(answer).most_environments == 2);
  CHECK(answer.totals.latency.max == Approx(1500).epsilon(0.01));
  // The second ends at 1.5 s + 10 s; the first lives to 31 s + 10 s, the third to 31.5 s + 10 s.
  CHECK(figures(answer).existed_seconds == Approx(11.5 + 41 + 11.5).epsilon(0.02));
}

TEST_CASE("provisioned environments are never cold and cost while idle", "[simulate][function]") {
  const Answer answer =
      played("memory: 1GB, concurrency: {provisioned: 2}, keep-alive: 10s, cold-start: 500ms",
             "50s\n50s\n50s\n");
  CHECK(figures(answer).cold_starts == 1);
  CHECK(figures(answer).executions == 3);
  CHECK(figures(answer).price.ready == Approx(2 * 200 * 0.0000041667));
  CHECK(figures(answer).price.duration == Approx(2 * 0.0000097222 + 1.5 * 0.0000166667));
}

TEST_CASE("environments start no faster than the scaling rate", "[simulate][function]") {
  // A bucket of 2 that gains 1 a second: of five at once two run; at 1 s a third environment may
  // start, and unused allowance is not saved up beyond the two.
  const std::string scaling = "scaling: {burst: 2, refill: 1, per: 1s}, cold-start: 100ms";
  const Answer rejected = played(scaling, "0s\n0s\n0s\n0s\n0s\n1s\n1s\n");
  CHECK(figures(rejected).executions == 3);
  CHECK(refused(rejected, Refusal::scaling) == 4);
  const Answer later = played(scaling, "0s\n100s\n100s\n100s\n100s\n");
  CHECK(figures(later).executions == 4);
  CHECK(figures(later).environments == 3);
  CHECK(refused(later, Refusal::scaling) == 1);
  // Where invocations wait, the same allowance lets them in one after the other.
  const Answer queued =
      played(scaling + ", on-full: {queue: 60s}, max-instances: 5", "0s\n0s\n0s\n0s\n0s\n");
  CHECK(figures(queued).executions == 5);
  CHECK(figures(queued).throttled == 0);
}

TEST_CASE("an invocation that waits too long is answered 429", "[simulate][function]") {
  // One environment of one place: at 0, 1 and 2 s it takes the next; the fourth has waited 2.5 s.
  const Answer answer = played("max-instances: 1, on-full: {queue: 2500ms}", "0s\n0s\n0s\n0s\n");
  CHECK(figures(answer).executions == 3);
  CHECK(refused(answer, Refusal::waited) == 1);
  CHECK(answer.totals.latency.max == Approx(3000).epsilon(0.01));
  const Answer small =
      played("max-instances: 1, on-full: {queue: 60s}", "0s\n0s\n0s\n0s\n", ", queue: 2");
  CHECK(refused(small, Refusal::full) == 1);
}

TEST_CASE("an environment with places takes several at once", "[simulate][function]") {
  const Answer answer =
      played("platform: gcp-functions, cold-start: 2s, instance-concurrency: 3, target: 0%",
             "0s\n100ms\n200ms\n300ms\n50s\n50s\n50s\n50s\n");
  // The first three wait for one start, the fourth for another; later all four find places.
  CHECK(figures(answer).environments == 2);
  CHECK(figures(answer).cold_starts == 4);
  CHECK(answer.totals.latency.max == Approx(3000).epsilon(0.01));
}

TEST_CASE("beyond its target a platform starts one more before it is needed",
          "[simulate][function]") {
  // Of four places three are taken at 100 ms: the second environment is there for the fifth
  // request.
  const auto cold = [](const std::string& target) {
    return figures(played("platform: gcp-functions, cold-start: 100ms, instance-concurrency: 4, "
                          "target-window: 0s, target: " +
                              target,
                          "0s\n200ms\n201ms\n202ms\n400ms\n"))
        .cold_starts;
  };
  CHECK(cold("60%") == 1);
  CHECK(cold("0%") == 2);
}

TEST_CASE("a target over a minute is met by what lasts, not by what comes once",
          "[simulate][function]") {
  // Four places; each request takes a second. Three at once, then nothing: half a minute later the
  // average is 0.1. Three all the time: it is 3, above 60 % of four places.
  std::string once = "0s\n0s\n0s\n";
  std::string always;
  for (int second = 0; second < 40; ++second) {
    for (int i = 0; i < 3; ++i) always += std::to_string(second) + "s\n";
  }
  const auto environments = [](const std::string& trace) {
    return figures(played("platform: gcp-functions, cold-start: 1ms, instance-concurrency: 4",
                          trace + "45s\n"))
        .environments;
  };
  CHECK(environments(once) == 1);
  CHECK(environments(always) == 2);
}

TEST_CASE("a prewarmed environment takes the request that finds the others busy",
          "[simulate][function]") {
  const auto cold = [](const std::string& prewarmed) {
    return figures(played("platform: azure-functions, plan: premium, memory: 3584MB, "
                          "scaling: none, instance-concurrency: 1, cold-start: 500ms, "
                          "prewarmed-instances: " +
                              prewarmed,
                          "0s\n100ms\n10s\n10100ms\n10200ms\n"))
        .cold_starts;
  };
  // The start that the first request sets off is over when three come at once.
  CHECK(cold("0") == 2);
  CHECK(cold("1") < cold("0"));
}

TEST_CASE("min-instances stay when everything else is gone", "[simulate][function]") {
  const Answer answer = played(
      "platform: gcp-functions, min-instances: 1, keep-alive: 1s, cold-start: 2s", "100s\n150s\n");
  CHECK(figures(answer).cold_starts == 0);
  CHECK(figures(answer).existed_seconds == Approx(200));
}

TEST_CASE("more requests a second than ten times the concurrency are refused",
          "[simulate][function]") {
  std::string trace;
  for (int i = 0; i < 100; ++i) trace += "1s\n";
  // 3 at once may do 30 a second; the rate is asked before the concurrency.
  const Answer answer = played("concurrency: 3", trace);
  CHECK(figures(answer).executions == 3);
  CHECK(refused(answer, Refusal::limit) == 27);
  CHECK(refused(answer, Refusal::rate) == 70);
  CHECK(refused(played("concurrency: 3, request-rate: 0", trace), Refusal::limit) == 97);
}

TEST_CASE("the timeout of a function ends its environment", "[simulate][function]") {
  const Answer answer = played("timeout: 500ms, cold-start: 2s", "0s\n10s\n");
  CHECK(figures(answer).timeouts == 2);
  CHECK(figures(answer).cold_starts == 2);
  CHECK(answer.totals.success_rate == 0);
  CHECK(answer.totals.latency.max == Approx(2500).epsilon(0.01));
  // One that calls others is ended while it waits for them.
  const auto world = world_of(scenario_of(
      "duration: 60s\nservices:\n  f: {function: {timeout: 2s}, service-time: 1s, calls: [slow]}\n"
      "  slow: {endpoints: 1, service-time: 30s}\n"
      "load: [{to: f, arrivals: {trace: t.txt}}]\n",
      {{"t.txt", "0s\n"}}));
  const Answer calling = answer_of(*world);
  CHECK(calling.totals.counts.failed == 1);
  CHECK(calling.totals.latency.max == Approx(2000).epsilon(0.01));
}

TEST_CASE("a start over its limit is the invocation's own time", "[simulate][function]") {
  // Ten seconds of the start in vain, then it begins anew within the timeout.
  const Answer ended = played("timeout: 1s, cold-start: 12s", "0s\n");
  CHECK(figures(ended).timeouts == 1);
  const Answer free = played("timeout: 1s, cold-start: 12s, price: {start: false}", "0s\n");
  CHECK(figures(free).price.duration == 0);
  CHECK(ended.totals.latency.max == Approx(11'000).epsilon(0.01));
  const Answer done = played("timeout: 14s, cold-start: 12s", "0s\n");
  CHECK(figures(done).timeouts == 0);
  CHECK(done.totals.latency.max == Approx(23'000).epsilon(0.01));
  CHECK(played("timeout: 2s, cold-start: 9s", "0s\n").totals.success_rate == 1);
}

TEST_CASE("Azure answers after 230 s whatever the function does", "[simulate][function]") {
  const auto world =
      world_of(scenario_of("duration: 600s\nservices:\n"
                           "  f: {function: {platform: azure-functions}, service-time: 250s}\n"
                           "load: [{to: f, arrivals: {trace: t.txt}}]\n",
                           {{"t.txt", "0s\n"}}));
  const Answer answer = answer_of(*world);
  CHECK(answer.totals.counts.failed == 1);
  CHECK(answer.totals.latency.max == Approx(230'000).epsilon(0.01));
  // It was not the function that ended, and its work is paid for.
  CHECK(figures(answer).timeouts == 0);
  CHECK(figures(answer).executions == 1);
}

TEST_CASE("less memory makes computing longer, up to a whole processor", "[simulate][function]") {
  // Half of the second is computing; 1769 MB are one processor.
  CHECK(played("memory: 1769MB, cpu-time: 50%", "0s\n").totals.latency.max ==
        Approx(1000).epsilon(0.01));
  CHECK(played("memory: 8GB, cpu-time: 50%", "0s\n").totals.latency.max ==
        Approx(1000).epsilon(0.01));
  CHECK(played("memory: 512MB, cpu-time: 50%", "0s\n").totals.latency.max ==
        Approx(500 + 500 * 1769.0 / 512).epsilon(0.01));
  CHECK(played("memory: 512MB", "0s\n").totals.latency.max == Approx(1000).epsilon(0.01));
}

TEST_CASE("an environment over its lifetime ends with its work", "[simulate][function]") {
  CHECK(figures(played("lifetime: 20s", "0s\n10s\n20s\n30s\n")).cold_starts == 2);
}

TEST_CASE("a neighbour uses up the account", "[simulate][function]") {
  const std::string text = R"(
duration: 60s
functions: {account-concurrency: 120}
services:
  busy: {function: {keep-alive: 1h}, service-time: 1s}
  victim: {function: {keep-alive: 1h RESERVED}, service-time: 10ms}
load:
  - {to: busy, arrivals: {constant: 300/s}}
  - {to: victim, arrivals: {constant: 10/s}}
)";
  const auto failed = [&](const std::string& reserved) {
    std::string own = text;
    own.replace(own.find(" RESERVED"), 9, reserved);
    const auto world = world_of(scenario_of(own));
    const Answer answer = answer_of(*world);
    return answer.record.loads[1][0].counts.failed;
  };
  CHECK(failed("") > 100);
  CHECK(failed(", concurrency: {reserved: 5}") == 0);
}

TEST_CASE("events that fail are tried again, then among the dead letters", "[simulate][function]") {
  // Every invocation fails: the first, after 10 s and after 20 s more.
  const Answer dead =
      played("async: {delays: [10s, 20s]}", "0s\n1s\n", ", errors: 100%", "invoke: async, ");
  REQUIRE(figures(dead).events);
  CHECK(figures(dead).executions == 6);
  CHECK(figures(dead).events->retried == 4);
  CHECK(figures(dead).events->dead_letters == 2);
  // Whoever sent them was answered at once.
  CHECK(dead.totals.success_rate == 1);
  CHECK(dead.totals.latency.max < 1);
  const Answer old = played("async: {delays: [10s, 20s], max-age: 15s}", "0s\n", ", errors: 100%",
                            "invoke: async, ");
  CHECK(figures(old).executions == 2);
  CHECK(figures(old).events->expired == 1);
}

TEST_CASE("throttled events come back later and later", "[simulate][function]") {
  // Two at once where one fits, for a second each: the second is there again after 1 s.
  const Answer answer = played("concurrency: 1", "0s\n0s\n0s\n", "", "invoke: async, ");
  CHECK(figures(answer).executions == 3);
  CHECK(figures(answer).events->pushed_back >= 2);
  CHECK(figures(answer).events->dead_letters == 0);
  CHECK(figures(answer).events->age_max >= 2);
}

TEST_CASE("a batch is full or has waited", "[simulate][function][source]") {
  const std::string source = "source: {sqs: {batch: 4, window: 5s}}, ";
  const Answer answer = played("cold-start: 0s", "0s\n0s\n0s\n0s\n10s\n", "", source);
  CHECK(figures(answer).events->batches == 2);
  CHECK(figures(answer).executions == 2);
  // The last one waits for the window, then works for a second.
  CHECK(answer.totals.latency.max == Approx(6000).epsilon(0.01));
  CHECK(answer.totals.success_rate == 1);
}

TEST_CASE("a poison message takes its batch with it", "[simulate][function][source]") {
  const std::string trace = "0s\n0s\n0s\n0s\n";
  const std::string queue =
      "source: {sqs: {batch: 4, window: 1s, visibility: 10s, poison: 100%, "
      "max-receive: 3}}, ";
  const Answer dead = played("cold-start: 0s", trace, "", queue);
  CHECK(figures(dead).executions == 3);
  CHECK(figures(dead).events->dead_letters == 4);
  CHECK(dead.totals.success_rate == 0);
}

TEST_CASE("a function slower than the visibility gets messages twice",
          "[simulate][function][source]") {
  const Answer answer =
      played("cold-start: 0s", "0s\n", "", "source: {sqs: {visibility: 600ms, max-receive: 3}}, ");
  CHECK(figures(answer).events->duplicates == 3);
  CHECK(figures(answer).executions == 3);
}

TEST_CASE("throttles use up the deliveries of a message", "[simulate][function][source]") {
  // 50 messages for one environment with a second of work each: what cannot be had within the
  // visibility timeout counts as delivered all the same.
  std::string trace;
  for (int i = 0; i < 50; ++i) trace += "0s\n";
  const std::string source =
      "source: {sqs: {batch: 1, start: 50, visibility: 5s, max-receive: 2}}, ";
  const Answer tight = played("concurrency: 1", trace, "", source);
  CHECK(figures(tight).events->dead_letters > 10);
  // A cap on the pollers is what helps.
  const Answer capped = played("concurrency: 1", trace, "",
                               "source: {sqs: {batch: 1, start: 1, max: 1, visibility: 5s, "
                               "max-receive: 2}}, ");
  CHECK(figures(capped).events->dead_letters == 0);
  CHECK(figures(capped).throttled == 0);
}

TEST_CASE("a shard is in order, and a bad record holds it up", "[simulate][function][source]") {
  std::string trace;
  std::string later;  // all there when the shard is looked at, a second after the start
  for (int i = 0; i < 8; ++i) trace += "0s\n";
  for (int i = 0; i < 8; ++i) later += "500ms\n";
  // One at a time, whatever the function could do.
  const Answer one =
      played("cold-start: 0s", trace, "", "source: {kinesis: {batch: 1, poll: 0s}}, ");
  CHECK(figures(one).most_at_once == 1);
  CHECK(one.totals.latency.max == Approx(8000).epsilon(0.01));
  const Answer two =
      played("cold-start: 0s", trace, "",
             "source: {kinesis: {batch: 1, poll: 0s, shards: 2, parallelization: 4}}, ");
  CHECK(figures(two).most_at_once > 1);
  CHECK(figures(two).most_at_once <= 8);
  // The batch of eight fails four times, a second of work and a second of waiting apart.
  const Answer bad =
      played("cold-start: 0s", later, "", "source: {kinesis: {poison: 100%, max-receive: 4}}, ");
  CHECK(figures(bad).events->retried == 3);
  CHECK(figures(bad).events->dead_letters == 8);
  // Halved until each is alone: 8, 4, 2, 1 and so on, all of them bad.
  const Answer halved = played("cold-start: 0s", later, "",
                               "source: {kinesis: {poison: 100%, max-receive: 1, bisect: true}}, ");
  CHECK(figures(halved).events->dead_letters == 8);
  CHECK(figures(halved).executions > 8);
}

TEST_CASE("a backlog that only grows is said", "[simulate][function][source]") {
  std::string trace;
  for (int i = 0; i < 2000; ++i) trace += "1s\n";
  const std::string source = "source: {sqs: {batch: 1}}, ";
  const auto said = [](const Answer& answer) {
    return std::any_of(answer.warnings.begin(), answer.warnings.end(), [](const std::string& w) {
      return w.find("cannot keep up with its events") != w.npos;
    });
  };
  CHECK(said(played("concurrency: 1", trace, "", source)));
  CHECK_FALSE(said(played("concurrency: 1", "0s\n1s\n", "", source)));
}

TEST_CASE("messages are conserved, whatever happens to them", "[simulate][function][source]") {
  for (const char* source :
       {"{sqs: {poison: 3%, max-receive: 2, visibility: 3s, batch: 5}}",
        "{sqs: {poison: 3%, max-receive: 2, visibility: 3s, batch: 5, partial: true}}",
        "{sqs: {visibility: 300ms, max-receive: 4, max-age: 20s}}",
        "{kinesis: {shards: 3, parallelization: 2, poison: 1%, max-receive: 3, bisect: true}}",
        "{kafka: {partitions: 5, poison: 1%, max-receive: 3, partial: true, order-keys: 7}}",
        "{sqs-fifo: {groups: 9, max-receive: 2, max-age: 30s}}", "pubsub", "azure-queue"}) {
    Scenario scenario = scenario_of(std::string(R"(
duration: 90s
warmup: 5s
services:
  f: {function: {concurrency: 12, cold-start: 200ms}, service-time: {exponential: 200ms}, errors: 2%}
load: [{to: f, arrivals: {poisson: 60/s}, source: )") +
                                    source +
                                    R"(}]
faults: [{name: gone, at: 40s, for: 10s, service: f, effect: down}]
)");
    INFO(source);
    const auto world = world_of(scenario);
    const Recording r = run(*world, 3);
    const Counts c = entry_tally(r).counts;
    CHECK(c.started > 3000);
    CHECK(c.started == c.ok + c.failed + r.in_flight);
    CHECK(r.endpoints[0].most_busy <= 12);
    const FunctionRecord& f = r.functions[0];
    CHECK(f.dead_letters + f.expired == c.failed);
    CHECK(to_json(answer_of(*world, 3), std::nullopt) ==
          to_json(answer_of(*world, 3), std::nullopt));
  }
}

TEST_CASE("functions are the same bytes on any number of threads and when merged",
          "[simulate][function]") {
  const auto world = world_of(scenario_of(R"(
duration: 60s
services:
  f: {function: {runtime: node, memory: 512MB, concurrency: 5, keep-alive: {exponential: 2s}},
      service-time: {exponential: 100ms}, errors: 5%}
  g: {function: {platform: azure-functions, runtime: dotnet}, service-time: {exponential: 50ms}}
load:
  - {to: f, arrivals: {poisson: 20/s}, source: sqs}
  - {to: g, arrivals: {poisson: 20/s}, invoke: async}
)"));
  const std::string one = to_json(simulate(*world, 1, 4, 1), std::nullopt);
  CHECK(to_json(simulate(*world, 1, 4, 3), std::nullopt) == one);
  CHECK(one.find("\"age") != std::string::npos);
}

}  // namespace meshfn::simulate
