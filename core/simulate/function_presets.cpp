#include "simulate/function_presets.h"

#include <algorithm>

namespace meshfn::simulate {

namespace {

constexpr Time kMinute = 60 * kSecond;
constexpr double kHour = 3600;
using Billing = PriceList::Billing;

// AWS's and Google's prices are those of their price lists (us-east-1, tier 1), Azure's as recalled
// from its price page. Free monthly amounts and volume tiers are left out: a run is too short for
// them.
constexpr PriceList kLambda{.billing = Billing::execution,
                            .per_gb_second = 0.0000166667,
                            .per_request = 0.20e-6,
                            .idle_per_gb_second = 0.0000041667,
                            .provisioned_per_gb_second = 0.0000097222,
                            .idle_while_busy = true,
                            .storage_per_gb_second = 0.0000000309};
constexpr PriceList kConsumption{.billing = Billing::execution,
                                 .per_gb_second = 0.000016,
                                 .per_request = 0.20e-6,
                                 .memory_step_mb = 128,
                                 .least = 100 * kMillisecond,
                                 .start_counts = false};
constexpr PriceList kFlex{.billing = Billing::busy_instance,
                          .per_gb_second = 0.000026,
                          .per_request = 0.40e-6,
                          .round = 100 * kMillisecond,
                          .least = kSecond,
                          .idle_per_gb_second = 0.000004};
constexpr PriceList kPremium{.billing = Billing::instance,
                             .per_gb_second = 0.0123 / kHour,
                             .per_vcpu_second = 0.173 / kHour,
                             .vcpus = 1,
                             .round = kSecond};
constexpr PriceList kCloudRun{.billing = Billing::busy_instance,
                              .per_gb_second = 0.0000025,
                              .per_vcpu_second = 0.000024,
                              .per_request = 0.40e-6,
                              .vcpus = 1,
                              .round = 100 * kMillisecond,
                              .idle_per_gb_second = 0.0000025,
                              .idle_per_vcpu_second = 0.0000025};

/// Azure's plans without a limit of the host: what its documentation names as the default of HTTP.
constexpr std::uint32_t kAzureConcurrency = 100;
/// How long Cloud Run and Azure let a request wait: ours where they do not say.
constexpr Time kWait = 10 * kSecond;
/// Azure's load balancer gives up on an answer.
constexpr Time kAzureWait = 230 * kSecond;

constexpr FunctionPreset kPresets[] = {
    {.platform = "aws-lambda",
     .memory_mb = 128,
     .most_memory_mb = 10'240,
     .concurrency = 1000,
     .account_concurrency = 1000,
     .scaling = {1000, 1000, 10 * kSecond},
     .request_rate = 10,
     .keep_alive = 10 * kMinute,
     .timeout = 3 * kSecond,
     .longest_timeout = 15 * kMinute,
     .init_limit = 10 * kSecond,
     .processor_mb = 1769,
     .price = kLambda},
    {.platform = "azure-functions",
     .plan = "consumption",
     .memory_mb = 1536,
     .most_memory_mb = 1536,
     .instance_concurrency = kAzureConcurrency,
     .max_instances = 100,
     .scaling = {1, 1, kSecond},
     .queues = true,
     .queue_timeout = kAzureWait,
     .keep_alive = 20 * kMinute,
     .timeout = 5 * kMinute,
     .longest_timeout = 10 * kMinute,
     .answer_limit = kAzureWait,
     .price = kConsumption},
    {.platform = "azure-functions",
     .plan = "flex",
     .memory_mb = 2048,
     .least_memory_mb = 512,
     .most_memory_mb = 4096,
     .instance_concurrency = 16,
     .max_instances = 100,
     .queues = true,
     .queue_timeout = kAzureWait,
     .keep_alive = 20 * kMinute,
     .timeout = 30 * kMinute,
     .answer_limit = kAzureWait,
     .processor_mb = 2048,
     .price = kFlex},
    {.platform = "azure-functions",
     .plan = "premium",
     .memory_mb = 3584,
     .least_memory_mb = 3584,
     .most_memory_mb = 14'336,
     .instance_concurrency = kAzureConcurrency,
     .max_instances = 100,
     .ready = 1,
     .scaling = {1, 1, kSecond},
     .prewarmed = 1,
     .queues = true,
     .queue_timeout = kAzureWait,
     .keep_alive = 20 * kMinute,
     .timeout = 30 * kMinute,
     .answer_limit = kAzureWait,
     .price = kPremium},
    {.platform = "gcp-functions",
     .plan = "run",
     .memory_mb = 512,
     .most_memory_mb = 32'768,
     .instance_concurrency = 80,
     .max_instances = 100,
     .target = 0.6,
     .target_window = kMinute,
     .queues = true,
     .queue_timeout = kWait,
     .keep_alive = 15 * kMinute,
     .longest_timeout = 60 * kMinute,
     .price = kCloudRun},
    {.platform = "gcp-functions",
     .plan = "gen1",
     .memory_mb = 256,
     .most_memory_mb = 8192,
     .max_instances = 3000,
     .queues = true,
     .queue_timeout = kWait,
     .keep_alive = 15 * kMinute,
     .longest_timeout = 9 * kMinute,
     .price = kCloudRun},
};

constexpr RuntimePreset kRuntimes[] = {
    {"go", 110 * kMillisecond, 300 * kMillisecond},
    {"python", 200 * kMillisecond, 600 * kMillisecond},
    {"node", 220 * kMillisecond, 600 * kMillisecond},
    {"dotnet", 600 * kMillisecond, 1500 * kMillisecond},
    {"java", 1300 * kMillisecond, 3500 * kMillisecond},
    {"java-snapstart", 180 * kMillisecond, 500 * kMillisecond},
};

}  // namespace

std::span<const FunctionPreset> function_presets() { return kPresets; }

const FunctionPreset* find_preset(std::string_view platform, std::string_view plan) {
  for (const FunctionPreset& preset : kPresets) {
    if (preset.platform == platform && (plan.empty() || preset.plan == plan)) return &preset;
  }
  return nullptr;
}

FunctionSpec spec_of(const FunctionPreset& preset) {
  FunctionSpec spec;
  spec.platform = preset.platform;
  spec.plan = preset.plan;
  spec.memory_mb = preset.memory_mb;
  spec.instance_concurrency = preset.instance_concurrency;
  spec.max_instances = preset.max_instances;
  spec.concurrency = preset.concurrency;
  if (preset.max_instances != FunctionSpec::kUnlimited) {
    spec.concurrency =
        std::min(spec.concurrency, preset.max_instances * preset.instance_concurrency);
  }
  spec.provisioned = preset.ready;
  spec.target = preset.target;
  spec.target_window = preset.target_window;
  spec.prewarmed = preset.prewarmed;
  spec.scaling = preset.scaling;
  spec.request_rate = preset.request_rate;
  spec.queues = preset.queues;
  spec.queue_timeout = preset.queue_timeout;
  spec.keep_alive = Distribution::constant(preset.keep_alive);
  spec.timeout = preset.timeout > 0 ? preset.timeout : preset.longest_timeout;
  spec.init_limit = preset.init_limit;
  spec.answer_limit = preset.answer_limit;
  spec.price = preset.price;
  return spec;
}

std::span<const RuntimePreset> runtime_presets() { return kRuntimes; }

double processor_factor(double memory_mb, double processor_mb) {
  return processor_mb > 0 ? 1 / std::min(1.0, memory_mb / processor_mb) : 1;
}

std::vector<SourcePreset> source_presets() {
  constexpr Time kDay = 24 * 3600 * kSecond;
  SourceSpec sqs;
  sqs.retention = 4 * kDay;
  SourceSpec fifo = sqs;
  fifo.lanes = 100;
  SourceSpec kinesis;
  kinesis.start = kinesis.most = 1'000'000;
  kinesis.lanes = 1;
  kinesis.batch = 100;
  kinesis.poll = kSecond;
  kinesis.visibility = kSecond;
  kinesis.retention = kDay;
  SourceSpec dynamodb = kinesis;
  dynamodb.poll = kSecond / 4;
  SourceSpec kafka = kinesis;
  kafka.start = 1;
  kafka.add_per_minute = 1;
  kafka.poll = 0;
  kafka.retention = 7 * kDay;
  // Azure: four instances at a time, thirty seconds apart, with 24 messages of a queue or 16 calls
  // of a service bus in each.
  SourceSpec queue = sqs;
  queue.start = 1;
  queue.batch = 1;
  queue.add_per_minute = 192;
  queue.most = 4800;
  queue.max_receive = 5;
  queue.retention = 7 * kDay;
  SourceSpec bus = queue;
  bus.add_per_minute = 128;
  bus.most = 1600;
  bus.max_receive = 10;
  SourceSpec hub = kinesis;
  hub.poll = 0;
  hub.lanes = 4;
  // Google pushes one message a request, and again after the acknowledgement deadline.
  SourceSpec pubsub = sqs;
  pubsub.batch = 1;
  pubsub.start = 100;
  pubsub.add_per_minute = 3000;
  pubsub.most = 10'000;
  pubsub.visibility = 10 * kSecond;
  pubsub.retention = 7 * kDay;
  std::vector<SourcePreset> out = {
      {"sqs", "AWS SQS, standard queue", false, sqs},
      {"sqs-fifo", "AWS SQS, one batch at a time of each message group", true, fifo},
      {"kinesis", "AWS Kinesis, by shard in order", true, kinesis},
      {"dynamodb", "AWS DynamoDB stream, by shard in order", true, dynamodb},
      {"kafka", "Kafka, by partition in order", true, kafka},
      {"azure-queue", "Azure Storage queue", false, queue},
      {"service-bus", "Azure Service Bus queue", false, bus},
      {"event-hub", "Azure Event Hub, by partition in order", true, hub},
      {"pubsub", "Google Pub/Sub push subscription", false, pubsub},
  };
  for (SourcePreset& preset : out) preset.spec.kind = preset.name;
  return out;
}

}  // namespace meshfn::simulate
