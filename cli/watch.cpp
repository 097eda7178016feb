#include "cli/watch.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

namespace meshfn::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kInterval{150};

bool is_passed_over(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "node_modules" || name == "__pycache__" || name == "venv" ||
         (name.size() > 1 && name.front() == '.' && name != ".env");
}

std::uint64_t mixed(std::uint64_t sum, std::uint64_t value) {
  return (sum ^ value) * 0x100000001B3U;  // FNV-1a's prime
}

}  // namespace

std::uint64_t fingerprint(const std::string& folder) {
  std::uint64_t sum = 0xCBF29CE484222325U;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (is_passed_over(at->path())) {
      at.disable_recursion_pending();
      continue;
    }
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    sum = mixed(sum, std::hash<std::string>()(at->path().string()));
    sum = mixed(sum, static_cast<std::uint64_t>(at->file_size(gone)));
    sum = mixed(sum,
                static_cast<std::uint64_t>(at->last_write_time(gone).time_since_epoch().count()));
  }
  return sum;
}

void wait_for_change(const std::string& folder, std::uint64_t before) {
  std::uint64_t last = before;
  for (;;) {
    std::this_thread::sleep_for(kInterval);
    const std::uint64_t now = fingerprint(folder);
    if (now != before && now == last) return;
    last = now;
  }
}

}  // namespace meshfn::cli
