#include "function/cloudformation.h"

#include <fmt/format.h>

#include "base/str.h"
#include "yaml/scalar.h"

namespace meshfn::function {

namespace {

constexpr std::string_view kAccount = "123456789012";

std::string place(yaml::Node node) { return source::to_string(node.where()); }

struct Arn {
  std::string_view type;
  std::string_view form;  ///< 0: region, 1: account, 2: the resource
};

/// Of the types whose ARN is more than service, region, account and name.
constexpr Arn kArns[] = {
    {"AWS::DynamoDB::Table", "arn:aws:dynamodb:{0}:{1}:table/{2}"},
    {"AWS::Events::EventBus", "arn:aws:events:{0}:{1}:event-bus/{2}"},
    {"AWS::IAM::Role", "arn:aws:iam::{1}:role/{2}"},
    {"AWS::Kinesis::Stream", "arn:aws:kinesis:{0}:{1}:stream/{2}"},
    {"AWS::Lambda::Function", "arn:aws:lambda:{0}:{1}:function:{2}"},
    {"AWS::Logs::LogGroup", "arn:aws:logs:{0}:{1}:log-group:{2}:*"},
    {"AWS::S3::Bucket", "arn:aws:s3:::{2}"},
    {"AWS::Serverless::Function", "arn:aws:lambda:{0}:{1}:function:{2}"},
    {"AWS::Serverless::SimpleTable", "arn:aws:dynamodb:{0}:{1}:table/{2}"},
    {"AWS::Serverless::StateMachine", "arn:aws:states:{0}:{1}:stateMachine:{2}"},
    {"AWS::StepFunctions::StateMachine", "arn:aws:states:{0}:{1}:stateMachine:{2}"},
};

std::string arn_of(std::string_view type, std::string_view region, std::string_view id) {
  for (const Arn& arn : kArns) {
    if (arn.type == type) return fmt::format(fmt::runtime(arn.form), region, kAccount, id);
  }
  const std::vector<std::string_view> parts = str::split(type, ':');
  const std::string service = parts.size() > 2 ? str::lower(parts[2]) : "service";
  return fmt::format("arn:aws:{}:{}:{}:{}", service, region, kAccount, id);
}

}  // namespace

CloudFormation::Call CloudFormation::call_of(yaml::Node value) {
  const std::string_view tag = value.tag();
  if (tag.starts_with('!') && !tag.starts_with("!!")) return {tag.substr(1), value};
  if (!value.is_mapping() || value.size() != 1) return {};
  const yaml::Entry only = *value.entries().begin();
  const std::string_view key = only.key.text();
  if (key == "Ref") return {key, only.value};
  if (key.starts_with("Fn::")) return {key.substr(4), only.value};
  return {};
}

std::optional<std::string> CloudFormation::text(yaml::Node value) const {
  if (!value) return std::nullopt;
  const Call call = call_of(value);
  if (!call.name.empty()) {
    std::optional<std::string> result = evaluate(call);
    if (!result) {
      notes_.push_back(fmt::format("{}: `{}` is not evaluated here, so this value is left out",
                                   place(value), call.name));
    }
    return result;
  }
  if (value.is_null() || !value.is_scalar()) return std::nullopt;
  return std::string(value.text());
}

std::optional<std::int64_t> CloudFormation::integer(yaml::Node value) const {
  const std::optional<std::string> found = text(value);
  if (!found) return std::nullopt;
  const std::optional<std::int64_t> number = yaml::to_int(*found);
  if (!number) {
    notes_.push_back(fmt::format("{}: `{}` is not a whole number", place(value), *found));
  }
  return number;
}

std::optional<std::string> CloudFormation::evaluate(const Call& call) const {
  if (call.name == "Ref") return reference(call.argument.text());
  if (call.name == "Sub") return substitute(call.argument);
  if (call.name == "Join") return join(call.argument);
  if (call.name == "FindInMap") return find_in_map(call.argument);
  if (call.name != "GetAtt") return std::nullopt;
  if (call.argument.is_scalar()) return attribute(call.argument.text());
  return attribute(std::string(call.argument.item(0).text()) + "." +
                   std::string(call.argument.item(1).text()));
}

std::optional<std::string> CloudFormation::reference(std::string_view name) const {
  if (name == "AWS::Region") return region_;
  if (name == "AWS::AccountId") return std::string(kAccount);
  if (name == "AWS::Partition") return "aws";
  if (name == "AWS::URLSuffix") return "amazonaws.com";
  if (name == "AWS::StackName") return "local";
  if (const yaml::Node parameter = root_.at("Parameters", name)) {
    return text(parameter.find("Default"));
  }
  if (root_.at("Resources", name)) return std::string(name);
  return std::nullopt;
}

std::optional<std::string> CloudFormation::attribute(std::string_view target) const {
  const std::string_view id = target.substr(0, target.find('.'));
  const yaml::Node resource = root_.at("Resources", id);
  if (!resource) return std::nullopt;
  const std::string_view type = resource.find("Type").text();
  if (target.ends_with(".Arn")) return arn_of(type, region_, id);
  return str::replace_all(target, ".", "-");
}

std::optional<std::string> CloudFormation::substitute(yaml::Node argument) const {
  const bool with_map = argument.is_sequence();
  const std::string_view pattern = (with_map ? argument.item(0) : argument).text();
  const yaml::Node own = with_map ? argument.item(1) : yaml::Node();
  std::string result;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find("${", at);
    const std::size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) return result.append(pattern.substr(at));
    result.append(pattern.substr(at, open - at));
    at = close + 1;
    const std::string_view name = str::trim(pattern.substr(open + 2, close - open - 2));
    if (name.starts_with('!')) {  // ${!Literal} stays ${Literal}
      result.append("${").append(name.substr(1)).append("}");
      continue;
    }
    const yaml::Node mapped = own.find(name);
    const bool dotted = name.find('.') != std::string_view::npos;
    const std::optional<std::string> value =
        mapped ? text(mapped) : (dotted ? attribute(name) : reference(name));
    if (!value) return std::nullopt;
    result.append(*value);
  }
  return result;
}

std::optional<std::string> CloudFormation::join(yaml::Node argument) const {
  std::vector<std::string> parts;
  for (const yaml::Node part : argument.item(1).items()) {
    std::optional<std::string> value = text(part);
    if (!value) return std::nullopt;
    parts.push_back(std::move(*value));
  }
  return str::join(parts, argument.item(0).text());
}

std::optional<std::string> CloudFormation::find_in_map(yaml::Node argument) const {
  const std::optional<std::string> map = text(argument.item(0));
  const std::optional<std::string> top = text(argument.item(1));
  const std::optional<std::string> second = text(argument.item(2));
  if (!map || !top || !second) return std::nullopt;
  return text(root_.at("Mappings", *map, *top, *second));
}

}  // namespace meshfn::function
