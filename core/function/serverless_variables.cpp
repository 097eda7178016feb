#include "function/serverless_variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "yaml/scalar.h"

namespace meshfn::function {

namespace {

constexpr int kDeepest = 16;  // a variable may name itself

/// Commas outside quotes and braces separate a value from its fallbacks.
std::vector<std::string_view> alternatives(std::string_view text) {
  std::vector<std::string_view> parts;
  char quote = 0;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '(' || c == '{') ++depth;
    if (c == ')' || c == '}') --depth;
    if (c != ',' || depth > 0) continue;
    parts.push_back(str::trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  parts.push_back(str::trim(text.substr(begin)));
  return parts;
}

/// `a.b.0.c` below `node`.
yaml::Node below(yaml::Node node, std::string_view address) {
  if (address.empty()) return node;
  for (const std::string_view key : str::split(address, '.')) {
    const auto index = yaml::to_int(key);
    node = node.is_sequence() && index && *index >= 0
               ? node.item(static_cast<std::uint32_t>(*index))
               : node.find(key);
  }
  return node;
}

/// The whole of `text` is one variable: what is in it.
std::optional<std::string_view> only_variable(std::string_view text) {
  text = str::trim(text);
  const bool whole = text.starts_with("${") && text.ends_with('}') &&
                     text.find("${", 2) == std::string_view::npos &&
                     text.find('}') == text.size() - 1;
  if (!whole) return std::nullopt;
  return text.substr(2, text.size() - 3);
}

}  // namespace

struct ServerlessVariables::Loaded {
  Loaded(std::string path, std::string text) : file(std::move(path), std::move(text)) {}

  source::File file;
  std::unique_ptr<yaml::Tree> tree;
};

ServerlessVariables::ServerlessVariables(const Files& files, std::string directory, yaml::Node root,
                                         const Wanted& wanted, std::vector<std::string>& notes)
    : files_(files),
      directory_(std::move(directory)),
      root_(root),
      wanted_(wanted),
      notes_(notes) {}

ServerlessVariables::~ServerlessVariables() = default;

std::optional<std::string> ServerlessVariables::text(yaml::Node value) {
  if (!value || !value.is_scalar() || value.is_null()) return std::nullopt;
  auto result = substitute(std::string(value.text()), 0);
  if (!result) {
    notes_.push_back(fmt::format("{}: `{}` has no value here, so it is left out",
                                 source::to_string(value.where()), value.text()));
  }
  return result;
}

std::optional<std::int64_t> ServerlessVariables::integer(yaml::Node value) {
  const std::optional<std::string> found = text(value);
  return found ? yaml::to_int(*found) : std::nullopt;
}

yaml::Node ServerlessVariables::mapping(yaml::Node value) {
  for (int depth = 0; value.is_scalar() && depth < kDeepest; ++depth) {
    const auto variable = only_variable(value.text());
    if (!variable) return {};
    value = node_of(alternatives(*variable).front());
  }
  return value.is_mapping() ? value : yaml::Node();
}

/// Innermost variables first: `${self:custom.${opt:stage}.table}`.
std::optional<std::string> ServerlessVariables::substitute(std::string text, int depth) {
  if (depth > kDeepest) return std::nullopt;
  for (std::size_t begin = text.rfind("${"); begin != std::string::npos; begin = text.rfind("${")) {
    const std::size_t end = text.find('}', begin);
    if (end == std::string::npos) return text;
    const auto value = value_of(std::string_view(text).substr(begin + 2, end - begin - 2), depth);
    if (!value) return std::nullopt;
    text.replace(begin, end - begin + 1, *value);
  }
  return text;
}

std::optional<std::string> ServerlessVariables::value_of(std::string_view expression, int depth) {
  for (const std::string_view alternative : alternatives(expression)) {
    const bool quoted =
        alternative.size() > 1 && (alternative.front() == '\'' || alternative.front() == '"');
    if (quoted) return std::string(alternative.substr(1, alternative.size() - 2));
    if (alternative.find(':') == std::string_view::npos &&
        alternative.find('(') == std::string_view::npos) {
      return std::string(alternative);
    }
    if (auto found = source_value(alternative, depth)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> ServerlessVariables::source_value(std::string_view source, int depth) {
  const std::size_t colon = source.find(':');
  const std::string_view kind = source.substr(0, colon);
  const std::string name(colon == std::string_view::npos ? "" : source.substr(colon + 1));
  if (kind == "env") {
    const auto found = wanted_.environment.find(name);
    return found == wanted_.environment.end() ? std::nullopt : std::optional(found->second);
  }
  const bool stage = (kind == "opt" || kind == "sls") && name == "stage";
  if (stage && !wanted_.stage.empty()) return wanted_.stage;
  if (kind == "sls" && name == "stage") {
    return text(root_.at("provider", "stage")).value_or("dev");
  }
  if (kind == "opt" || kind == "sls" || kind == "aws") {
    if (name == "region") return wanted_.region;
    if (name == "accountId") return "123456789012";
    return std::nullopt;
  }
  const yaml::Node node = node_of(source);
  if (!node || !node.is_scalar() || node.is_null()) return std::nullopt;
  return substitute(std::string(node.text()), depth + 1);
}

yaml::Node ServerlessVariables::node_of(std::string_view source) {
  if (source.starts_with("file(")) return file_node(source);
  if (!source.starts_with("self:")) return {};
  return below(root_, source.substr(5));
}

/// `file(./config.yml):a.b`, of YAML and JSON files; JavaScript is not run.
yaml::Node ServerlessVariables::file_node(std::string_view source) {
  const std::size_t close = source.find(')');
  if (close == std::string_view::npos) return {};
  const std::string path = path::join(directory_, str::trim(source.substr(5, close - 5)));
  const std::string_view extension = path::extension(path);
  if (extension != ".yml" && extension != ".yaml" && extension != ".json") return {};
  std::unique_ptr<Loaded>& loaded = loaded_[path];
  if (!loaded) {
    Result<std::string> text = files_.read(path);
    if (!text) {
      notes_.push_back(text.error().message);
      return {};
    }
    loaded = std::make_unique<Loaded>(path, std::move(*text));
    std::vector<diagnostic::Diagnostic> ignored;
    loaded->tree = yaml::read(loaded->file, ignored);
  }
  if (loaded->tree == nullptr || loaded->tree->documents().empty()) return {};
  const yaml::Node root = loaded->tree->documents().front().root;
  const std::string_view rest = source.substr(close + 1);
  return below(root, rest.starts_with(':') ? rest.substr(1) : std::string_view());
}

}  // namespace meshfn::function
