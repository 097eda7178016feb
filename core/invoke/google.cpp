#include "invoke/google.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/temporary_folder.h"
#include "function/event/google.h"
#include "invoke/failure.h"
#include "invoke/google_go.h"
#include "invoke/http_event.h"
#include "invoke/http_instance.h"
#include "invoke/launch.h"
#include "invoke/launch_java.h"

namespace meshfn::invoke {

namespace {

using function::Function;
using function::Language;
using Words = std::vector<std::string>;

/// Passed on from the host: where programs are, where they may write, and as whom they call.
constexpr std::string_view kFromHost[] = {"GOOGLE_APPLICATION_CREDENTIALS", "HOME", "PATH",
                                          "TMPDIR", "VIRTUAL_ENV"};

/// gcloud refuses to deploy with these set.
constexpr std::string_view kReserved[] = {"CNB_STACK_ID",
                                          "CNB_GROUP_ID",
                                          "FUNCTION_SIGNATURE_TYPE",
                                          "FUNCTION_TARGET",
                                          "K_CONFIGURATION",
                                          "K_REVISION",
                                          "K_SERVICE",
                                          "PORT"};

bool is_event(const Function& function) {
  return function.signature == "cloudevent" || function.signature == "event";
}

/// The topic of a Pub/Sub push, which does not say it: taken to be called as its subscription is.
std::string topic_of(const std::string& event) {
  const auto push = parse_json<nlohmann::json>(event);
  if (!push.is_object() || !push.contains("subscription")) return {};
  const auto& subscription = push["subscription"];
  if (!subscription.is_string()) return {};
  return str::replace_all(subscription.get<std::string>(), "/subscriptions/", "/topics/");
}

/// The event in the notation that the function takes, where both are known; else as it is.
std::string converted(const Function& function, const std::string& event) {
  const bool cloud_event = function::is_cloud_event(event);
  const std::string topic = topic_of(event);
  Result<std::string> other = event;
  if (function.signature == "cloudevent" && !cloud_event) {
    other = function::to_cloud_event(event, topic);
  }
  if (function.signature == "event" && (cloud_event || !topic.empty())) {
    other = function::to_legacy_event(event, topic);
  }
  return other ? *other : event;
}

class Google : public Contract {
 public:
  Google(const Function& function, const Settings& settings, Words words,
         std::unique_ptr<TemporaryFolder> built)
      : function_(function), words_(std::move(words)), built_(std::move(built)) {
    for (const std::string_view name : kFromHost) {
      const auto found = settings.host.find(std::string(name));
      if (found != settings.host.end()) environment_.insert(*found);
    }
    for (const auto& [name, value] : function.environment) environment_[name] = value;
    for (const auto& [name, value] : settings.user) environment_[name] = value;
  }

  Program program(std::uint16_t port) const override {
    Program program;
    program.argv = words_;
    program.working_directory = function_.code;
    program.environment = environment_;
    program.environment["PORT"] = std::to_string(port);
    program.environment["FUNCTION_TARGET"] = function_.handler;
    program.environment["K_SERVICE"] = function_.function_name;
    program.environment["K_REVISION"] = function_.function_name + "-00001-mfn";
    program.environment["K_CONFIGURATION"] = function_.function_name;
    program.environment["LANG"] = "C.UTF-8";
    program.environment["PYTHONUNBUFFERED"] = "1";
    program.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    if (!function_.entry.empty()) program.environment["FUNCTION_SOURCE"] = function_.entry;
    if (!function_.signature.empty()) {
      program.environment["FUNCTION_SIGNATURE_TYPE"] = function_.signature;
    }
    return program;
  }

  std::optional<http::Request> request(const Call& call, Outcome& outcome) override {
    http::Request request = request_of(call);
    // What the platform's front adds, so that logs can be told apart.
    if (!request.has_field("function-execution-id")) {
      std::string id = outcome.request_id.substr(0, 13);
      id.erase(8, 1);
      request.fields.emplace_back("Function-Execution-Id", id);
    }
    return request;
  }

