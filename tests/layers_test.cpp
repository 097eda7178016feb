// The rooms of core/ are one-way: a file includes only its own room and rooms named before it.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.h"
#include "support/paths.h"

namespace meshfn {

namespace {

/// DESIGN section 3, in order. The jobs (lint … invoke) do not include each other.
const std::vector<std::string> kRooms = {"base",   "source",   "diagnostic", "yaml",     "config",
                                         "schema", "resource", "routing",    "function", "lint",
                                         "render", "simulate", "scaffold",   "invoke",   "report"};
const std::vector<std::string> kJobs = {"lint", "render", "simulate", "scaffold", "invoke"};

bool is_job(const std::string& room) {
  return std::find(kJobs.begin(), kJobs.end(), room) != kJobs.end();
}

std::ptrdiff_t rank(const std::string& room) {
  const auto found = std::find(kRooms.begin(), kRooms.end(), room);
  return found == kRooms.end() ? -1 : found - kRooms.begin();
}

/// The rooms of core that a file includes: the first part of every `#include "room/…"`.
std::vector<std::string> included_rooms(const std::filesystem::path& file) {
  std::vector<std::string> rooms;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#include \"")) continue;
    const std::string path = line.substr(10);
    const std::size_t slash = path.find('/');
    if (slash != std::string::npos) rooms.push_back(path.substr(0, slash));
  }
  return rooms;
}

std::vector<std::string> violations(const std::string& room) {
  std::vector<std::string> found;
  const std::filesystem::path folder = std::filesystem::path(test::source_dir()) / "core" / room;
  if (!std::filesystem::exists(folder)) return found;  // a room may still be empty
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string ext = entry.path().extension().string();
    if (ext != ".h" && ext != ".cpp") continue;
    for (const std::string& other : included_rooms(entry.path())) {
      const bool later = rank(other) > rank(room);
      const bool sideways = other != room && is_job(room) && is_job(other);
      if (rank(other) < 0 || later || sideways) {
        found.push_back(entry.path().string() + " includes " + other + "/");
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a room includes only rooms named before it", "[layers]") {
  for (const std::string& room : kRooms) {
    CHECK(violations(room) == std::vector<std::string>());
  }
}

TEST_CASE("every folder of core is a room", "[layers]") {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(test::source_dir()) / "core")) {
    if (entry.is_directory()) CHECK(rank(entry.path().filename().string()) >= 0);
  }
}

}  // namespace meshfn
