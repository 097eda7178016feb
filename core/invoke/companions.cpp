#include "invoke/companions.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/json.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

/// What Lambda gives extensions to end: two seconds when there are external ones.
constexpr milliseconds kExternalBudget{2000};
constexpr milliseconds kInternalBudget{500};
constexpr milliseconds kLastDeliveries{1000};

constexpr std::string_view kNotForExtensions[] = {
    "AWS_EXECUTION_ENV",        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING", "LAMBDA_RUNTIME_DIR",        "LAMBDA_TASK_ROOT",
};

}  // namespace

std::vector<std::string> find_extensions(const std::vector<std::string>& layers) {
  std::vector<std::string> found;
  for (const std::string& layer : layers) {
    std::error_code ignored;
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(layer + "/extensions", ignored)) {
      const std::string file = entry.path().string();
      if (entry.is_regular_file(ignored) && ::access(file.c_str(), X_OK) == 0) {
        files.push_back(file);
      }
    }
    std::sort(files.begin(), files.end());
    found.insert(found.end(), files.begin(), files.end());
  }
  return found;
}

Variables extension_variables(const Variables& variables) {
  Variables result;
  for (const auto& [name, value] : variables) {
    const auto end = std::end(kNotForExtensions);
    if (name.starts_with('_') || std::find(std::begin(kNotForExtensions), end, name) != end) {
      continue;
    }
    result[name] = value;
  }
  return result;
}

Companions::Companions(Loop& loop, const Clock& clock, ExtensionHost host, Random random,
                       Events events)
    : extensions(std::move(host), random,
                 {.failed = [this](const std::string& type,
                                   const std::string& message) { events_.failed(type, message); },
                  .told =
                      [this](const std::string& name, const std::string& state,
                             const std::vector<std::string>& wanted) {
                        const nlohmann::ordered_json record = {
                            {"name", name}, {"state", state}, {"events", wanted}};
                        telemetry.record("platform.extension", record.dump());
                      }}),
      telemetry(clock,
                [this](std::uint16_t port, std::string bytes, bool half_close) {
                  ++deliveries_;
                  loop_.exchange(port, std::move(bytes), half_close,
                                 [this](const std::string&) { --deliveries_; });
                }),
      loop_(loop),
      clock_(clock),
      events_(std::move(events)) {}

Companions::~Companions() {
  loop_.cancel(flush_timer_);
  for (const auto& member : members_) {
    loop_.unwatch(member->process.exit_fd());
    loop_.unwatch(member->process.output_fd());
  }
}

bool Companions::handle(const http::Request& request, const http::Reply& reply) {
  const std::string target = request.target.substr(0, request.target.find('?'));
  if (Extensions::owns(target)) {
    extensions.handle(request, reply);
    return true;
  }
  if (!Telemetry::owns(target)) return false;
  const std::string name = extensions.name_of(request.field("Lambda-Extension-Identifier"));
  telemetry.handle(request, reply, name);
  if (flush_timer_ == 0 && telemetry.interval_ms() > 0) keep_flushing();
  return true;
}

void Companions::keep_flushing() {
  flush_timer_ = loop_.after(milliseconds{telemetry.interval_ms()}, [this] {
    telemetry.flush();
    keep_flushing();
  });
}

void Companions::start(const std::vector<std::string>& paths, const Variables& variables) {
  stopping_ = false;
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    names.push_back(std::filesystem::path(path).filename().string());
  }
  extensions.expect(names);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Program program;
    program.argv = {paths[i]};
    program.environment = extension_variables(variables);
    Result<Process> process = Process::start(program);
    if (!process) {
      events_.failed("Extension.LaunchError", names[i] + ": " + process.error().message);
      return;
    }
    members_.push_back(std::make_unique<Member>(Member{names[i], std::move(*process)}));
    watch(*members_.back());
  }
}

void Companions::watch(Member& member) {
  loop_.watch(member.process.exit_fd(), [this, &member] {
    loop_.unwatch(member.process.exit_fd());
    member.ended = true;
    const std::optional<Exit> exit = member.process.exit();
    if (stopping_) return;
    events_.failed("Extension.Crash",
                   member.name + " exited with error: " + to_string(exit.value_or(Exit{})));
  });
  loop_.watch(member.process.output_fd(), [this, &member] { read_output(member); });
}

bool Companions::read_output(Member& member) {
  char buffer[65536];
  const ssize_t n = ::read(member.process.output_fd(), buffer, sizeof buffer);
  if (n == 0) loop_.unwatch(member.process.output_fd());
  if (n <= 0) return false;
  const std::string_view bytes(buffer, static_cast<std::size_t>(n));
  telemetry.log("extension", bytes);
  events_.output(bytes);
  return true;
}

bool Companions::all_ended() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->ended; });
}

void Companions::run_for(milliseconds limit, const std::function<bool()>& done) {
  bool over = false;
  const TimerId timer = loop_.after(limit, [&over] { over = true; });
  loop_.run_until([&] { return over || done(); });
  loop_.cancel(timer);
}

void Companions::shut_down(std::string_view reason, const std::function<bool()>& also_done) {
  if (empty()) return;
  stopping_ = true;
  telemetry.flush();
  run_for(kLastDeliveries, [this] { return deliveries_ == 0; });
  const milliseconds budget = extensions.has_external() ? kExternalBudget : kInternalBudget;
  const bool anybody = extensions.shut_down(reason, clock_.unix_millis() + budget.count());
  run_for(anybody ? budget : milliseconds{0}, [&] { return all_ended() && also_done(); });
  telemetry.flush();
  run_for(kLastDeliveries, [this] { return deliveries_ == 0; });
  for (const auto& member : members_) {
    loop_.unwatch(member->process.exit_fd());
    loop_.unwatch(member->process.output_fd());
    member->process.end(milliseconds{0});
    while (read_output(*member)) {
    }
  }
  members_.clear();
  loop_.cancel(flush_timer_);
  flush_timer_ = 0;
  extensions.restart();
  telemetry.restart();
}

std::uint64_t Companions::memory() {
  std::uint64_t sum = 0;
  for (const auto& member : members_) sum += member->process.memory();
  return sum;
}

}  // namespace meshfn::invoke
