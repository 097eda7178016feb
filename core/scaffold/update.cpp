#include "scaffold/update.h"

#include <fmt/format.h>

#include <optional>
#include <set>

#include "scaffold/merge.h"
#include "scaffold/writer.h"

namespace meshfn::scaffold {

namespace {

/// A file in the three states that are merged; nothing where it does not exist.
struct Sides {
  std::optional<std::string> base;
  std::optional<std::string> yours;
  std::optional<std::string> theirs;
};

/// What has to be done, before anything is.
struct Plan {
  Updated told;
  Project write;
};

void put(Plan& plan, const std::string& path, std::string bytes, bool executable) {
  plan.write.files.push_back({path, std::move(bytes), executable});
}

/// A file that the template makes and that is there.
void merge_file(Plan& plan, const std::string& path, const Sides& sides, bool executable) {
  if (sides.base == sides.theirs || sides.yours == sides.theirs) return;
  Merged merged = merge(sides.base.value_or(""), *sides.yours, *sides.theirs);
  (merged.conflicts > 0 ? plan.told.conflicts : plan.told.changed).push_back(path);
  put(plan, path, std::move(merged.text), executable);
}

void plan_file(Plan& plan, const std::string& path, const Sides& sides, bool executable) {
  if (sides.theirs && sides.yours) {
    merge_file(plan, path, sides, executable);
  } else if (sides.theirs && !sides.base) {
    plan.told.made.push_back(path);
    put(plan, path, *sides.theirs, executable);
  } else if (sides.theirs && sides.base != sides.theirs) {
    // Deleted by the owner, changed by the template: the owner decides.
    plan.told.conflicts.push_back(path + ".rej");
    put(plan, path + ".rej", *sides.theirs, executable);
  } else if (!sides.theirs && sides.yours) {
    (sides.yours == sides.base ? plan.told.removed : plan.told.kept).push_back(path);
  }
}

Result<std::optional<std::string>> read_if_there(const Files& files, const std::string& path) {
  if (!files.exists(path)) return std::nullopt;
  auto bytes = files.read(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return std::move(*bytes);
}

Result<Plan> make_plan(const Files& files, const std::string& folder, const Record& record,
                       const Project& project) {
  std::map<std::string, const ProjectFile*> fresh;
  std::set<std::string> paths;
  for (const ProjectFile& file : project.files) {
    if (file.path == kRecordPath) continue;
    fresh[file.path] = &file;
    paths.insert(file.path);
  }
  for (const auto& [path, bytes] : record.files) paths.insert(path);
  Plan plan;
  for (const std::string& path : paths) {
    Sides sides;
    const auto old = record.files.find(path);
    if (old != record.files.end()) sides.base = old->second;
    const auto now = fresh.find(path);
    if (now != fresh.end()) sides.theirs = now->second->bytes;
    auto yours = read_if_there(files, path::join(folder, path));
    if (!yours) return tl::unexpected(yours.error());
    sides.yours = std::move(*yours);
    if (sides.yours && sides.yours->find(kConflictBegin) != std::string::npos) {
      return usage_error(fmt::format("`{}` still holds a conflict", path::join(folder, path)),
                         "choose between the sides, remove the markers, then update again");
    }
    plan_file(plan, path, sides, now != fresh.end() && now->second->executable);
  }
  return plan;
}

}  // namespace

Result<Record> record_of(const Files& files, const std::string& folder) {
  const std::string path = path::join(folder, kRecordPath);
  if (!files.exists(path)) {
    return usage_error(
        fmt::format("`{}` has no record of how it was made", folder),
        fmt::format("only what `meshfn new` made with a `{}` can be updated", kRecordPath));
  }
  const auto json = files.read(path);
  if (!json) return tl::unexpected(json.error());
  return read_record(*json, path);
}

Result<Updated> update(Files& files, const std::string& folder, const Record& record,
                       const Project& project, bool dry_run) {
  auto plan = make_plan(files, folder, record, project);
  if (!plan) return tl::unexpected(plan.error());
  if (dry_run) return plan->told;
  for (const ProjectFile& file : project.files) {
    if (file.path == kRecordPath) plan->write.files.push_back(file);
  }
  if (const auto done = write(files, folder, plan->write, true); !done) {
    return tl::unexpected(done.error());
  }
  for (const std::string& path : plan->told.removed) {
    if (auto done = files.remove(path::join(folder, path)); !done) {
      return tl::unexpected(done.error());
    }
  }
  return plan->told;
}

}  // namespace meshfn::scaffold
