#include "cli/invoke_serve.h"

#include <fmt/format.h>

#include <mutex>
#include <ostream>

#include "base/str.h"
#include "base/units.h"
#include "cli/invoke_input.h"
#include "invoke/front.h"
#include "invoke/serve.h"

namespace meshfn::cli {

namespace {

constexpr std::string_view kFronts[] = {"rest-api", "http-api", "function-url", "alb"};

/// Words of several environments and of the server itself, one after the other.
class Voice {
 public:
  explicit Voice(std::ostream& err) : err_(err) {}

  void say(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    err_ << bytes << std::flush;
  }

 private:
  std::mutex mutex_;
  std::ostream& err_;
};

Result<invoke::ServeSettings> settings_of(const Args& args) {
  invoke::ServeSettings settings;
  const Result<std::int64_t> port = number_of(args, "port", 0, 65'535);
  if (!port) return tl::unexpected(port.error());
  const Result<std::int64_t> most = number_of(args, "concurrency", 1, 100);
  if (!most) return tl::unexpected(most.error());
  const auto keep = parse_duration(args.value("keep-alive"));
  if (!keep || keep->count() <= 0) {
    return usage_error(fmt::format("`--keep-alive {}` is not a time", args.value("keep-alive")),
                       "write it as 10m or 30s");
  }
  settings.port = static_cast<std::uint16_t>(*port);
  settings.concurrency = static_cast<std::size_t>(*most);
  settings.keep_alive = std::chrono::duration_cast<std::chrono::milliseconds>(*keep);
  settings.region = std::string(args.value("region"));
  return settings;
}

/// Functions that have no way in over HTTP are reached below their name, when there are several.
void add_default_route(function::Function& function, bool alone, const Args& args) {
  std::vector<function::Route>& routes = function.triggers.routes;
  const auto front = invoke::front_called(args.value("front"));
  if (front) {
    for (function::Route& route : routes) route.front = *front;
  }
  if (!routes.empty() || !alone) return;
  routes.push_back({front.value_or(function::Front::function_url), "ANY", "/{proxy+}"});
}

/// Checks what can be checked now, so that a mistake is told before the port is open.
Result<invoke::Served> served(Context& context, const Args& args, Voice& voice,
                              const function::Function& function, const Clock& clock) {
  const Result<const invoke::Host*> host = invoke::find_host(function);
  if (!host) return tl::unexpected(host.error());
  Result<invoke::Variables> user = variables_of(context, args, **host, function);
  if (!user) return tl::unexpected(user.error());
  invoke::Settings settings;
  settings.user = std::move(*user);
  settings.host = context.environment;
  settings.region = std::string(args.value("region"));
  settings.platform_lines = !context.terminal.quiet;
  settings.log = [&voice](std::string_view bytes) { voice.say(bytes); };
  auto make = [host = *host, function, settings, &clock] {
    return host->create(function, settings, clock);
  };
  if (const auto probe = make(); !probe) return tl::unexpected(probe.error());
  return invoke::Served{function, make};
}

void announce(Voice& voice, const invoke::Server& server,
              const std::vector<function::Function>& functions) {
  const std::string base = fmt::format("http://127.0.0.1:{}", server.port());
  for (const function::Function& function : functions) {
    voice.say(fmt::format("{}: POST {}/2015-03-31/functions/{}/invocations\n", function.name, base,
                          function.function_name));
    for (const function::Route& route : function.triggers.routes) {
      voice.say(fmt::format("{}: {} {}{} ({})\n", function.name, route.method, base, route.path,
                            kFronts[static_cast<std::size_t>(route.front)]));
    }
  }
  voice.say("press Ctrl-C to stop\n");
}

}  // namespace

Result<ExitCode> run_serve(Context& context, const Args& args) {
  for (const std::string_view single : {"event", "sample", "remote", "async", "cold"}) {
    if (args.has(single)) {
      return usage_error(fmt::format("`--{}` has no effect with --serve", single),
                         "requests bring the events");
    }
  }
  Result<invoke::ServeSettings> settings = settings_of(args);
  if (!settings) return tl::unexpected(settings.error());
  Result<std::vector<function::Function>> functions = functions_of(context, args);
  if (!functions) return tl::unexpected(functions.error());
  const Clock clock;
  Voice voice(context.terminal.err);
  settings->say = [&voice](const std::string& line) { voice.say(line + "\n"); };
  std::vector<invoke::Served> all;
  for (function::Function& function : *functions) {
    add_default_route(function, functions->size() == 1, args);
    Result<invoke::Served> one = served(context, args, voice, function, clock);
    if (!one) return tl::unexpected(one.error());
    all.push_back(std::move(*one));
  }
  const auto server = invoke::Server::create(std::move(all), std::move(*settings), clock);
  if (!server) return tl::unexpected(server.error());
  announce(voice, **server, *functions);
  (*server)->run();
  voice.say("interrupted: the functions and everything they started have been ended\n");
  return kInterrupted;
}

}  // namespace meshfn::cli
