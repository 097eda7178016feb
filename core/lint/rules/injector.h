#pragma once

// Istio's sidecar injector as its ConfigMaps configure it, and the revision that a namespace asks
// for.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lint/rules/istio_objects.h"
#include "yaml/embedded.h"

namespace meshfn::lint::istio {

/// `istio.io/rev` of a Namespace, or "default" when it has `istio-injection: enabled`; empty when
/// it asks for no injection.
std::string_view revision_of(const resource::Object& name_space);

/// Injectors by revision (Mesh::derived<Injectors>); "default" is that of the ConfigMap without
/// one.
class Injectors {
 public:
  /// The mesh outlives it.
  explicit Injectors(const resource::Mesh& mesh);

  bool empty() const { return values_.empty(); }

  /// The Helm values of a revision's injector; absent when the input does not have it.
  yaml::Node values(std::string_view revision) const;

  /// The image of the proxies that a revision's injector adds; empty when it is not known.
  std::string image(std::string_view revision) const;

  /// Whether namespaces without any label are injected too.
  bool injects_by_default(std::string_view revision) const;

 private:
  std::map<std::string_view, std::unique_ptr<yaml::Embedded>> values_;
};

}  // namespace meshfn::lint::istio
