#pragma once

// Texts in, findings out: read, check against the schema, index, run the rules, say where each
// finding is, silence, sort. The same input gives the same bytes whatever the number of threads.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "diagnostic/baseline.h"
#include "lint/input.h"
#include "lint/selection.h"
#include "resource/mesh.h"
#include "schema/catalogue.h"

namespace meshfn::lint {

struct Options {
  resource::MeshSettings mesh;
  Selection selection;
  const schema::Catalogue* kinds = nullptr;  ///< the kinds with the user's CRDs; null: built-in
  config::Config config;                     ///< its ignores are applied
  std::string working_directory;  ///< absolute; paths in the configuration are compared through it
  const diagnostic::Baseline* baseline = nullptr;
  std::size_t threads = 0;  ///< 0: as many as the machine and the amount of input are worth
};

/// One document or object that was checked.
struct Checked {
  std::string path;
  std::uint32_t document = 0;
  diagnostic::ResourceRef resource;  ///< without a kind: no Kubernetes object
};

struct Outcome {
  std::vector<diagnostic::Diagnostic> findings;  ///< sorted; silenced ones included
  std::vector<Checked> checked;                  ///< in input order
  std::vector<std::string> skipped;  ///< files of directories that hold no Kubernetes objects
  std::size_t files = 0;
  std::size_t documents = 0;
  std::size_t resources = 0;
  /// Kinds that no schema is known of, as "apiVersion kind", with the number of their objects.
  std::map<std::string, std::size_t> unchecked;
  std::vector<std::string> stale;  ///< entries of the baseline that nothing matches any more
  // What the findings point into.
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  std::unique_ptr<resource::Mesh> mesh;
};

/// Checks `inputs`; `store` owns their text from then on and outlives the outcome.
Outcome lint(std::vector<Input> inputs, const Options& options, source::Store& store);

}  // namespace meshfn::lint
