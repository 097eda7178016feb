#pragma once

// Small scenarios and runs for the simulator's tests, and the way to data that is shared but not
// ours.

#include <optional>
#include <string>
#include <vector>

#include "resource/mesh.h"
#include "simulate/answer.h"
#include "simulate/simulation.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

/// One service `station` of `endpoints` with `slots` each, called by one client with one worker at
/// `rate` per second; a service time of mean 1 s unless changed.
Scenario station(std::uint32_t endpoints, std::uint32_t slots, double rate);

/// Lays out and runs; REQUIREs that it can be laid out.
std::unique_ptr<World> world_of(Scenario scenario);
Recording run(const World& world, std::uint64_t seed);
Answer answer_of(const World& world, std::uint64_t seed = 1);

/// All of the loads together.
Tally entry_tally(const Recording& record);

/// YAML texts as a mesh; they are called mesh-1.yaml, mesh-2.yaml … in places.
class MeshOf {
 public:
  explicit MeshOf(const std::vector<std::string>& texts) : mesh(settings()) {
    for (const std::string& text : texts) {
      const auto& file = store_.add("mesh-" + std::to_string(trees_.size() + 1) + ".yaml", text);
      trees_.push_back(yaml::read(file, problems_));
      mesh.load(*trees_.back());
    }
  }

 private:
  static resource::MeshSettings settings() {
    resource::MeshSettings s;
    s.default_namespace = "default";
    return s;
  }

  source::Store store_;
  yaml::Problems problems_;
  std::vector<std::unique_ptr<yaml::Tree>> trees_;

 public:
  resource::Mesh mesh;
};

/// Text of a file in the shared folder beside the repository (or in MESHFN_SHARED); nothing when it
/// is not there, and a line on standard output that says so.
std::optional<std::string> shared_file(const std::string& path);

/// What a command line ended with.
struct Ran {
  int code;
  std::string out;
  std::string err;
};

/// Runs `meshfn WORDS`, with `input` on standard input.
Ran meshfn(const std::vector<std::string>& words, const std::string& input = {});

/// A scenario of the gallery.
std::string gallery(const std::string& name);

/// Factor for the length of statistical runs: smaller in slow builds.
double run_scale();

}  // namespace meshfn::simulate
