#pragma once

// The settings of one lint run: `meshfn.yaml`, then the command line. `lint` and whatever else
// shows or obeys these settings start here.

#include "cli/command.h"
#include "config/config.h"
#include "lint/linter.h"

namespace meshfn::cli {

/// What the configuration file and the flags say together.
struct LintSettings {
  source::Store store;    ///< of the configuration's text and of what it names
  config::Loaded loaded;  ///< `loaded.config` with the flags applied
  lint::Options options;
  std::unique_ptr<schema::Catalogue> kinds;
  std::unique_ptr<yaml::Tree> mesh_config;
  std::unique_ptr<yaml::Tree> mesh_networks;
};

/// Reads them. Mistakes in `meshfn.yaml` are printed to stderr with carets, and the error then
/// says how many there are.
Result<std::unique_ptr<LintSettings>> lint_settings(Context& context, const Args& args);

}  // namespace meshfn::cli