  void answer(http::Response response, std::string_view log, Outcome& outcome) override {
    std::string status;
    for (const auto& [name, value] : response.fields) {
      if (str::equals_ignore_case(name, "x-google-status")) status = value;
    }
    outcome.http = HttpAnswer{response.status, std::move(response.fields)};
    outcome.payload = std::move(response.body);
    const bool refused = is_event(function_) && response.status >= 300;
    if (status.empty() && !refused) return;
    outcome.status = Status::function_error;
    const auto printed = printed_error(log);
    outcome.error_type = printed ? printed->type : fmt::format("HTTP {}", response.status);
    outcome.payload =
        error_document(outcome.error_type, printed ? printed->message : outcome.payload);
  }

  std::string hint(std::string_view log) const override {
    if (log.find("is not defined") != std::string_view::npos) {
      return "name the function that the code defines or registers: --handler NAME";
    }
    if (log.find("ModuleNotFoundError") != std::string_view::npos) {
      return "install what it imports: pip install -r requirements.txt, into .venv beside the code";
    }
    if (log.find("Cannot find module") != std::string_view::npos) {
      return fmt::format("install what it imports: npm install --prefix {}", function_.code);
    }
    return {};
  }

 private:
  http::Request request_of(const Call& call) const {
    if (!is_event(function_)) {
      if (auto described = described_request(call.event)) return *described;
    }
    const std::string event = converted(function_, call.event);
    if (!function::is_cloud_event(event)) return posted_json(event);
    return call.structured ? structured_cloud_event(event) : binary_cloud_event(event);
  }

  const Function function_;
  const Words words_;
  const std::unique_ptr<TemporaryFolder> built_;  ///< holds the program of a compiled language
  Variables environment_;
};

std::string of_host(const Settings& settings, const char* name) {
  const auto found = settings.host.find(name);
  return found == settings.host.end() ? std::string() : found->second;
}

Result<Words> words_of(const Function& function, const Settings& settings) {
  const Language language = function.runtime->language;
  if (language != Language::python && language != Language::node && language != Language::java) {
    return fail(fmt::format("`{}` uses `{}`: {} functions of Google are not run here",
                            function.name, function.runtime->name, function::to_string(language)),
                "Node.js, Python, Go and Java can");
  }
  const Result<std::string> program =
      interpreter(function, function.code, of_host(settings, "PATH"));
  if (!program) return tl::unexpected(program.error());
  if (language == Language::java) {
    return google_java_command(*program, function, function.code, of_host(settings, "HOME"));
  }
  if (language == Language::python)
    return Words{*program, "-c", std::string(kGooglePythonBootstrap)};
  return Words{*program, "-e", std::string(kGoogleNodeBootstrap)};
}

}  // namespace

Result<std::unique_ptr<Instance>> create_google(function::Function function, Settings settings,
                                                const Clock&) {
  function.code = absolute_path(function.code);
  std::unique_ptr<TemporaryFolder> built;
  Result<Words> words;
  if (function.runtime->language == Language::go) {
    auto folder = TemporaryFolder::make();
    if (!folder) return tl::unexpected(folder.error());
    built = std::move(*folder);
    words = build_google_go(function, settings, built->path()).map([](const std::string& program) {
      return Words{program};
    });
  } else {
    words = words_of(function, settings);
  }
  if (!words) return tl::unexpected(words.error());
  auto contract = std::make_unique<Google>(
      function, settings,
      debugged(std::move(*words), function.runtime->language, settings.debug_port),
      std::move(built));
  if (settings.debug_port == 0)
    settings.init_timeout_ms = function.runtime->platform->init_timeout_ms;
  return HttpInstance::create(std::move(function), std::move(settings), std::move(contract));
}

Result<void> check_google_variables(const Variables& variables, std::string_view where) {
  for (const auto& [name, value] : variables) {
    const bool reserved =
        std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
    if (!reserved && !name.starts_with("X_GOOGLE_")) continue;
    return usage_error(
        fmt::format("the environment variable `{}` ({}) is set by the platform", name, where),
        "deploying the function would be refused: choose another name");
  }
  return {};
}

}  // namespace meshfn::invoke
