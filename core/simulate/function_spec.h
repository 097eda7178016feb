#pragma once

// A function platform's side of a service: how many execution environments it may run, how they
// start, stay and end, what happens to invocations that find none, and what all of it costs. Every
// number is a parameter; `function_presets.h` knows what each platform takes.

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/price.h"
#include "simulate/variate.h"

namespace meshfn::simulate {

/// How fast a function may start environments: a bucket that is refilled all the time and never
/// holds more than `burst`. AWS: 1000 every 10 s for each function; before November 2023 a burst of
/// 500 to 3000 and then 500 a minute.
struct ScalingLimit {
  double burst = 0;   ///< environments; 0: no limit
  double refill = 0;  ///< environments in `per`
  Time per = 10 * kSecond;

  bool on() const { return burst > 0; }
};

/// What the platform does with an invocation that nobody waits for (AWS: EventInvokeConfig).
struct AsyncSpec {
  std::uint32_t retries = 2;                                 ///< after an error of the function
  std::vector<Time> delays = {60 * kSecond, 120 * kSecond};  ///< before each; the last repeats
  Time max_age = 6 * 3600 * kSecond;  ///< then the event goes to the dead letters
  /// After a throttle or an error of the platform: first wait, doubled up to the longest.
  Time first_backoff = kSecond;
  Time longest_backoff = 300 * kSecond;
};

/// The execution environments behind a service.
struct FunctionSpec {
  static constexpr std::uint32_t kUnlimited = 0xFFFFFFFF;

  std::string platform = "aws-lambda";
  std::string plan;  ///< of Azure and Google; empty: the only one
  double memory_mb = 128;
  std::uint32_t concurrency = 1000;        ///< invocations at once
  std::uint32_t reserved = 0;              ///< of the account's, for this function only
  std::uint32_t provisioned = 0;           ///< environments that are started already and stay
  std::uint32_t instance_concurrency = 1;  ///< invocations at once in one environment
  std::uint32_t max_instances = kUnlimited;
  /// Share of all places above which one more environment is started, before it is needed; 0: none.
  double target = 0;
  Time target_window = 0;  ///< the share is that of so long a time; 0: of this moment
  /// Environments that are started ahead, beside those that work.
  std::uint32_t prewarmed = 0;
  /// What all functions of the platform in a region may do at once; 0: no such limit.
  std::uint32_t account_concurrency = 0;
  ScalingLimit scaling;
  double request_rate = 0;  ///< invocations per second for each unit of concurrency; 0: any
  bool queues = false;      ///< an invocation without an environment waits, and is not refused
  Time queue_timeout = 10 * kSecond;
  Distribution keep_alive = Distribution::constant(600 * kSecond);
  Time lifetime = 0;  ///< environments older than this end with their work; 0: any age
  Distribution cold_start;
  double work_factor = 1;  ///< what the memory makes of service times; they are scaled when read
  Time timeout = 0;        ///< of one invocation, start not counted; 0: none
  /// An environment that an invocation starts has so long before its start counts as that
  /// invocation's own time; what takes longer is begun anew in it. 0: starts never do.
  Time init_limit = 0;
  /// Callers get no answer later than so long after they asked, whatever goes on; 0: at any time.
  Time answer_limit = 0;
  AsyncSpec async;
  PriceList price;
  std::string where;  ///< "path:line:column", for messages; may be empty

  /// Environments that may exist for the invocations at once.
  std::uint32_t most_instances() const {
    const std::uint32_t by_requests =
        concurrency / instance_concurrency + (concurrency % instance_concurrency > 0 ? 1 : 0);
    return by_requests < max_instances ? by_requests : max_instances;
  }
};

/// What hands events to a function: a queue or a stream, and pollers that invoke it with batches.
struct SourceSpec {
  std::string kind = "sqs";
  /// 0: any batch may run beside any other. Above: so many are in order within themselves (shards
  /// times parallelization, partitions, message groups), one batch at a time in each.
  std::uint32_t lanes = 0;
  std::uint32_t keys = 0;       ///< order keys, spread over the lanes; 0: a lane at random
  double start = 5;             ///< batches at once at first
  double add_per_minute = 300;  ///< more of them while events wait
  std::uint32_t most = 1250;
  std::uint32_t batch = 10;  ///< events in a batch
  Time window = 0;           ///< how long a batch waits to be full
  Time poll = 0;             ///< an idle lane looks for events only so often
  /// Unordered: an event not done with after this is there again. Ordered: wait before a batch
  /// that failed is tried again.
  Time visibility = 30 * kSecond;
  std::uint32_t max_receive = 0;  ///< deliveries of an event before the dead letters; 0: any number
  Time retention = 0;             ///< age at which an event is dropped
  bool partial = false;           ///< the function names the events that failed
  bool bisect = false;            ///< ordered: a batch that failed is halved
  double poison = 0;              ///< share of events on which the function always fails
};

}  // namespace meshfn::simulate
