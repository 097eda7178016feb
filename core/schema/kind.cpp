#include "schema/kind.h"

#include <algorithm>

#include "schema/cel/program.h"
#include "yaml/reader.h"

namespace meshfn::schema {

struct Store::Parsed {
  explicit Parsed(std::string text) : file("<default>", std::move(text)) {}

  source::File file;
  std::unique_ptr<yaml::Tree> tree;
};

Store::Store() = default;
Store::~Store() = default;

const Pattern& Store::pattern(std::string_view expression) {
  const auto found = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& known) {
    return known.expression() == expression;
  });
  return found == patterns_.end() ? patterns_.emplace_back(std::string(expression)) : *found;
}

yaml::Node Store::value(std::string text) {
  auto parsed = std::make_unique<Parsed>(std::move(text));
  std::vector<diagnostic::Diagnostic> problems;
  parsed->tree = yaml::read(parsed->file, problems);
  if (parsed->tree->documents().empty()) return {};
  const yaml::Node root = parsed->tree->documents().front().root;
  values_.push_back(std::move(parsed));
  return root;
}

std::vector<std::string> Store::compile_rules() {
  std::vector<std::string> failures;
  const auto compile = [&](std::string_view expression, const Type& self) -> const cel::Program* {
    if (expression.empty()) return nullptr;
    auto program = cel::compile(expression, self);
    if (program) return programs_.emplace_back(std::move(*program)).get();
    failures.push_back(std::string(expression) + ": " + program.error().message);
    return nullptr;
  };
  for (Type& type : types_) {
    for (Validation& rule : type.validations) {
      rule.program = compile(rule.expression, type);
      rule.message_program = compile(rule.message_expression, type);
    }
  }
  return failures;
}

std::string KindSchema::api_version() const {
  std::string text(group);
  if (!text.empty()) text += '/';
  return text + std::string(version.name);
}

}  // namespace meshfn::schema
