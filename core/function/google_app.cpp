#include "function/google_app.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::function {

namespace {

/// How code of one language registers its functions: two groups, the kind and the name.
struct Registration {
  Language language;
  std::string_view extensions;
  const char* pattern;
};

constexpr Registration kRegistrations[] = {
    {Language::node, ".js .mjs .cjs",
     R"((?:^|[^\w.])(?:functions|ff|framework)?\.?\b(http|cloudEvent|typed)\(\s*['"`]([\w.\-]+)['"`])"},
    {Language::python, ".py",
     R"((?m)^@(?:functions_framework\.)?(http|cloud_event|background_event|typed)\b[^\n]*\n(?:@[^\n]*\n)*(?:async )?def (\w+))"},
    {Language::go, ".go", R"(functions\.(HTTP|CloudEvent|Typed)\(\s*"([\w.\-]+)\")"},
};

std::string signature_of(std::string_view kind) {
  const std::string word = str::replace_all(str::lower(kind), "_", "");
  if (word == "cloudevents") return "cloudevent";
  return word.find("background") != std::string::npos ? "event" : word;
}

struct Registered {
  std::string name;
  std::string signature;
  std::string defined_at;
};

/// "com.example.Hello" and "http" of a class that is a function of Google.
Registered java_function(const std::string& text, const std::string& path) {
  static const re2::RE2 pattern(
      R"(\bclass\s+(\w+)\s+implements\s+(?:[\w.]+\.)?(Http|CloudEvents|RawBackground|Background|Typed)Function\b)");
  Registered found;
  std::string kind;
  if (!re2::RE2::PartialMatch(text, pattern, &found.name, &kind)) return {};
  std::string package;
  re2::RE2::PartialMatch(text, R"((?m)^package\s+([\w.]+))", &package);
  if (!package.empty()) found.name = package + "." + found.name;
  found.signature = signature_of(kind);
  found.defined_at = path;
  return found;
}

bool is_source(const std::string& directory, const std::string& path, std::string_view extensions) {
  const std::string_view extension = path::extension(path);
  if (extension.empty() || extensions.find(extension) == std::string_view::npos) return false;
  const std::string below = path.substr(std::min(path.size(), directory.size()));
  for (const std::string_view folder : {"/venv/", "/test/", "/tests/", "_test.go", ".test.js"}) {
    if (below.find(folder) != std::string::npos) return false;
  }
  return true;
}

/// Java registers nothing: a class says by its interface what it is.
std::vector<Registered> java_functions(const Files& files, const std::string& directory) {
  std::vector<Registered> found;
  const Result<std::vector<std::string>> paths = files.walk(path::join(directory, "src/main/java"));
  for (const std::string& path : paths.value_or(std::vector<std::string>())) {
    const Result<std::string> text = files.read(path);
    if (path::extension(path) != ".java" || !text) continue;
    Registered one = java_function(*text, path);
    if (!one.name.empty()) found.push_back(std::move(one));
  }
  return found;
}

std::vector<Registered> registrations(const Files& files, const std::string& directory,
                                      Language language) {
  if (language == Language::java) return java_functions(files, directory);
  std::vector<Registered> found;
  const Result<std::vector<std::string>> paths = files.walk(directory);
  if (!paths) return found;
  for (const Registration& form : kRegistrations) {
    if (form.language != language) continue;
    const re2::RE2 pattern(form.pattern);
    for (const std::string& path : *paths) {
      if (!is_source(directory, path, form.extensions)) continue;
      const Result<std::string> text = files.read(path);
      if (!text) continue;
      re2::StringPiece rest(*text);
      std::string kind;
      std::string name;
      while (re2::RE2::FindAndConsume(&rest, pattern, &kind, &name)) {
        found.push_back({name, signature_of(kind), path});
      }
    }
  }
  return found;
}

nlohmann::json package_json(const Files& files, const std::string& directory) {
  const Result<std::string> text = files.read(path::join(directory, "package.json"));
  if (!text) return {};
  nlohmann::json json = parse_json<nlohmann::json>(*text);
  return json.is_object() ? json : nlohmann::json();
}

bool depends(const nlohmann::json& package, const char* name) {
  for (const char* list : {"dependencies", "devDependencies"}) {
    if (package.is_object() && package.contains(list) && package[list].contains(name)) return true;
  }
  return false;
}

bool mentions(const Files& files, const std::string& path, std::string_view words) {
  const Result<std::string> text = files.read(path);
  return text && text->find(words) != std::string::npos;
}

/// The language of a folder that uses the framework.
std::optional<Language> framework_language(const Files& files, const std::string& directory) {
  const auto file = [&](std::string_view name) { return path::join(directory, name); };
  if (depends(package_json(files, directory), "@google-cloud/functions-framework")) {
    return Language::node;
  }
  for (const std::string_view name : {"requirements.txt", "pyproject.toml"}) {
    if (mentions(files, file(name), "functions-framework")) return Language::python;
  }
  if (mentions(files, file("go.mod"), "GoogleCloudPlatform/functions-framework-go")) {
    return Language::go;
  }
  for (const std::string_view name : {"pom.xml", "build.gradle", "build.gradle.kts"}) {
    if (mentions(files, file(name), "functions-framework-api")) return Language::java;
  }
  return std::nullopt;
}

