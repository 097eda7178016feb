#include "cli/invoke_input.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <istream>
#include <iterator>
#include <ostream>
#include <utility>

#include "base/units.h"
#include "function/event/sample.h"
#include "function/secrets.h"
#include "invoke/event.h"

namespace meshfn::cli {

namespace {

/// "3s", "500ms"; a bare number is seconds, as in a template.
Result<std::int64_t> milliseconds(std::string_view text, std::int64_t most) {
  const bool bare = text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto time = parse_duration(bare ? std::string(text) + "s" : std::string(text));
  const auto value =
      time ? std::chrono::duration_cast<std::chrono::milliseconds>(*time).count() : 0;
  if (value > 0 && value <= most) return value;
  return usage_error(fmt::format("`--timeout {}` is not a time from 1ms to {}s", text, most / 1000),
                     "write it as 3s or 500ms");
}

/// "512" or "512MB".
Result<std::int64_t> megabytes(std::string_view text, const function::Platform& platform) {
  const bool bare = text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto bytes = parse_size(bare ? std::string(text) + "MB" : std::string(text));
  const std::int64_t value = bytes ? static_cast<std::int64_t>(*bytes >> 20U) : 0;
  if (value >= platform.min_memory_mb && value <= platform.max_memory_mb) return value;
  return usage_error(fmt::format("`--memory {}` is not a size from {} to {} MB", text,
                                 platform.min_memory_mb, platform.max_memory_mb));
}

/// The functions of a project, and which of them is meant; empty: none by name.
struct Chosen {
  function::Project project;
  std::string name;
};

/// The project is the working directory; an operand that is no function of it may be a folder.
Result<Chosen> find_chosen(Context& context, const Args& args) {
  function::Wanted wanted;
  wanted.template_path = std::string(args.value("template"));
  wanted.handler = std::string(args.value("handler"));
  wanted.runtime = std::string(args.value("runtime"));
  wanted.cloud = std::string(args.value("cloud"));
  wanted.signature = std::string(args.value("signature"));
  wanted.region = std::string(args.value("region"));
  std::string name(args.operand(0));
  wanted.stage = std::string(args.value("stage"));
  wanted.environment = context.environment;
  wanted.directory = folder_of(context, args);
  if (wanted.directory == name) name.clear();
  Result<function::Project> project = function::find_project(context.files, wanted);
  if (!project) return tl::unexpected(project.error());
  return Chosen{std::move(*project), std::move(name)};
}

void tell_notes(Context& context, const function::Project& project) {
  if (context.terminal.quiet) return;
  for (const std::string& note : project.notes) context.terminal.err << "note: " << note << '\n';
}

Result<void> add_layers(Context& context, const Args& args, function::Function& function) {
  for (const std::string& layer : args.values("layer")) {
    if (!context.files.exists(layer) && !context.files.is_directory(layer)) {
      return fail(fmt::format("there is no layer `{}`", layer),
                  "give its folder or its zip archive");
    }
    function.layers.push_back(layer);
  }
  return {};
}

Result<void> apply_limits(const Args& args, function::Function& function) {
  const function::Platform& platform = *function.runtime->platform;
  if (args.has("timeout")) {
    const Result<std::int64_t> timeout = timeout_of(args, platform);
    if (!timeout) return tl::unexpected(timeout.error());
    function.timeout_ms = *timeout;
  }
  if (args.has("memory")) {
    const Result<std::int64_t> memory = megabytes(args.value("memory"), platform);
    if (!memory) return tl::unexpected(memory.error());
    function.memory_mb = *memory;
  }
  return {};
}

}  // namespace

std::string folder_of(Context& context, const Args& args) {
  if (args.has("project")) return std::string(args.value("project"));
  const std::string name(args.operand(0));
  const bool folder = !args.has("template") && !name.empty() && context.files.is_directory(name);
  return folder ? name : ".";
}

Result<std::int64_t> number_of(const Args& args, std::string_view option, std::int64_t least,
                               std::int64_t most) {
  const std::string_view text = args.value(option);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && value >= least && value <= most) return value;
  return usage_error(
      fmt::format("`--{} {}` is not a number from {} to {}", option, text, least, most));
}

Result<double> positive_of(const Args& args, std::string_view option) {
  const std::string_view text = args.value(option);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc() && end == text.data() + text.size() && value > 0) return value;
  return usage_error(fmt::format("`--{} {}` is not a number above 0", option, text));
}

