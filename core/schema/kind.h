#pragma once

// One version of a kind with the schema of its objects, and the storage that its types, patterns,
// texts and default values live in. A KindSchema is self-contained: it may be handed to another
// thread, and many threads may check against it at once.

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schema/type.h"
#include "source/file.h"

namespace meshfn::schema {

/// Which set of Gateway API CRDs is installed; experimental contains standard.
enum class Channel : std::uint8_t { standard, experimental };

enum class Scope : std::uint8_t { namespaced, cluster };

/// One version of a kind, without its fields.
struct Version {
  std::string_view name;
  bool served = true;
  bool stored = false;
  bool deprecated = false;
  bool experimental = false;        ///< served by the experimental channel only
  bool whole = false;               ///< status is no subresource, whatever other versions do
  std::string_view replacement;     ///< of a deprecated version: what to write instead
  config::IstioRelease since = {};  ///< the release of Istio that brought it
};

/// What everything in a schema is allocated from; addresses are stable.
class Store {
 public:
  Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  Type& type() { return types_.emplace_back(); }

  /// A copy of `text` that lives as long as the store.
  std::string_view text(std::string text) { return texts_.emplace_back(std::move(text)); }

  /// The pattern of this expression; one object for equal expressions.
  const Pattern& pattern(std::string_view expression);
  /// YAML text as a node; nothing when it cannot be read.
  yaml::Node value(std::string text);

  /// Compiles the expressions of every type; what does not compile is returned as
  /// "EXPRESSION: what is wrong". Call it once, when the types are complete.
  std::vector<std::string> compile_rules();

 private:
  struct Parsed;
  std::deque<Type> types_;
  std::deque<std::string> texts_;
  std::deque<Pattern> patterns_;
  std::vector<std::unique_ptr<Parsed>> values_;
  std::vector<std::unique_ptr<const cel::Program>> programs_;
};

struct KindSchema {
  std::string_view group;  ///< "" for the core group
  std::string_view kind;
  Version version;
  std::vector<Version> versions;  ///< all of this kind, newest first
  Scope scope = Scope::namespaced;
  bool status_apart = false;  ///< status is a subresource: dropped from what users apply
  bool user_defined = false;  ///< read from a CRD file rather than built in
  const Type* root = nullptr;
  Store store;

  /// "networking.istio.io/v1", "v1".
  std::string api_version() const;
};

}  // namespace meshfn::schema
