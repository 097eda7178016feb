#include "lint/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/str.h"

namespace meshfn::lint {

namespace {

constexpr std::array<std::string_view, 3> kExtensions = {".yaml", ".yml", ".json"};
constexpr std::string_view kGlobSigns = "*?";

bool is_candidate(std::string_view file) {
  return std::find(kExtensions.begin(), kExtensions.end(), path::extension(file)) !=
         kExtensions.end();
}

std::string_view plain(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

/// The directory above everything that `pattern` can match.
std::string fixed_part(const std::string& pattern) {
  const std::size_t sign = pattern.find_first_of(kGlobSigns);
  const std::size_t slash = pattern.rfind('/', sign);
  return slash == std::string::npos ? "." : pattern.substr(0, std::max<std::size_t>(slash, 1));
}

class Gatherer {
 public:
  Gatherer(const Files& files, const Wanted& wanted) : files_(files), wanted_(wanted) {}

  Result<void> add(const Operand& operand) {
    if (operand.path == "-") {
      if (seen_.insert(operand.path).second) {
        inputs_.push_back({wanted_.standard_input_name, wanted_.standard_input, operand.context,
                           true, true, operand.cluster});
      }
      return {};
    }
    if (files_.is_directory(operand.path)) return add_directory(operand);
    const bool pattern = operand.path.find_first_of(kGlobSigns) != std::string::npos;
    if (pattern && !files_.exists(operand.path)) return add_matches(operand);
    return add_file(operand.path, operand, true);
  }

  std::vector<Input> take() { return std::move(inputs_); }

 private:
  Result<void> add_directory(const Operand& operand) {
    const auto paths = files_.walk(operand.path);
    if (!paths) return tl::unexpected(paths.error());
    bool any = false;
    for (const std::string& file : *paths) {
      if (!is_candidate(file)) continue;
      any = true;
      if (auto added = add_file(file, operand, false); !added) return added;
    }
    // Nothing to judge is said of the whole run; context that gives nothing would be believed in.
    if (any || !operand.context) return {};
    return fail(fmt::format("no YAML or JSON file is in `{}`", operand.path),
                context_help(operand));
  }

  static std::string context_help(const Operand& operand) {
    return operand.cluster.empty() ? "give the folder of the objects to resolve against"
                                   : "give the folder of the cluster's objects";
  }

  /// A pattern that no shell has expanded: quoted, or of the configuration.
  Result<void> add_matches(const Operand& operand) {
    const std::string directory = fixed_part(operand.path);
    if (!files_.is_directory(directory)) return nothing_matches(operand.path);
    const auto paths = files_.walk(directory);
    if (!paths) return tl::unexpected(paths.error());
    bool any = false;
    for (const std::string& file : *paths) {
      if (!is_candidate(file) || !str::glob(plain(operand.path), plain(file))) continue;
      any = true;
      if (auto added = add_file(file, operand, false); !added) return added;
    }
    return any ? Result<void>() : nothing_matches(operand.path);
  }

  static Result<void> nothing_matches(const std::string& pattern) {
    return fail(fmt::format("no YAML or JSON file matches `{}`", pattern),
                "`*` stays within a directory, `**` goes through all below");
  }

  Result<void> add_file(const std::string& file, const Operand& operand, bool named) {
    if (is_excluded(file)) return {};
    if (!seen_.insert(std::string(plain(file))).second) return {};
    Result<std::string> text = files_.read(file);
    if (!text) return tl::unexpected(text.error());
    if (named && operand.context && str::trim(*text).empty()) {
      return fail(fmt::format("`{}` is empty", file), context_help(operand));
    }
    inputs_.push_back({file, std::move(*text), operand.context, named, false, operand.cluster});
    return {};
  }

  bool is_excluded(std::string_view file) const {
    const auto& excludes = wanted_.excludes;
    return std::any_of(excludes.begin(), excludes.end(), [&](const std::string& exclude) {
      std::string_view glob = plain(exclude);
      if (glob.ends_with('/')) return plain(file).starts_with(glob);
      const bool of_name = glob.find('/') == std::string_view::npos;
      return str::glob(glob, of_name ? path::name(file) : plain(file));
    });
  }

  const Files& files_;
  const Wanted& wanted_;
  std::set<std::string> seen_;
  std::vector<Input> inputs_;
};

}  // namespace

Result<std::vector<Input>> gather(const Files& files, const Wanted& wanted) {
  Gatherer gatherer(files, wanted);
  // The folder of a remote cluster may be in that of everything. What is to be judged comes before
  // context, so that naming it as context too does not unjudge it.
  const auto turn = [](const Operand& operand) {
    return !operand.cluster.empty() ? 0 : operand.context ? 2 : 1;
  };
  for (const int now : {0, 1, 2}) {
    for (const Operand& operand : wanted.operands) {
      if (turn(operand) != now) continue;
      if (auto added = gatherer.add(operand); !added) return tl::unexpected(added.error());
    }
  }
  std::vector<Input> inputs = gatherer.take();
  // Of objects with one name the first is found.
  std::stable_partition(inputs.begin(), inputs.end(),
                        [](const Input& input) { return input.cluster.empty(); });
  return inputs;
}

}  // namespace meshfn::lint
