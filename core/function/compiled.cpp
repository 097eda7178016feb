#include "function/compiled.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <vector>

#include "base/str.h"

namespace meshfn::function {

namespace {

using Found = Result<std::optional<Compiled>>;

/// Folders below Cargo's `target` that may hold a binary, those of Cargo Lambda apart.
constexpr std::string_view kRustFolders[] = {
    "release", "x86_64-unknown-linux-musl/release", "aarch64-unknown-linux-musl/release",
    "x86_64-unknown-linux-gnu/release", "aarch64-unknown-linux-gnu/release"};

/// Every first group of `pattern` in `text`.
std::vector<std::string> matches(const std::string& text, const char* pattern) {
  std::vector<std::string> found;
  re2::StringPiece rest(text);
  std::string match;
  while (re2::RE2::FindAndConsume(&rest, pattern, &match)) found.push_back(match);
  return found;
}

/// The package comes first in Cargo.toml, its other binaries after it.
Found find_rust(const Files& files, const std::string& directory, const std::string& text) {
  const std::vector<std::string> names = matches(text, R"re((?m)^name *= *"([^"]+)")re");
  const std::string target = path::join(directory, "target");
  std::vector<std::string> folders;
  for (const std::string& name : names) folders.push_back("lambda/" + name);
  folders.insert(folders.end(), std::begin(kRustFolders), std::end(kRustFolders));
  for (const std::string& folder : folders) {
    const std::string code = path::join(target, folder);
    if (!files.exists(path::join(code, "bootstrap"))) continue;
    return Compiled{names.empty() ? "" : names.front(), Language::executable, code, ""};
  }
  return fail(
      fmt::format("`{}` has no `bootstrap` for Lambda yet", path::join(directory, "Cargo.toml")),
      "build it: cargo lambda build --release, or cargo build --release when a binary of "
      "it is called bootstrap");
}

Found find_go(const Files& files, const std::string& directory, const std::string& text) {
  if (text.find("github.com/aws/aws-lambda-go") == std::string::npos) return std::nullopt;
  if (files.exists(path::join(directory, "bootstrap"))) {
    return Compiled{"", Language::executable, directory, ""};
  }
  return fail(
      fmt::format("`{}` has no `bootstrap` for Lambda yet", path::join(directory, "go.mod")),
      "build it: CGO_ENABLED=0 go build -tags lambda.norpc -o bootstrap .");
}

/// "com.example.Hello::handleRequest" when the source is a handler of Lambda.
std::string java_handler(const std::string& path, const std::string& text) {
  static const re2::RE2 is_handler(
      R"(\bRequest(?:Stream)?Handler\b|(?m)^\s*public [^=;{]*\bhandleRequest\s*\()");
  if (!re2::RE2::PartialMatch(text, is_handler)) return {};
  std::string package;
  re2::RE2::PartialMatch(text, R"((?m)^package\s+([\w.]+))", &package);
  const std::string_view file = path::name(path);
  const std::string_view name = file.substr(0, file.rfind('.'));
  return fmt::format("{}{}{}::handleRequest", package, package.empty() ? "" : ".", name);
}

Found find_java(const Files& files, const std::string& directory, const std::string&) {
  const std::string sources = path::join(directory, "src/main/java");
  const Result<std::vector<std::string>> paths = files.walk(sources);
  std::vector<std::string> handlers;
  for (const std::string& path : paths.value_or(std::vector<std::string>())) {
    if (path::extension(path) != ".java") continue;
    const Result<std::string> text = files.read(path);
    const std::string handler = text ? java_handler(path, *text) : "";
    if (!handler.empty()) handlers.push_back(handler);
  }
  if (handlers.size() == 1) return Compiled{"", Language::java, directory, handlers.front()};
  return fail(handlers.empty() ? fmt::format("no class below `{}` has a handleRequest", sources)
                               : fmt::format("`{}` has several handlers: {}", sources,
                                             str::join(handlers, ", ")),
              "name it: --handler PACKAGE.CLASS::METHOD");
}

struct BuildFile {
  std::string_view name;
  Found (*find)(const Files& files, const std::string& directory, const std::string& text);
};

constexpr BuildFile kBuildFiles[] = {
    {"Cargo.toml", find_rust},       {"go.mod", find_go},
    {"pom.xml", find_java},          {"build.gradle", find_java},
    {"build.gradle.kts", find_java},
};

}  // namespace

Found find_compiled(const Files& files, const std::string& directory) {
  for (const BuildFile& build : kBuildFiles) {
    const std::string path = path::join(directory, build.name);
    if (!files.exists(path)) continue;
    const Result<std::string> text = files.read(path);
    if (!text) return tl::unexpected(text.error());
    Found found = build.find(files, directory, *text);
    if (!found || *found) return found;
  }
  return std::nullopt;
}

}  // namespace meshfn::function