Result<std::uint16_t> debug_port_of(const Args& args) {
  if (!args.has("inspect")) return std::uint16_t{0};
  const std::string_view text = args.value("inspect");
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && port > 0) return port;
  return usage_error(fmt::format("`--inspect {}` is no port", text), "such as 9229 or 5678");
}

Result<std::int64_t> timeout_of(const Args& args, const function::Platform& platform) {
  return milliseconds(args.value("timeout"), platform.max_timeout_ms);
}

Result<function::Function> function_of(Context& context, const Args& args) {
  const Result<Chosen> chosen = find_chosen(context, args);
  if (!chosen) return tl::unexpected(chosen.error());
  Result<function::Function> function = function::choose(chosen->project, chosen->name);
  if (function) tell_notes(context, chosen->project);
  if (!function || !function->refused.empty()) return function;
  if (auto fine = apply_limits(args, *function); !fine) return tl::unexpected(fine.error());
  if (auto fine = add_layers(context, args, *function); !fine) return tl::unexpected(fine.error());
  return function;
}

Result<std::vector<function::Function>> functions_of(Context& context, const Args& args) {
  const Result<Chosen> chosen = find_chosen(context, args);
  if (!chosen) return tl::unexpected(chosen.error());
  if (!chosen->name.empty() || chosen->project.functions.size() == 1) {
    const Result<function::Function> one = function_of(context, args);
    if (!one) return tl::unexpected(one.error());
    return std::vector{*one};
  }
  tell_notes(context, chosen->project);
  std::vector<function::Function> all;
  for (function::Function function : chosen->project.functions) {
    if (!function.refused.empty()) {
      context.terminal.err << fmt::format("note: `{}` is not served: {}\n", function.name,
                                          function.refused);
      continue;
    }
    if (auto fine = apply_limits(args, function); !fine) return tl::unexpected(fine.error());
    if (auto fine = add_layers(context, args, function); !fine) return tl::unexpected(fine.error());
    all.push_back(std::move(function));
  }
  if (all.empty()) return fail("no function of this project can be served");
  return all;
}

Result<invoke::Variables> variables_of(Context& context, const Args& args, const invoke::Host& host,
                                       const function::Function& function) {
  invoke::Variables variables;
  std::vector<std::string> paths = args.values("env-file");
  const std::string beside = path::join(folder_of(context, args), ".env");
  if (context.files.exists(beside)) paths.insert(paths.begin(), beside);
  for (const std::string& path : paths) {
    const Result<std::string> text = context.files.read(path);
    if (!text) return tl::unexpected(text.error());
    if (auto added = invoke::add_env_file(*text, path, function.name, variables); !added) {
      return tl::unexpected(added.error());
    }
  }
  for (const std::string& text : args.values("env")) {
    if (auto added = invoke::add_variable(text, context.environment, variables); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (auto fine = host.check_variables(function.environment, function.defined_at); !fine) {
    return tl::unexpected(fine.error());
  }
  if (auto fine = host.check_variables(variables, "command line"); !fine) {
    return tl::unexpected(fine.error());
  }
  return variables;
}

Result<std::vector<std::string>> put_in_secrets(Context& context, const Args& args,
                                                function::Function& function,
                                                invoke::Variables& user) {
  std::vector<std::string> used;
  if (!args.has("secrets")) return used;
  const std::string path(args.value("secrets"));
  const Result<std::string> text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  invoke::Variables secrets;
  if (auto added = invoke::add_secrets_file(*text, path, secrets); !added) {
    return tl::unexpected(added.error());
  }
  for (invoke::Variables* variables : {&function.environment, &user}) {
    auto found = function::resolve_secrets(secrets, *variables);
    if (!found) return tl::unexpected(found.error());
    used.insert(used.end(), found->begin(), found->end());
  }
  return used;
}

Result<std::string> event_of(Context& context, const Args& args) {
  if (args.has("sample")) {
    if (args.has("event")) return usage_error("give --event or --sample, not both");
    return function::sample_event(args.value("sample"));
  }
  if (!args.has("event")) return "{}";
  const std::string path(args.value("event"));
  if (path == "-") {
    if (context.terminal.in_is_tty) {
      return usage_error("the event is read from standard input, but that is a terminal",
                         "pipe it in: echo '{}' | meshfn invoke --event -");
    }
    return invoke::check_event(std::string(std::istreambuf_iterator<char>(context.terminal.in), {}),
                               "<stdin>");
  }
  Result<std::string> text = context.files.read(path);
  if (!text) return text;
  return invoke::check_event(std::move(*text), path);
}

}  // namespace meshfn::cli
