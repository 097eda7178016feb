#include "invoke/launch_java.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/str.h"
#include "invoke/elf.h"

namespace meshfn::invoke {

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::string_view kClient = "aws-lambda-java-runtime-interface-client";
constexpr std::string_view kClientClass =
    "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class";

/// Jars that Maven makes beside the one with the classes.
bool is_byproduct(const std::string& name) {
  return name.ends_with("-sources.jar") || name.ends_with("-javadoc.jar") ||
         name.ends_with("-tests.jar") || name.starts_with("original-");
}

void add_jars(const std::string& folder, Words& classpath) {
  std::error_code ignored;
  Words jars;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".jar") && !is_byproduct(name)) jars.push_back(entry.path().string());
  }
  std::sort(jars.begin(), jars.end());
  classpath.insert(classpath.end(), jars.begin(), jars.end());
}

Words classpath_of(const std::string& code) {
  Words classpath;
  const auto add_folder = [&](const std::string& folder) {
    if (fs::is_directory(folder)) classpath.push_back(folder);
  };
  add_folder(code + "/target/classes");
  add_folder(code + "/build/classes/java/main");
  add_folder(code + "/build/resources/main");
  const bool is_source = !classpath.empty();
  if (!is_source) classpath.push_back(code);
  for (const std::string_view folder :
       {"", "/lib", "/target", "/target/dependency", "/target/lib", "/build/libs"}) {
    add_jars(code + std::string(folder), classpath);
  }
  return classpath;
}

/// Names of the files in an archive stand in it uncompressed.
bool has_client(const Words& classpath) {
  for (const std::string& entry : classpath) {
    const std::string name = fs::path(entry).filename().string();
    if (name.starts_with(kClient)) return true;
    if (fs::is_directory(entry)) {
      if (fs::exists(entry + "/" + std::string(kClientClass))) return true;
      continue;
    }
    std::ifstream in(entry, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (bytes.find(kClientClass) != std::string::npos) return true;
  }
  return false;
}

/// The jar of the newest version of a library ("com/amazonaws/aws-lambda-java-core") in the Maven
/// repository of `home`.
std::string newest_jar(const std::string& home, const std::string& path) {
  std::error_code ignored;
  const std::string folder = home + "/.m2/repository/" + path;
  const std::string library = path.substr(path.rfind('/') + 1);
  std::string newest;
  std::string found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string version = entry.path().filename().string();
    const std::string jar = fmt::format("{}/{}/{}-{}.jar", folder, version, library, version);
    if (!fs::exists(jar) || (!newest.empty() && !is_newer_version(version, newest))) continue;
    newest = version;
    found = jar;
  }
  return found;
}

bool add_client(const std::string& home, Words& classpath) {
  const std::string group = "com/amazonaws/";
  const std::string client = newest_jar(home, group + std::string(kClient));
  if (home.empty() || client.empty()) return false;
  classpath.push_back(client);
  for (const std::string library : {"aws-lambda-java-core", "aws-lambda-java-serialization"}) {
    const std::string jar = newest_jar(home, group + library);
    if (!jar.empty()) classpath.push_back(jar);
  }
  return true;
}

/// The classpath of `function`, or what to do when nothing is compiled.
Result<Words> compiled_classpath(const function::Function& function, const std::string& code) {
  Words classpath = classpath_of(code);
  const bool nothing =
      classpath.size() == 1 && classpath.front() == code &&
      !fs::exists(
          code + "/" +
          str::replace_all(function.handler.substr(0, function.handler.find("::")), ".", "/") +
          ".class");
  if (nothing) {
    return fail(fmt::format("there are no compiled classes in `{}`", code),
                "build it first: mvn package, or gradle build");
  }
  return classpath;
}

/// The JVM as the clouds start it, with `share` hundredths of the memory for the heap: they leave
/// the rest to what the JVM itself needs.
Words virtual_machine(const std::string& java, const function::Function& function,
                      std::int64_t share) {
  return {java, fmt::format("-XX:MaxHeapSize={}k", function.memory_mb * 1024 * share / 100),
          "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"};
}

}  // namespace

Result<Words> java_command(const std::string& java, const function::Function& function,
                           const std::string& code, const std::string& home) {
  Result<Words> compiled = compiled_classpath(function, code);
  if (!compiled) return compiled;
  Words& classpath = *compiled;
  for (const std::string& layer : function.layers) add_jars(layer + "/java/lib", classpath);
  if (!has_client(classpath) && !add_client(home, classpath)) {
    return fail(fmt::format("`{}` needs Lambda's Java runtime interface client", function.name),
                "add it to the project's dependencies, or fetch it once: mvn dependency:get "
                "-Dartifact=com.amazonaws:aws-lambda-java-runtime-interface-client:2.6.0");
  }
  Words words = virtual_machine(java, function, 85);
  words.insert(words.end(),
               {"--add-opens=java.base/java.util=ALL-UNNAMED", "-cp", str::join(classpath, ":"),
                "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", function.handler});
  return words;
}

Result<Words> google_java_command(const std::string& java, const function::Function& function,
                                  const std::string& code, const std::string& home) {
  const Result<Words> classpath = compiled_classpath(function, code);
  if (!classpath) return classpath;
  const std::string invoker =
      newest_jar(home, "com/google/cloud/functions/invoker/java-function-invoker");
  if (home.empty() || invoker.empty()) {
    return fail(fmt::format("`{}` needs the Functions Framework's invoker for Java", function.name),
                "fetch it once: mvn dependency:get -Dtransitive=false "
                "-Dartifact=com.google.cloud.functions.invoker:java-function-invoker:2.0.0");
  }
  Words words = virtual_machine(java, function, 50);
  words.insert(words.end(), {"-jar", invoker, "--classpath", str::join(*classpath, ":")});
  return words;
}

}  // namespace meshfn::invoke
