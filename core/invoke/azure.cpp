#include "invoke/azure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/suggest.h"
#include "invoke/azure_call.h"
#include "invoke/azure_host.h"
#include "invoke/failure.h"
#include "invoke/http_instance.h"
#include "invoke/launch.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using function::Function;
using function::Language;
using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

constexpr std::string_view kFromHost[] = {
    "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "HOME", "PATH", "TMPDIR"};
constexpr std::string_view kReserved[] = {"FUNCTIONS_CUSTOMHANDLER_PORT",
                                          "FUNCTIONS_HTTPWORKER_PORT"};
/// An unlimited policy has to end some time.
constexpr int kMostRetries = 10;
constexpr int kDefaultDequeues = 5;

class Azure : public Contract {
 public:
  Azure(const Function& function, const Settings& settings, const Clock& clock, std::string program)
      : function_(function),
        clock_(clock),
        program_(std::move(program)),
        debug_port_(settings.debug_port),
        enforce_keys_(settings.enforce_keys),
        retry_(settings.retry),
        host_(parse_json(function.host)) {
    for (const std::string_view name : kFromHost) {
      const auto found = settings.host.find(std::string(name));
      if (found != settings.host.end()) environment_.insert(*found);
    }
    for (const auto& [name, value] : function.environment) environment_[name] = value;
    for (const auto& [name, value] : settings.user) environment_[name] = value;
    if (const auto key = settings.host.find("AZURE_FUNCTION_KEY"); key != settings.host.end()) {
      key_ = key->second;
    }
    const Json prefix = json_at(host_, {"extensions", "http", "routePrefix"});
    if (prefix.is_string()) prefix_ = prefix.get<std::string>();
    while (prefix_.starts_with('/')) prefix_.erase(0, 1);
    if (custom()) functions_ = azure_folders(function_.code);
    if (custom() && functions_.empty()) functions_ = azure_routes(host_);
  }

  /// Whether the name that was asked for is one of the app's.
  Result<void> check_name() const {
    std::vector<std::string_view> names;
    for (const AzureFunction& one : functions_) names.push_back(one.name);
    if (names.empty()) {
      return fail(fmt::format("the app in `{}` has no functions", function_.code),
                  "Node.js: package.json's `main` has to name the files that register them; "
                  "Python: function_app.py, or folders with function.json");
    }
    if (function_.name.empty() || find(function_.name) != nullptr) return {};
    const std::string near = did_you_mean(function_.name, names);
    return fail(fmt::format("there is no function `{}` in `{}`", function_.name, function_.code),
                near.empty() ? "its functions are " + str::join(names, ", ") : near);
  }

  Program program(std::uint16_t port) const override {
    Program program;
    program.working_directory = function_.code;
    program.environment = environment_;
    const std::string number = std::to_string(port);
    program.environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = number;
    program.environment["FUNCTIONS_HTTPWORKER_PORT"] = number;
    program.environment["FUNCTIONS_EXTENSION_VERSION"] = "~4";
    program.environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
    program.environment["AzureWebJobsScriptRoot"] = function_.code;
    program.environment["LANG"] = "C.UTF-8";
    program.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    program.environment.emplace("FUNCTIONS_WORKER_RUNTIME", worker());
    if (function_.runtime->language == Language::node) {
      program.argv = {program_, "-e", std::string(kAzureNodeBootstrap)};
    } else if (function_.runtime->language == Language::python) {
      program.argv = {program_, "-u", "-c", std::string(kAzurePythonBootstrap)};
    } else {
      own_program(program);
    }
    program.argv = debugged(std::move(program.argv), function_.runtime->language, debug_port_);
    return program;
  }

  http::Request index() const override {
    http::Request request;
    request.method = "GET";
    if (!custom()) request.target = "/";
    return request;
  }

  Result<void> indexed(const http::Response& response) override {
    functions_ = azure_functions(parse_json(response.body));
    return check_name();
  }

  std::optional<http::Request> request(const Call& call, Outcome& outcome) override {
    current_ = find(function_.name);
    if (function_.name.empty() && functions_.size() == 1) current_ = &functions_.front();
    std::optional<AzureRequest> http = azure_request(call.event, current_, prefix_);
    const bool by_route = http && (current_ == nullptr || current_->is_http());
    if (by_route && !route(*http, outcome)) return std::nullopt;
    if (current_ == nullptr || current_->trigger() == nullptr) return unnamed(outcome);
    Json body;
    if (current_->is_http() && http) {
      if (forwards()) return http->http;
      body["Data"][json_text(*current_->trigger(), {"name"})] = http->datum();
      body["Metadata"] = http->datum()["Params"];
    } else {
      body = azure_event(call.event, *current_, clock_.unix_millis());
      count_attempts(body);
    }
    body["Metadata"]["sys"] = {{"MethodName", current_->name}, {"RandGuid", outcome.request_id}};
    return posted(body, outcome.request_id);
  }

  void answer(http::Response response, std::string_view log, Outcome& outcome) override {
    if (current_->is_http() && forwards()) {
      outcome.http = HttpAnswer{response.status, std::move(response.fields)};
      outcome.payload = std::move(response.body);
    } else if (response.status >= 200 && response.status < 300) {
      take_azure_answer(response.body, *current_, outcome);
    } else {
      take_azure_failure(response, *current_, log, outcome);
    }
  }

  bool retries(int attempts, Outcome& outcome) override {
    attempts_ = outcome.ok() ? 0 : attempts;
    if (outcome.ok() || !retry_ || current_ == nullptr || current_->is_http()) return false;
    if (attempts <= most_retries()) return true;
    attempts_ = 0;
    if (current_->trigger_type() == "queuetrigger") {
      const std::string queue = json_text(*current_->trigger(), {"queueName"});
      Json poison = Json::object();
      poison[queue + "-poison"] = message_;
      outcome.outputs = poison.dump();
      outcome.hint = fmt::format("after {} attempts the message is moved to the queue {}-poison",
                                 attempts, queue);
    }
    return false;
  }

  std::string hint(std::string_view log) const override {
    if (log.find("No module named 'azure") != std::string_view::npos) {
      return "install the library into .venv beside the app: python3 -m venv .venv && "
             ".venv/bin/pip install -r requirements.txt";
    }
    if (log.find("Cannot find module") != std::string_view::npos) {
      return fmt::format("install what it imports: npm install --prefix {}", function_.code);
    }
    return custom() ? "a custom handler listens on the port in FUNCTIONS_CUSTOMHANDLER_PORT"
                    : std::string();
  }

 private:
  bool custom() const { return function_.runtime->language == Language::executable; }

  std::string worker() const {
    if (custom()) return "custom";
    return function_.runtime->language == Language::node ? "node" : "python";
  }

  /// host.json says which program a custom handler is.
  void own_program(Program& program) const {
    const std::string folder =
        json_text(host_, {"customHandler", "description", "workingDirectory"});
    const std::string path = expanded(
        json_text(host_, {"customHandler", "description", "defaultExecutablePath"}), environment_);
    program.working_directory = path::join(function_.code, folder);
    const std::string beside = path::join(program.working_directory, path);
    const auto search = environment_.find("PATH");
    program.argv = {beside};
    if (!std::filesystem::exists(beside) && search != environment_.end()) {
      const std::string found = find_program(path, search->second);
      if (!found.empty()) program.argv = {found};
    }
    for (const Json& word : json_at(host_, {"customHandler", "description", "arguments"})) {
      if (word.is_string()) program.argv.push_back(expanded(word, environment_));
    }
  }

  const AzureFunction* find(std::string_view name) const {
    for (const AzureFunction& one : functions_) {
      if (!name.empty() && str::equals_ignore_case(one.name, name)) return &one;
    }
    return nullptr;
  }

  /// Requests go on unchanged when a request and its answer are all that the function has.
  bool forwards() const {
    const bool asked =
        json_at(host_, {"customHandler", "enableForwardingHttpRequest"}) == Json(true) ||
        json_at(host_, {"customHandler", "enableProxyingHttpRequest"}) == Json(true);
    if (!custom() || !asked) return false;
    return std::all_of(current_->bindings.begin(), current_->bindings.end(), [](const Json& one) {
      const std::string type = str::lower(json_text(one, {"type"}));
      return type == "http" || type == "httptrigger";
    });
  }

  /// Chooses the function by the request's path and method, as the host does; what no function
  /// gets is answered here.
  bool route(AzureRequest& request, Outcome& outcome) {
    const std::optional<std::string> path = path_below(request.http, prefix_);
    const AzureFunction* best = nullptr;
    std::optional<function::RouteTemplate> best_route;
    for (const AzureFunction& one : functions_) {
      if (!path || !one.is_http() || (current_ != nullptr && &one != current_)) continue;
      const std::string given = json_text(*one.trigger(), {"route"});
      const auto parsed = function::parse_route(given.empty() ? one.name : given);
      if (!parsed || !allows(one, request.http.method)) continue;
      auto parameters = function::match_route(*parsed, *path);
      // A request that we made up ourselves has the template for its path.
      const bool own = str::lower(*path) == str::lower(given);
      if (!parameters && !own) continue;
      if (best_route && !function::more_specific(*parsed, *best_route)) continue;
      best = &one;
      best_route = *parsed;
      if (parameters) request.parameters = std::move(*parameters);
    }
    if (best == nullptr) return refuse(404, outcome);
    current_ = best;
    return has_key(*best, request.http) || refuse(401, outcome);
  }

  static bool allows(const AzureFunction& function, const std::string& method) {
    const Json methods = json_at(*function.trigger(), {"methods"});
    if (!methods.is_array() || methods.empty()) return true;
    return std::any_of(methods.begin(), methods.end(), [&](const Json& one) {
      return one.is_string() && str::equals_ignore_case(one.get<std::string>(), method);
    });
  }

  bool has_key(const AzureFunction& function, const http::Request& request) const {
    const std::string level = str::lower(json_text(*function.trigger(), {"authLevel"}));
    if (!enforce_keys_ || level == "anonymous") return true;
    std::string key(request.field("x-functions-key"));
    const Json query = AzureRequest{request, {}}.datum()["Query"];
    if (key.empty()) key = json_text(query, {"code"});
    return key_.empty() ? !key.empty() : key == key_;
  }

  static bool refuse(int status, Outcome& outcome) {
    outcome.http = HttpAnswer{status, {}};
    outcome.payload = "";
    outcome.hint = status == 404 ? "no function has a route and method for this request"
                                 : "send a key: x-functions-key, or ?code=";
    return false;
  }

  std::optional<http::Request> unnamed(Outcome& outcome) const {
    std::vector<std::string_view> names;
    for (const AzureFunction& one : functions_) names.push_back(one.name);
    outcome.status = Status::init_error;
    outcome.error_type = "Host.FunctionNotNamed";
    outcome.payload = error_document(outcome.error_type, "the app has several functions");
    outcome.hint = "name one: " + str::join(names, ", ");
    return std::nullopt;
  }

  void count_attempts(Json& body) {
    Json& metadata = body["Metadata"];
    for (const char* name : {"DequeueCount", "DeliveryCount"}) {
      if (attempts_ > 0 && metadata.contains(name)) metadata[name] = attempts_ + 1;
    }
    for (const auto& [name, value] : body["Data"].items()) message_ = value;
    const int most = most_retries();
    const bool policy = !policy_of().is_null();
    if (attempts_ > 0 && policy) {
      body["Retry"] = {{"retryCount", attempts_}, {"maxRetryCount", most}};
    }
  }

  Json policy_of() const {
    return current_->retry.is_null() ? json_at(host_, {"retry"}) : current_->retry;
  }

  /// Attempts after the first: of the function's policy, the host's, or a queue's deliveries.
  int most_retries() const {
    const Json policy = policy_of();
    for (const char* name : {"maxRetryCount", "max_retry_count"}) {
      const Json most = json_at(policy, {name});
      if (most.is_null()) continue;
      const int count =
          most.is_number() ? most.get<int>() : std::atoi(json_text(policy, {name}).c_str());
      return count < 0 ? kMostRetries : std::min(count, kMostRetries);
    }
    if (current_->trigger_type() != "queuetrigger") return 0;
    const Json dequeues = json_at(host_, {"extensions", "queues", "maxDequeueCount"});
    return (dequeues.is_number() ? dequeues.get<int>() : kDefaultDequeues) - 1;
  }

  http::Request posted(const Json& body, const std::string& request_id) const {
    http::Request request;
    request.method = "POST";
    request.target = "/" + current_->name;
    request.fields = {{"Content-Type", "application/json"},
                      {"User-Agent", "Azure-Functions-Host/4.1037.0"},
                      {"X-Azure-Functions-HostVersion", "4.1037.0"},
                      {"X-Azure-Functions-InvocationId", request_id}};
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return request;
  }

  const Function function_;
  const Clock& clock_;
  const std::string program_;
  const std::uint16_t debug_port_;
  const bool enforce_keys_;
  const bool retry_;
  const Json host_;
  std::string key_;
  std::string prefix_ = "api";
  Variables environment_;
  std::vector<AzureFunction> functions_;
  const AzureFunction* current_ = nullptr;
  int attempts_ = 0;
  Json message_;
};

}  // namespace

