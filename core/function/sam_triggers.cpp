#include "function/sam_triggers.h"

#include <fmt/format.h>

#include "base/str.h"

namespace meshfn::function {

namespace {

/// The name at the end of an ARN or of a reference, by which resources are looked up.
std::string_view last_part(std::string_view arn) { return arn.substr(arn.rfind(':') + 1); }

bool is_true(const TemplateContext& context, yaml::Node node) {
  return str::lower(context.values.text(node).value_or("")) == "true";
}

void read_http(const TemplateContext& context, Front front, yaml::Node properties,
               Function& function) {
  Route route;
  route.front = front;
  route.path = context.values.text(properties.find("Path")).value_or("/{proxy+}");
  route.method = str::upper(context.values.text(properties.find("Method")).value_or("ANY"));
  if (route.method == "X-AMAZON-APIGATEWAY-ANY-METHOD" || route.method == "*") route.method = "ANY";
  if (route.path == "$default") route.path = "/{proxy+}";
  function.triggers.routes.push_back(std::move(route));
}

/// The redrive policy of the queue that `arn` means, when the template describes it.
void read_redrive(const TemplateContext& context, std::string_view arn, BatchPolicy& batch) {
  const yaml::Node queue = context.root.at("Resources", last_part(arn)).find("Properties");
  const yaml::Node policy = queue.find("RedrivePolicy");
  batch.max_receive_count = context.values.integer(policy.find("maxReceiveCount")).value_or(0);
  batch.dead_letter = context.values.text(policy.find("deadLetterTargetArn")).value_or("");
}

void read_batch(const TemplateContext& context, yaml::Node properties, Function& function) {
  BatchPolicy& batch = function.triggers.batch;
  for (const yaml::Node type : properties.find("FunctionResponseTypes").items()) {
    if (type.text() == "ReportBatchItemFailures") batch.reports_failures = true;
  }
  batch.bisects = is_true(context, properties.find("BisectBatchOnFunctionError"));
  batch.retries = context.values.integer(properties.find("MaximumRetryAttempts")).value_or(-1);
  const yaml::Node failure = properties.at("DestinationConfig", "OnFailure");
  batch.on_failure = context.values.text(failure.find("Destination")).value_or("");
  if (const auto queue = context.values.text(properties.find("Queue"))) {
    read_redrive(context, *queue, batch);
  }
}

void read_event(const TemplateContext& context, yaml::Node event, Function& function) {
  const std::string_view type = event.find("Type").text();
  const yaml::Node properties = event.find("Properties");
  if (type == "Api") return read_http(context, Front::rest_api, properties, function);
  if (type == "HttpApi") return read_http(context, Front::http_api, properties, function);
  if (type == "SQS" || type == "Kinesis" || type == "DynamoDB") {
    read_batch(context, properties, function);
  }
}

void read_async(const TemplateContext& context, const FunctionProperties& properties,
                Function& function) {
  AsyncPolicy& async = function.triggers.async;
  const yaml::Node config = properties.find("EventInvokeConfig");
  async.retries = context.values.integer(config.find("MaximumRetryAttempts")).value_or(2);
  async.max_age_s =
      context.values.integer(config.find("MaximumEventAgeInSeconds")).value_or(21'600);
  const yaml::Node destinations = config.find("DestinationConfig");
  const auto destination = [&](std::string_view name) {
    const yaml::Node node = destinations.find(name);
    if (!node) return std::string();
    // SAM makes the queue or topic itself when only its type is said.
    const std::string made = std::string(node.find("Type").text()) + " made by SAM";
    return context.values.text(node.find("Destination")).value_or(made);
  };
  async.on_success = destination("OnSuccess");
  async.on_failure = destination("OnFailure");
  const yaml::Node serverless = properties.find("DeadLetterQueue");
  const yaml::Node plain = properties.find("DeadLetterConfig");
  async.dead_letter =
      context.values.text((serverless ? serverless : plain).find("TargetArn")).value_or("");
}

void read_layers(const TemplateContext& context, yaml::Node layers, Function& function) {
  for (const yaml::Node layer : layers.items()) {
    const std::string name = context.values.text(layer).value_or("");
    const yaml::Node content =
        context.root.at("Resources", last_part(name)).at("Properties", "ContentUri");
    const std::string folder = context.values.text(content).value_or("");
    if (!folder.empty()) {
      function.layers.push_back(path::join(context.directory, folder));
      continue;
    }
    context.notes.push_back(
        fmt::format("{}: the layer `{}` of `{}` is not here: give it with --layer",
                    source::to_string(layer.where()), name, function.name));
  }
}

}  // namespace

void read_triggers(const TemplateContext& context, const FunctionProperties& properties,
                   Function& function) {
  for (const auto [name, event, merged] : properties.own.find("Events").entries()) {
    read_event(context, event, function);
  }
  if (properties.find("FunctionUrlConfig")) {
    function.triggers.routes.push_back({Front::function_url, "ANY", "/{proxy+}"});
  }
  read_async(context, properties, function);
  read_layers(context, properties.find("Layers"), function);
}

}  // namespace meshfn::function