/// Without the framework, the language is that of the platform's usual file.
std::optional<Language> usual_language(const Files& files, const std::string& directory) {
  if (files.exists(path::join(directory, "main.py"))) return Language::python;
  if (files.exists(path::join(directory, "go.mod"))) return Language::go;
  for (const std::string_view name : {"package.json", "index.js", "function.js", "index.mjs"}) {
    if (files.exists(path::join(directory, name))) return Language::node;
  }
  return std::nullopt;
}

/// `--target=x` and the like in the scripts of package.json.
struct ScriptFlags {
  std::string target;
  std::string signature;
  std::string source;
};

ScriptFlags script_flags(const nlohmann::json& package) {
  ScriptFlags flags;
  if (!package.is_object() || !package.contains("scripts")) return flags;
  for (const auto& script : package["scripts"]) {
    if (!script.is_string()) continue;
    const auto text = script.get<std::string>();
    if (text.find("functions-framework") == std::string::npos) continue;
    re2::RE2::PartialMatch(text, R"(--target[= ]([\w.\-]+))", &flags.target);
    re2::RE2::PartialMatch(text, R"(--signature-type[= ](\w+))", &flags.signature);
    re2::RE2::PartialMatch(text, R"(--source[= ](\S+))", &flags.source);
  }
  return flags;
}

/// The file to load where the platform's usual one is not there.
std::string entry_of(const Files& files, const std::string& directory, Language language) {
  const auto has = [&](std::string_view name) { return files.exists(path::join(directory, name)); };
  if (language == Language::node && !has("package.json") && !has("index.js")) {
    for (const std::string_view name : {"function.js", "index.mjs"}) {
      if (has(name)) return std::string(name);
    }
  }
  return {};
}

/// A runtime of Google that was asked for, or the newest of what was found.
const Runtime* runtime_of(const Wanted& wanted, Language language) {
  const Runtime* named = find_runtime(wanted.runtime);
  const bool ours = named != nullptr && named->platform == &kGoogleFunctions;
  return ours ? named : newest_runtime(kGoogleFunctions, language);
}

class Reader {
 public:
  Reader(const Files& files, const Wanted& wanted, Language language)
      : files_(files), wanted_(wanted), language_(language) {}

  Project read() {
    project_.described_by = wanted_.directory;
    const ScriptFlags flags = language_ == Language::node
                                  ? script_flags(package_json(files_, wanted_.directory))
                                  : ScriptFlags();
    const auto found = registrations(files_, wanted_.directory, language_);
    for (const Registered& one : found) add(one, flags.source);
    if (!wanted_.handler.empty()) {
      const auto same = [&](const Function& f) { return f.handler == wanted_.handler; };
      std::erase_if(project_.functions, [&](const Function& f) { return !same(f); });
      if (project_.functions.empty()) add({wanted_.handler, "", wanted_.directory}, flags.source);
    } else if (project_.functions.empty() && !flags.target.empty()) {
      add({flags.target, flags.signature, wanted_.directory}, flags.source);
    }
    return std::move(project_);
  }

 private:
  void add(const Registered& one, const std::string& source) {
    Function function;
    function.name = one.name;
    function.function_name = one.name;
    function.handler = one.name;
    function.signature = wanted_.signature.empty() ? one.signature : wanted_.signature;
    function.runtime = runtime_of(wanted_, language_);
    function.runtime_is_guess = wanted_.runtime.empty();
    function.code = wanted_.directory;
    function.entry = source.empty() ? entry_of(files_, wanted_.directory, language_) : source;
    function.timeout_ms = kGoogleFunctions.timeout_ms;
    function.memory_mb = kGoogleFunctions.memory_mb;
    function.defined_at = one.defined_at;
    project_.functions.push_back(std::move(function));
  }

  const Files& files_;
  const Wanted& wanted_;
  Language language_;
  Project project_;
};

}  // namespace

Result<std::optional<Project>> read_google_app(const Files& files, const Wanted& wanted) {
  const Runtime* named = find_runtime(wanted.runtime);
  const bool asked =
      wanted.cloud == "gcp" || (named != nullptr && named->platform == &kGoogleFunctions);
  const bool other = (!wanted.cloud.empty() && wanted.cloud != "gcp") ||
                     (wanted.cloud.empty() && named != nullptr && !asked);
  if (other) return std::nullopt;
  std::optional<Language> language = framework_language(files, wanted.directory);
  if (!language && !asked) return std::nullopt;
  if (named != nullptr) language = named->language;
  if (!language) language = usual_language(files, wanted.directory);
  if (!language) {
    return fail(fmt::format("there is no Google function in `{}`", wanted.directory),
                "it needs main.py, package.json, go.mod or pom.xml");
  }
  Project project = Reader(files, wanted, *language).read();
  if (project.functions.empty()) {
    return fail(fmt::format("`{}` registers no function", wanted.directory),
                "name the one to call: --handler NAME, with --signature for events");
  }
  return project;
}

}  // namespace meshfn::function
