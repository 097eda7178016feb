#include "function/sam.h"

#include "catch.h"

namespace meshfn::function {

namespace {

Result<Project> read(const std::string& text) {
  const MemoryFiles files(
      {{"shop/template.yaml", text}, {"shop/src/app.py", ""}, {"shop/src/other/app.py", ""}});
  return read_sam(files, "shop/template.yaml", "eu-west-1");
}

constexpr const char* kShop = R"(Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Memory: {Type: Number, Default: 512}
Mappings:
  Urls: {dev: {api: "http://localhost"}}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    CodeUri: src/
    Environment: {Variables: {LOG: info, STAGE: none}}
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "shop-${Stage}-orders"
      Handler: app.handler
      MemorySize: !Ref Memory
      Environment:
        Variables:
          STAGE: !Ref Stage
          TABLE: !Ref Table
          ARN: !GetAtt Table.Arn
          LONG: {"Fn::Sub": "${AWS::Region}/${Stage}/${!literal}"}
          PAIR: !Sub ["${a}-${Stage}", {a: !Ref AWS::AccountId}]
          JOINED: !Join ["/", [a, !Ref Stage]]
          URL: !FindInMap [Urls, !Ref Stage, api]
          NUMBER: 012
          CHOICE: !If [IsProd, a, b]
      Layers: [arn:aws:lambda:eu-west-1:1:layer:x:1]
  Old:
    Type: AWS::Lambda::Function
    Properties: {Handler: app.main, Runtime: nodejs22.x, Code: src/other, Timeout: 5}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
)";

}  // namespace

TEST_CASE("a SAM function takes globals, parameters and its own properties", "[function]") {
  const Result<Project> project = read(kShop);
  REQUIRE(project.has_value());
  REQUIRE(project->functions.size() == 3);
  const Function& orders = project->functions[0];
  CHECK(orders.name == "Orders");
  CHECK(orders.function_name == "shop-dev-orders");
  CHECK(orders.runtime->name == "python3.12");
  CHECK(orders.handler == "app.handler");
  CHECK(orders.code == "shop/src/");
  CHECK(orders.timeout_ms == 10'000);
  CHECK(orders.memory_mb == 512);
  CHECK(orders.defined_at == "shop/template.yaml:15:3");
  CHECK(orders.refused.empty());
}

TEST_CASE("intrinsic functions in environment variables are evaluated", "[function]") {
  const Result<Project> project = read(kShop);
  const std::map<std::string, std::string> expected = {
      {"ARN", "arn:aws:dynamodb:eu-west-1:123456789012:table/Table"},
      {"JOINED", "a/dev"},
      {"LOG", "info"},
      {"LONG", "eu-west-1/dev/${literal}"},
      {"NUMBER", "012"},
      {"PAIR", "123456789012-dev"},
      {"STAGE", "dev"},
      {"TABLE", "Table"},
      {"URL", "http://localhost"}};
  CHECK(project->functions[0].environment == expected);
}

TEST_CASE("what a template asks for in vain is named with its place", "[function]") {
  const Result<Project> project = read(kShop);
  CHECK(
      project->notes ==
      std::vector<std::string>{
          "shop/template.yaml:31:23: `If` is not evaluated here, so this value is left out",
          "shop/template.yaml:32:16: the layer `arn:aws:lambda:eu-west-1:1:layer:x:1` of `Orders` "
          "is not here: give it with --layer"});
  CHECK(project->functions[2].refused == "container images are not run here (PackageType: Image)");
}

TEST_CASE("plain CloudFormation functions do not take SAM's globals", "[function]") {
  const Result<Project> project = read(kShop);
  const Function& old = project->functions[1];
  CHECK(old.code == "shop/src/other");
  CHECK(old.environment.empty());
  CHECK(old.timeout_ms == 5'000);
  CHECK(old.memory_mb == 128);
}

TEST_CASE("a template that is broken or describes nothing is an error with its place",
          "[function]") {
  CHECK(read("Resources: {}\n").error().message == "`shop/template.yaml` describes no function");
  CHECK(read("Resources: [\n").error().message.starts_with("shop/template.yaml:"));
}

TEST_CASE("a template says what calls a function and what follows", "[function]") {
  const Result<Project> project = read(R"(
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: src
      Layers: [!Ref Shared]
      FunctionUrlConfig: {AuthType: NONE}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !Ref Dead}}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Events:
        Read: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
        Any: {Type: HttpApi}
        Queue:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}
)");
  REQUIRE(project.has_value());
  const Function& orders = project->functions.front();
  REQUIRE(orders.triggers.routes.size() == 3);
  CHECK(orders.triggers.routes[0].front == Front::rest_api);
  CHECK(orders.triggers.routes[0].method == "GET");
  CHECK(orders.triggers.routes[0].path == "/orders/{id}");
  CHECK(orders.triggers.routes[1].path == "/{proxy+}");
  CHECK(orders.triggers.routes[2].front == Front::function_url);
  CHECK(orders.triggers.async.retries == 1);
  CHECK(orders.triggers.async.on_failure == "Dead");
  CHECK(orders.triggers.async.dead_letter.ends_with(":Dead"));
  CHECK(orders.triggers.batch.reports_failures);
  CHECK(orders.triggers.batch.max_receive_count == 3);
  CHECK(orders.layers == std::vector<std::string>{"shop/layer"});
}

}  // namespace meshfn::function
