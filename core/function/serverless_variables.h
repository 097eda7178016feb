#pragma once

// Variables of serverless.yml: `${SOURCE:ADDRESS, FALLBACK}`, nested as people nest them.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "function/project.h"
#include "yaml/reader.h"

namespace meshfn::function {

class ServerlessVariables {
 public:
  /// `root` is the document, `directory` where files are looked for. All outlive the object.
  ServerlessVariables(const Files& files, std::string directory, yaml::Node root,
                      const Wanted& wanted, std::vector<std::string>& notes);
  ~ServerlessVariables();

  /// The text of a scalar with its variables put in; nothing when it is no scalar or one of them
  /// has no value here, which is noted.
  std::optional<std::string> text(yaml::Node value);

  /// The same as a whole number.
  std::optional<std::int64_t> integer(yaml::Node value);

  /// A mapping, or the one that `${file(…)}` or `${self:…}` in its place stands for.
  yaml::Node mapping(yaml::Node value);

 private:
  struct Loaded;

  std::optional<std::string> substitute(std::string text, int depth);
  std::optional<std::string> value_of(std::string_view expression, int depth);
  std::optional<std::string> source_value(std::string_view source, int depth);
  yaml::Node node_of(std::string_view source);
  yaml::Node file_node(std::string_view source);

  const Files& files_;
  std::string directory_;
  yaml::Node root_;
  const Wanted& wanted_;
  std::vector<std::string>& notes_;
  std::map<std::string, std::unique_ptr<Loaded>> loaded_;
};

}  // namespace meshfn::function
