#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace meshfn {

namespace {

constexpr off_t kLargestFile = off_t{1} << 30;

std::string reason() { return std::strerror(errno); }

/// Closes its descriptor at the end of the scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cannot write `" + path + "`: " + reason());
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_through(const std::string& path, std::string_view bytes) {
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.get() < 0) return fail("cannot write `" + path + "`: " + reason());
  return write_all(fd.get(), bytes, path);
}

/// Makes or replaces the regular file `target` in one step; `path` is what the user called it.
Result<void> replace(const std::string& target, std::string_view bytes, mode_t mode,
                     const std::string& path) {
  const std::string temporary = target + ".tmp" + std::to_string(::getpid());
  {
    const Descriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777U));
    if (fd.get() < 0) return fail("cannot write `" + path + "`: " + reason());
    if (auto done = write_all(fd.get(), bytes, path); !done) {
      ::unlink(temporary.c_str());
      return done;
    }
  }
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const std::string why = reason();
    ::unlink(temporary.c_str());
    return fail("cannot write `" + path + "`: " + why);
  }
  return {};
}

bool is_skipped(std::string_view name) {
  return name.starts_with('.') || name == "node_modules" || name == "__pycache__";
}

class RealFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path) const override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return fail("cannot read `" + path + "`: " + reason());

    struct stat info {};

    if (::fstat(fd.get(), &info) != 0) return fail("cannot read `" + path + "`: " + reason());
    if (S_ISDIR(info.st_mode)) return fail("cannot read `" + path + "`: it is a directory");
    if (info.st_size > kLargestFile) {
      return fail("cannot read `" + path + "`: it is larger than 1 GiB");
    }
    // One byte more than there should be, so that the end is seen without growing.
    std::string bytes(static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)) + 1, '\0');
    std::size_t used = 0;
    while (true) {
      // Pipes and /proc files report size 0: read until the end whatever stat said.
      if (used == bytes.size()) bytes.resize(used + 65536);
      const ssize_t n = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail("cannot read `" + path + "`: " + reason());
      if (n == 0) break;
      used += static_cast<std::size_t>(n);
      if (used > static_cast<std::size_t>(kLargestFile)) {
        return fail("cannot read `" + path + "`: it is larger than 1 GiB");
      }
    }
    bytes.resize(used);
    return bytes;
  }

  Result<void> write(const std::string& path, std::string_view bytes, bool executable) override {
    std::error_code problem;
    std::filesystem::create_directories(path::parent(path), problem);
    if (problem) {
      return fail("cannot create directory `" + path::parent(path) + "`: " + problem.message());
    }

    // Renaming would put a file in the place of a device, a pipe or a link: those are written
    // through, and an existing file keeps its permissions.
    struct stat info {};

    const bool there = ::stat(path.c_str(), &info) == 0;
    if (there && S_ISDIR(info.st_mode))
      return fail("cannot write `" + path + "`: it is a directory");
    if (there && !S_ISREG(info.st_mode)) return write_through(path, bytes);
    const auto target = std::filesystem::weakly_canonical(path, problem);
    const mode_t mode = (there ? info.st_mode & 07777U : 0644U) | (executable ? 0111U : 0U);
    auto done = replace(problem ? path : target.string(), bytes, mode, path);
    if (done && there) ::chmod(path.c_str(), mode);  // open() went through the umask
    return done;
  }

  Result<void> remove(const std::string& path) override {
    if (::remove(path.c_str()) == 0) return {};
    return fail("cannot remove `" + path + "`: " + reason());
  }

  bool exists(const std::string& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  bool is_directory(const std::string& path) const override {
    struct stat info {};

    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  Result<std::vector<std::string>> walk(const std::string& directory) const override {
    namespace fs = std::filesystem;
    std::error_code problem;
    fs::recursive_directory_iterator it(directory, problem);
    if (problem) return fail("cannot read directory `" + directory + "`: " + problem.message());
    std::vector<std::string> found;
    for (; it != fs::recursive_directory_iterator(); it.increment(problem)) {
      if (problem) return fail("cannot read directory `" + directory + "`: " + problem.message());
      const std::string name = it->path().filename().string();
      if (it->is_directory(problem)) {
        if (is_skipped(name)) it.disable_recursion_pending();
      } else if (!is_skipped(name) && it->is_regular_file(problem)) {
        found.push_back(it->path().string());
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }
};

}  // namespace

std::unique_ptr<Files> real_files() { return std::make_unique<RealFiles>(); }

Result<std::string> MemoryFiles::read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found != files_.end()) return found->second;
  if (is_directory(path)) return fail("cannot read `" + path + "`: it is a directory");
  return fail("cannot read `" + path + "`: No such file or directory");
}

Result<void> MemoryFiles::write(const std::string& path, std::string_view bytes,
                                bool /*executable*/) {
  files_[path] = std::string(bytes);
  return {};
}

Result<void> MemoryFiles::remove(const std::string& path) {
  if (files_.erase(path) > 0 || is_directory(path)) return {};
  return fail("cannot remove `" + path + "`: No such file or directory");
}

bool MemoryFiles::exists(const std::string& path) const {
  return files_.contains(path) || is_directory(path);
}

bool MemoryFiles::is_directory(const std::string& path) const {
  const std::string prefix = path::join(path, "");
  const auto next = files_.lower_bound(prefix);
  return next != files_.end() && next->first.starts_with(prefix);
}

Result<std::vector<std::string>> MemoryFiles::walk(const std::string& directory) const {
  if (!is_directory(directory)) {
    return fail("cannot read directory `" + directory + "`: No such file or directory");
  }
  std::vector<std::string> found;
  for (const auto& [name, bytes] : files_) {
    if (name.starts_with(path::join(directory, ""))) found.push_back(name);
  }
  return found;
}

namespace path {

std::string join(std::string_view a, std::string_view b) {
  if (a.empty() || a == "." || b.starts_with('/')) return std::string(b);
  std::string out(a);
  if (out.back() != '/') out += '/';
  out += b;
  return out;
}

std::string parent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string_view name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension(std::string_view path) {
  const std::string_view last = name(path);
  const std::size_t dot = last.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : last.substr(dot);
}

}  // namespace path

}  // namespace meshfn
