#include "scaffold/writer.h"

#include <fmt/format.h>

#include <optional>

#include "base/str.h"

namespace meshfn::scaffold {

namespace {

/// What has to be undone, newest last.
class Journal {
 public:
  explicit Journal(Files& files) : files_(files) {}

  Result<void> write(const std::string& path, const ProjectFile& file) {
    note_folders(path::parent(path));
    std::optional<std::string> before;
    if (files_.exists(path)) {
      auto bytes = files_.read(path);
      if (!bytes) return tl::unexpected(bytes.error());
      before = std::move(*bytes);
    }
    auto done = files_.write(path, file.bytes, file.executable);
    if (done) changes_.push_back({path, std::move(before)});
    return done;
  }

  /// Best effort: what cannot be taken back stays, and the first error is what the user hears.
  void undo() {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->before) {
        static_cast<void>(files_.write(change->path, *change->before, false));
      } else {
        static_cast<void>(files_.remove(change->path));
      }
    }
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      static_cast<void>(files_.remove(*folder));
    }
  }

 private:
  struct Change {
    std::string path;
    std::optional<std::string> before;
  };

  /// Remembers the folders that the next write will make, outermost first.
  void note_folders(const std::string& folder) {
    if (folder == "." || folder.empty() || folder == "/" || files_.exists(folder)) return;
    note_folders(path::parent(folder));
    folders_.push_back(folder);
  }

  Files& files_;
  std::vector<Change> changes_;
  std::vector<std::string> folders_;
};

}  // namespace

Result<Written> preview(const Files& files, const std::string& folder, const Project& project) {
  Written written;
  for (const ProjectFile& file : project.files) {
    const std::string path = path::join(folder, file.path);
    if (!files.exists(path)) {
      written.made.push_back(file.path);
      continue;
    }
    const auto bytes = files.read(path);
    if (!bytes) return usage_error(fmt::format("`{}` is in the way", path), bytes.error().message);
    (*bytes == file.bytes ? written.unchanged : written.replaced).push_back(file.path);
  }
  return written;
}

Result<Written> write(Files& files, const std::string& folder, const Project& project, bool force) {
  auto plan = preview(files, folder, project);
  if (!plan) return plan;
  if (!plan->replaced.empty() && !force) {
    const std::string first = path::join(folder, plan->replaced.front());
    const std::size_t others = plan->replaced.size() - 1;
    return usage_error(others == 0 ? fmt::format("`{}` is in the way", first)
                                   : fmt::format("`{}` and {} are in the way", first,
                                                 str::count(others, "other file")),
                       "nothing was written; choose another name, or replace them with `--force`");
  }
  Journal journal(files);
  for (const ProjectFile& file : project.files) {
    if (auto done = journal.write(path::join(folder, file.path), file); !done) {
      journal.undo();
      return tl::unexpected(done.error());
    }
  }
  return plan;
}

std::string tree(const Project& project) {
  std::string out;
  std::vector<std::string_view> open;
  for (const ProjectFile& file : project.files) {
    std::vector<std::string_view> parts = str::split(file.path, '/');
    std::size_t same = 0;
    while (same < open.size() && same + 1 < parts.size() && open[same] == parts[same]) ++same;
    for (std::size_t i = same; i < parts.size(); ++i) {
      const bool last = i + 1 == parts.size();
      out += fmt::format("{:{}}{}{}\n", "", i * 2, parts[i], last ? "" : "/");
    }
    parts.pop_back();
    open = std::move(parts);
  }
  return out;
}

}  // namespace meshfn::scaffold