Result<std::unique_ptr<Instance>> create_azure(function::Function function, Settings settings,
                                               const Clock& clock) {
  function.code = absolute_path(function.code);
  while (function.code.size() > 1 && function.code.ends_with('/')) function.code.pop_back();
  const Language language = function.runtime->language;
  const bool custom = language == Language::executable;
  std::string program;
  if (!custom && language != Language::python && language != Language::node) {
    return fail(fmt::format("the app uses `{}`: {} apps of Azure are not run here",
                            function.runtime->name, function::to_string(language)),
                "Node.js, Python and custom handlers can; their workers speak gRPC to the host");
  }
  if (!custom) {
    const auto path = settings.host.find("PATH");
    const auto found =
        interpreter(function, function.code, path == settings.host.end() ? "" : path->second);
    if (!found) return tl::unexpected(found.error());
    program = *found;
  }
  auto contract = std::make_unique<Azure>(function, settings, clock, std::move(program));
  if (custom) {
    if (auto fine = contract->check_name(); !fine) return tl::unexpected(fine.error());
  }
  if (settings.debug_port == 0)
    settings.init_timeout_ms = function.runtime->platform->init_timeout_ms;
  return HttpInstance::create(std::move(function), std::move(settings), std::move(contract));
}

Result<void> check_azure_variables(const Variables& variables, std::string_view where) {
  for (const std::string_view name : kReserved) {
    if (!variables.contains(std::string(name))) continue;
    return usage_error(
        fmt::format("the environment variable `{}` ({}) is set by the host", name, where),
        "choose another name");
  }
  return {};
}

}  // namespace meshfn::invoke
