#include "lint/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace meshfn::lint {

namespace {

constexpr std::array<std::string_view, 3> kExtensions = {".yaml", ".yml", ".json"};

bool is_candidate(std::string_view file) {
  return std::find(kExtensions.begin(), kExtensions.end(), path::extension(file)) !=
         kExtensions.end();
}

class Gatherer {
 public:
  Gatherer(const Files& files, const std::string& standard_input)
      : files_(files), standard_input_(standard_input) {}

  Result<void> add(const Operand& operand) {
    if (operand.path == "-") {
      if (seen_.insert(operand.path).second) {
        inputs_.push_back({"<stdin>", standard_input_, operand.context, true});
      }
      return {};
    }
    if (!files_.is_directory(operand.path)) return add_file(operand.path, operand.context, true);
    const auto paths = files_.walk(operand.path);
    if (!paths) return tl::unexpected(paths.error());
    for (const std::string& file : *paths) {
      if (!is_candidate(file)) continue;
      if (auto added = add_file(file, operand.context, false); !added) return added;
    }
    return {};
  }

  std::vector<Input> take() { return std::move(inputs_); }

 private:
  Result<void> add_file(const std::string& file, bool context, bool named) {
    const std::string key = file.starts_with("./") ? file.substr(2) : file;
    if (!seen_.insert(key).second) return {};
    Result<std::string> text = files_.read(file);
    if (!text) return tl::unexpected(text.error());
    inputs_.push_back({file, std::move(*text), context, named});
    return {};
  }

  const Files& files_;
  const std::string& standard_input_;
  std::set<std::string> seen_;
  std::vector<Input> inputs_;
};

}  // namespace

Result<std::vector<Input>> gather(const Files& files, const std::vector<Operand>& operands,
                                  const std::string& standard_input) {
  Gatherer gatherer(files, standard_input);
  // What is to be judged comes first, so that naming it as context too does not unjudge it.
  for (const bool context : {false, true}) {
    for (const Operand& operand : operands) {
      if (operand.context != context) continue;
      if (auto added = gatherer.add(operand); !added) return tl::unexpected(added.error());
    }
  }
  return gatherer.take();
}

}  // namespace meshfn::lint
