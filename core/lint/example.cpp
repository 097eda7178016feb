#include "lint/example.h"

namespace meshfn::lint {

Options options_of_example(std::string_view yaml) {
  constexpr std::string_view kIstio = "# meshfn lint --istio ";
  Options options;
  const std::string_view first = yaml.substr(0, yaml.find('\n'));
  if (first.starts_with(kIstio)) {
    options.mesh.istio = config::istio_release_of(first.substr(kIstio.size()));
  }
  return options;
}

}  // namespace meshfn::lint
