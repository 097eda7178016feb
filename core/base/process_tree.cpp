#include "base/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <thread>

#include "base/str.h"

namespace meshfn::process_tree {

namespace {

/// Files of /proc say size 0 and have to be read until they end.
std::string read_proc(const std::string& path) {
  std::string text;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

void append_numbers(std::string_view text, std::vector<pid_t>& out) {
  for (const std::string_view word : str::split(text, ' ')) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
    if (error == std::errc() && end != word.data()) out.push_back(pid);
  }
}

/// The number of kB after `key` in /proc/PID/status, in bytes.
std::uint64_t field(std::string_view status, std::string_view key) {
  const std::size_t at = status.find(key);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = str::trim(status.substr(at + key.size(), 32));
  std::uint64_t kilobytes = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), kilobytes);
  return kilobytes * 1024;
}

void append_family(pid_t pid, std::vector<pid_t>& out) {
  const std::size_t first = out.size();
  out.push_back(pid);
  for (std::size_t i = first; i < out.size(); ++i) {
    const std::vector<pid_t> below = children(out[i]);
    out.insert(out.end(), below.begin(), below.end());
  }
}

/// Whether the process has ended, or nothing is left of it.
bool is_dead(const std::string& folder) {
  const std::string stat = read_proc(folder + "/stat");
  // The name before the state is in parentheses and may hold any character.
  const std::size_t end = stat.rfind(')');
  return end == std::string::npos || end + 2 >= stat.size() || stat[end + 2] == 'Z' ||
         stat[end + 2] == 'X';
}

/// Whether the environment of `pid` holds `mark`. In the middle of exec and of exit a process has
/// neither environment nor command line: that says nothing yet, so it is looked at again.
bool carries(pid_t pid, const std::string& mark) {
  constexpr int kLooks = 100;
  const std::string folder = "/proc/" + std::to_string(pid);
  for (int look = 0; look < kLooks; ++look) {
    // In this order: an exec that ends between the two reads is then looked at once more.
    const bool has_command_line = !read_proc(folder + "/cmdline").empty();
    const std::string environment = read_proc(folder + "/environ");
    if (!environment.empty()) return environment.find(mark) != std::string::npos;
    if (has_command_line || is_dead(folder)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return false;
}

}  // namespace

std::vector<pid_t> children(pid_t pid) {
  std::vector<pid_t> found;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  DIR* directory = ::opendir(tasks.c_str());
  if (directory == nullptr) return found;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    append_numbers(read_proc(tasks + "/" + entry->d_name + "/children"), found);
  }
  ::closedir(directory);
  return found;
}

std::vector<pid_t> family(pid_t pid) {
  std::vector<pid_t> found;
  append_family(pid, found);
  return found;
}

std::vector<pid_t> adopted(pid_t root, const std::string& mark) {
  std::vector<pid_t> found;
  for (const pid_t child : children(::getpid())) {
    if (child == root) continue;
    if (carries(child, mark)) append_family(child, found);
  }
  return found;
}

Resident resident(pid_t pid) {
  const std::string status = read_proc("/proc/" + std::to_string(pid) + "/status");
  return {field(status, "VmRSS:"), field(status, "VmHWM:")};
}

}  // namespace meshfn::process_tree
