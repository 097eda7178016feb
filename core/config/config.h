#pragma once

// meshfn.yaml: the settings of a repository. Few keys, every one with a default that works; unknown
// keys are errors with carets; each setting knows where it came from, because "why is this rule off
// here" is the first question about any linter's configuration.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "config/istio_release.h"
#include "diagnostic/suppression.h"
#include "yaml/node.h"

namespace meshfn::config {

/// Where a setting's value came from.
struct Origin {
  enum class From : std::uint8_t { fallback, file, flag } from = From::fallback;
  source::Location where;  ///< only for `file`
};

/// "default", "flag" or "meshfn.yaml:3:10".
std::string to_string(const Origin& origin);

/// A value and its origin.
template <class T>
struct Setting {
  T value{};
  Origin origin;

  /// A value from the command line beats every other.
  void set_by_flag(T flag) {
    value = std::move(flag);
    origin = {Origin::From::flag, {}};
  }
};

/// What a rule's severity becomes; `off` deselects the rule.
enum class Level : std::uint8_t { off, info, warning, error };

/// The level called "off", "info", "warning" or "error".
std::optional<Level> level_of(std::string_view word);

/// `rules: {CODE: LEVEL}`.
struct RuleLevel {
  diagnostic::Code code;
  Level level = Level::error;
  Origin origin;
};

/// `per-file-ignores` and `per-resource-ignores`: globs of what is meant, the codes, and why. An
/// empty list or glob means all.
struct Ignore {
  std::vector<std::string> paths;  ///< relative to the file's directory; only of per-file-ignores
  std::string kind;
  std::string name_space;
  std::string name;
  std::vector<diagnostic::Code> codes;
  std::string reason;
  source::Location where;
  bool of_files = false;
};

/// What exists outside the input, so that references to it are not doubted.
struct Assumptions {
  std::vector<std::string> hosts;       ///< names or `*.` wildcards
  std::vector<std::string> gateways;    ///< "namespace/name"
  std::vector<std::string> namespaces;  ///< complete elsewhere: nothing in them is missing
  yaml::Node mesh_config;               ///< Istio's MeshConfig, written out in the file itself
};

/// When the exit code is 1.
enum class FailOn : std::uint8_t { info, warning, error, never };

std::optional<FailOn> fail_on_of(std::string_view word);
std::string_view to_string(FailOn fail_on);

/// Which CRDs of the Gateway API the cluster has.
enum class Channel : std::uint8_t { standard, experimental };

std::optional<Channel> channel_of(std::string_view word);

struct Config {
  /// The file as it was found ("../meshfn.yaml"); empty when there is none.
  std::string path;
  Setting<std::vector<std::string>> paths;  ///< what `lint` without operands checks
  std::vector<RuleLevel> rules;
  Setting<std::vector<diagnostic::Code>> select;
  Setting<std::vector<diagnostic::Code>> ignore;
  std::vector<Ignore> ignores;
  Setting<Assumptions> assume;
  Setting<bool> closed_world;                  ///< what the input does not show does not exist
  Setting<std::optional<IstioRelease>> istio;  ///< of the cluster; absent: the newest that is known
  Setting<FailOn> fail_on{FailOn::error, {}};
  Setting<std::optional<std::uint32_t>> max_warnings;
  Setting<std::string> name_space;  ///< of documents that name none; empty: leave it open
  Setting<std::string> istio_namespace{"istio-system", {}};
  Setting<std::string> mesh_config;    ///< path, relative to the working directory; empty: none
  Setting<std::string> mesh_networks;  ///< path, relative to the working directory; empty: none
  Setting<std::string> baseline;       ///< path, relative to the working directory; empty: none
  Setting<std::vector<std::string>> exclude;  ///< globs of what `paths` leaves out
  Setting<std::vector<std::string>> crds;     ///< files and directories with the user's CRDs
  Setting<Channel> channel{Channel::experimental, {}};
  /// `NAME=PATH`: objects of a remote cluster of the mesh, which share Services with this one.
  Setting<std::vector<std::string>> remote_clusters;
  Setting<std::vector<std::string>> context;  ///< paths of objects to resolve against only
  /// The `functions` key as it stands, for the commands that run functions. Valid as long as the
  /// Loaded it is part of.
  yaml::Node functions;
};

/// One line of `list settings`.
struct SettingLine {
  std::string_view name;
  std::string value;
  std::string origin;
};

/// Every setting with its value and where it came from, in the order of the documentation.
std::vector<SettingLine> settings(const Config& config);

/// A configuration with the text it was read from, and what is wrong with it.
struct Loaded {
  Config config;
  std::vector<diagnostic::Diagnostic> problems;  ///< any makes the configuration unusable
  std::shared_ptr<const yaml::Tree> tree;        ///< null without a file
};

/// The nearest `meshfn.yaml`, `meshfn.yml`, `.meshfn.yaml` or `.meshfn.yml` from `directory`
/// (absolute) up to the root of the repository (the first directory with `.git`), relative to
/// `directory`; empty when there is none.
std::string discover(const Files& files, const std::string& directory);

/// Reads the configuration at `path`, whose text will be owned by `store`. The error is for a file
/// that cannot be read at all.
Result<Loaded> load(const Files& files, const std::string& path, source::Store& store);

}  // namespace meshfn::config
