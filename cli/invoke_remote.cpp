#include "cli/invoke_remote.h"

#include <fmt/format.h>

#include "cli/invoke_input.h"
#include "cli/invoke_report.h"
#include "invoke/remote.h"

namespace meshfn::cli {

/// A deployed function has its own code, limits and environment: only the event is ours.
Result<ExitCode> run_remote(Context& context, const Args& args, const std::vector<Output>& wanted) {
  const std::string url(args.value("remote"));
  if (auto fine = invoke::check_remote_url(url); !fine) return tl::unexpected(fine.error());
  for (const std::string_view local : {"template", "handler", "runtime", "memory", "env"}) {
    if (args.has(local)) {
      return usage_error(fmt::format("`--{}` has no effect on a deployed function", local),
                         "leave it out, or leave out --remote");
    }
  }
  Result<std::string> event = event_of(context, args);
  if (!event) return tl::unexpected(event.error());
  invoke::RemoteCall call{.url = url, .event = std::move(*event)};
  call.environment = context.environment;
  if (args.has("timeout")) {
    const Result<std::int64_t> timeout = timeout_of(args, function::kAwsLambda);
    if (!timeout) return tl::unexpected(timeout.error());
    call.timeout_ms = *timeout;
  }
  Result<invoke::Outcome> outcome = invoke::invoke_remote(call);
  if (!outcome) return tl::unexpected(outcome.error());
  function::Function function;
  function.name = url;
  return report_outcomes(context, wanted, function, {std::move(*outcome)});
}

}  // namespace meshfn::cli
