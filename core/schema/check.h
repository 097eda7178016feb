#pragma once

// Checks a document against the schema of its kind, as the API server would when it is applied:
// one pass over the tree, nulls and defaults treated as there, and every finding at the tight span
// of the value or key that causes it.

#include <optional>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "schema/catalogue.h"
#include "yaml/node.h"

namespace meshfn::schema {

struct CheckOptions {
  yaml::Node old;       ///< the object as it was, for rules about changes; none when it is created
  bool status = false;  ///< look into a status that the API server would drop
  std::optional<config::IstioRelease> istio;  ///< of the cluster; absent: the newest known
};

/// Appends what is wrong with the object at `root`. Rules of a value (CEL) are evaluated only when
/// nothing below it is missing, of the wrong type, not among the allowed values or too long.
void check(yaml::Node root, const KindSchema& kind, std::vector<diagnostic::Diagnostic>& problems,
           const CheckOptions& options = {});

/// Checks a mesh configuration (the file of --mesh-config, or `mesh` of Istio's ConfigMap).
void check_mesh_config(yaml::Node root, Catalogue& catalogue,
                       std::vector<diagnostic::Diagnostic>& problems);

/// Checks what configures one proxy (the annotation `proxy.istio.io/config`).
void check_proxy_config(yaml::Node root, Catalogue& catalogue,
                        std::vector<diagnostic::Diagnostic>& problems);

/// Adds the kind that the CustomResourceDefinition at `root` defines, unless the catalogue has it;
/// a CRD that cannot be used is reported.
void learn_crd(yaml::Node root, Catalogue& catalogue,
               std::vector<diagnostic::Diagnostic>& problems);

/// What became of a document.
enum class Coverage : std::uint8_t {
  checked,
  no_object,     ///< not a mapping with `apiVersion` and `kind`: no Kubernetes object
  unknown_kind,  ///< of a group that we know, and reported
  not_known,     ///< of a group that we do not know, and passed over in silence
};

/// Finds the schema by `apiVersion` and `kind`, reports versions that are not served or deprecated
/// and kinds that do not exist, and checks the rest.
Coverage check_document(yaml::Node root, Catalogue& catalogue,
                        std::vector<diagnostic::Diagnostic>& problems,
                        const CheckOptions& options = {});

}  // namespace meshfn::schema
