#include "invoke/failure.h"

#include <fmt/format.h>

#include <csignal>

#include "base/json.h"
#include "base/str.h"
#include "base/suggest.h"

namespace meshfn::invoke {

namespace {

constexpr std::string_view kExitError = "Runtime.ExitError";
constexpr std::string_view kOutOfMemory = "Runtime.OutOfMemory";

std::string document(std::string_view type, const Outcome& outcome, std::string_view message) {
  return error_document(type, fmt::format("RequestId: {} Error: {}", outcome.request_id, message));
}

/// How V8, C++, Rust, Go and Python say that an allocation was refused.
bool tells_of_memory(std::string_view text) {
  for (const std::string_view words :
       {"out of memory", "std::bad_alloc", "memory allocation of ", "MemoryError",
        "Array buffer allocation failed", "OutOfMemoryError"}) {
    if (text.find(words) != std::string_view::npos) return true;
  }
  return false;
}

struct ErrorText {
  std::string type;
  std::string message;
};

ErrorText read_error(const std::string& body) {
  const auto parsed = parse_json<nlohmann::json>(body);
  const auto text = [&](const char* name) {
    const bool has = parsed.is_object() && parsed.contains(name) && parsed[name].is_string();
    return has ? parsed[name].get<std::string>() : std::string();
  };
  return {text("errorType"), text("errorMessage")};
}

std::string memory_hint(std::int64_t memory_mb) {
  return fmt::format("the limit is {} MB; raise MemorySize, or try --memory {}", memory_mb,
                     memory_mb * 2);
}

/// "did you mean `app.main`?", from the names that the module does export.
std::string handler_hint(const function::Function& function, const std::string& exports) {
  const std::size_t dot = function.handler.rfind('.');
  const std::string module = function.handler.substr(0, dot);
  const std::string wanted = dot == std::string::npos ? "" : function.handler.substr(dot + 1);
  if (exports.empty()) return fmt::format("`{}` exports nothing", module);
  const std::vector<std::string_view> names = str::split(exports, ',');
  std::string_view near = suggest(wanted, names);
  if (near.empty() && names.size() == 1) near = names.front();
  const std::string list = fmt::format("`{}` exports {}", module, str::join(names, ", "));
  return near.empty() ? list : fmt::format("{}; did you mean `{}.{}`?", list, module, near);
}

/// A missing module is either the handler's own file or a dependency that is not installed.
std::string import_hint(const function::Function& function, const std::string& message) {
  const std::string module = function.handler.substr(0, function.handler.rfind('.'));
  const std::string dotted = str::replace_all(module, "/", ".");
  const bool own = message.find("'" + module + "'\n") != std::string::npos ||
                   message.ends_with("'" + module + "'") || message.ends_with("'" + dotted + "'");
  if (own) {
    return fmt::format("the handler `{}` names a file in `{}` that is not there", function.handler,
                       function.code);
  }
  const bool python = function.runtime->language == function::Language::python;
  return python ? fmt::format("install what it imports: pip install -r requirements.txt -t {}",
                              function.code)
                : fmt::format("install what it imports: npm install --prefix {}", function.code);
}

std::string hint_for(const function::Function& function, const Answer& answer,
                     const ErrorText& error) {
  if (error.type == "Runtime.HandlerNotFound") return handler_hint(function, answer.exports);
  if (error.type == "Runtime.ImportModuleError") return import_hint(function, error.message);
  if (error.type == "Runtime.MalformedHandlerName") {
    return fmt::format(
        "a handler is FILE.FUNCTION, such as `{}`",
        function.runtime->language == function::Language::python ? "app.handler" : "index.handler");
  }
  return {};
}

}  // namespace

void describe_extension(const std::string& type, const std::string& message, bool while_loading,
                        Outcome& outcome) {
  outcome.status = while_loading ? Status::init_error : Status::crash;
  outcome.error_type = type;
  outcome.report_type = type;
  outcome.payload = document(type, outcome, message);
}

void describe_exit(const Exit& exit, std::string_view log, Outcome& outcome) {
  const bool clean = exit == Exit{};
  const std::string why = clean ? "Runtime exited without providing a reason"
                                : "Runtime exited with error: " + to_string(exit);
  outcome.status = Status::crash;
  outcome.error_type = kExitError;
  outcome.report_type = kExitError;
  outcome.payload = document(kExitError, outcome, why);
  if (log.find("No module named debugpy") != std::string_view::npos) {
    outcome.hint = "`--inspect` needs debugpy: python3 -m pip install debugpy";
  }
  const bool failed_allocation = !clean && tells_of_memory(log);
  if (!failed_allocation) return;
  outcome.status = Status::out_of_memory;
  outcome.report_type = kOutOfMemory;
  outcome.hint = memory_hint(outcome.memory_mb);
}

void describe_out_of_memory(Outcome& outcome) {
  describe_exit({0, SIGKILL}, {}, outcome);
  outcome.status = Status::out_of_memory;
  outcome.report_type = kOutOfMemory;
  outcome.hint = memory_hint(outcome.memory_mb);
}

void describe_timeout(std::int64_t timeout_ms, Outcome& outcome) {
  outcome.status = Status::timeout;
  outcome.error_type = "Sandbox.Timedout";
  outcome.payload = document(
      outcome.error_type, outcome,
      fmt::format("Task timed out after {:.2f} seconds", static_cast<double>(timeout_ms) / 1000));
}

void describe_bad_start(const std::string& program, const std::string& reason, Outcome& outcome) {
  outcome.status = Status::init_error;
  outcome.error_type = "Runtime.InvalidEntrypoint";
  outcome.report_type = outcome.error_type;
  const bool absent = reason == "no such file or directory";
  outcome.payload = document(outcome.error_type, outcome,
                             absent ? fmt::format("Couldn't find valid bootstrap(s): [{}]", program)
                                    : fmt::format("fork/exec {}: {}", program, reason));
  if (absent) {
    outcome.hint =
        "a custom runtime needs an executable named `bootstrap` (and the interpreter "
        "that its first line names)";
  } else if (reason == "permission denied") {
    outcome.hint = fmt::format("make it executable: chmod +x {}", program);
  } else if (reason == "exec format error") {
    outcome.hint = "build it for this machine's architecture, or begin a script with #!/bin/sh";
  }
}

void describe_answer(Answer answer, const function::Function& function, bool while_loading,
                     Outcome& outcome) {
  outcome.content_type = answer.content_type;
  outcome.streamed = answer.streamed;
  if (!answer.failed) {
    outcome.payload = std::move(answer.body);
    return;
  }
  const ErrorText error = read_error(answer.body);
  outcome.status = while_loading ? Status::init_error : Status::function_error;
  // Most clients send the header with errors of loading only; the document always has it.
  outcome.error_type = error.type.empty() ? answer.error_type : error.type;
  outcome.hint = hint_for(function, answer, error);
  if (while_loading) outcome.report_type = outcome.error_type;
  if (error.type == "MemoryError" ||
      (error.type == "RangeError" && tells_of_memory(error.message))) {
    outcome.status = Status::out_of_memory;
    outcome.report_type = kOutOfMemory;
    outcome.hint = memory_hint(outcome.memory_mb);
  }
  outcome.payload = std::move(answer.body);
}

}  // namespace meshfn::invoke
