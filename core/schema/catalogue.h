#pragma once

// The kinds we know: the tables built into the binary and the CRDs that a user adds. Nothing is
// read until a kind is asked for, and then only that kind, so a catalogue costs nothing to have.

#include <forward_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "diagnostic/rule.h"
#include "schema/kind.h"

namespace meshfn::schema {

/// One line of `list kinds`.
struct KindInfo {
  std::string_view group;
  std::string_view kind;
  Scope scope = Scope::namespaced;
  std::vector<Version> versions;
  bool user_defined = false;  ///< by a CRD, so that its group may well have more kinds
};

/// Not safe to share by threads while kinds are still being looked up: give each its own.
class Catalogue {
 public:
  explicit Catalogue(Channel channel = Channel::experimental);

  /// Another one that knows the same CRDs, for another thread. This one outlives it and is given
  /// no more CRDs meanwhile.
  std::unique_ptr<Catalogue> fork() const;

  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;
  ~Catalogue();

  /// The schema of this kind in this version, an unserved one included; null when unknown.
  const KindSchema* find(std::string_view api_version, std::string_view kind);

  /// Every kind, sorted by group and kind, without its fields; as long as no CRD is added.
  const std::vector<KindInfo>& kinds() const;

  /// Whether the group has this kind, in whatever version.
  bool has_kind(std::string_view group, std::string_view kind) const;

  /// Adds the kinds of a CustomResourceDefinition; they take the place of built-in ones. The
  /// error names the CRD and the place; expressions that do not compile are errors too.
  Result<void> add_crd(yaml::Node root);

  /// The same; an error leaves the place in `where` and does not name it.
  Result<void> add_crd(yaml::Node root, source::Location& where);

  Channel channel() const { return channel_; }

 private:
  using Key = std::pair<std::string, std::string>;  ///< apiVersion, kind
  struct Tables;

  const Tables& tables() const;
  bool replaced(std::string_view group, std::string_view kind) const;
  std::vector<KindInfo> list_kinds() const;

  Channel channel_;
  mutable std::unique_ptr<Tables> tables_;                   ///< made on first use
  std::map<Key, std::shared_ptr<const KindSchema>> loaded_;  ///< those of CRDs are shared by forks
  std::vector<KindInfo> crds_;
  mutable std::vector<KindInfo> kinds_;   ///< empty until somebody asks
  std::forward_list<std::string> texts_;  ///< names in `crds_`
};

/// Adds every CustomResourceDefinition in the YAML file, or in the YAML and JSON files below the
/// directory, `path`; other documents are passed over. It is an error when there is none.
Result<void> load_crds(const Files& files, const std::string& path, Catalogue& catalogue);

/// The rules that a schema check can break (group `schema`), for the rule catalogue.
std::span<const diagnostic::Rule> rules();

/// "networking.istio.io/v1" in its parts; the core group is empty.
struct GroupVersion {
  std::string_view group;
  std::string_view version;
};

GroupVersion split_api_version(std::string_view api_version);

}  // namespace meshfn::schema
