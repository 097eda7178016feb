#include "invoke/google_go.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "base/capture.h"
#include "base/files.h"
#include "base/json.h"
#include "base/str.h"
#include "invoke/launch.h"

namespace meshfn::invoke {

namespace {

constexpr std::chrono::minutes kBuildLimit{5};
constexpr std::string_view kFramework = "github.com/GoogleCloudPlatform/functions-framework-go";

/// The main package for functions that the framework knows by their registration.
constexpr std::string_view kFrameworkMain = R"(package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "IMPORT"
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")); err != nil {
		log.Fatal(err)
	}
}
)";

/// Path of the module: the word after `module` in go.mod.
std::string module_of(std::string_view go_mod) {
  for (const std::string_view line : str::lines(go_mod)) {
    if (line.starts_with("module ")) return std::string(str::trim(line.substr(7)));
  }
  return {};
}

bool is_main_package(const Files& files, const std::string& folder) {
  const Result<std::vector<std::string>> found = files.walk(folder);
  if (!found) return false;
  for (const std::string& path : *found) {
    if (path::extension(path) != ".go" || path::parent(path) != folder) continue;
    const Result<std::string> text = files.read(path);
    if (text &&
        (text->starts_with("package main") || text->find("\npackage main") != std::string::npos)) {
      return true;
    }
  }
  return false;
}

/// The project's own main package, relative to its root; empty when it has none.
std::string own_main(const Files& files, const std::string& root) {
  for (const std::string_view candidate : {"cmd", "cmd/main", "cmd/local", "cmd/server", ""}) {
    const std::string folder = candidate.empty() ? root : path::join(root, candidate);
    if (files.is_directory(folder) && is_main_package(files, folder)) {
      return candidate.empty() ? "." : fmt::format("./{}", candidate);
    }
  }
  return {};
}

Variables go_environment(const Variables& host) {
  Variables result;
  for (const auto& [name, value] : host) {
    if (name.starts_with("GO") || name == "PATH" || name == "HOME" || name == "TMPDIR" ||
        name.starts_with("XDG_") || name.starts_with("CGO_")) {
      result[name] = value;
    }
  }
  return result;
}

}  // namespace

Result<std::string> build_google_go(const function::Function& function, const Settings& settings,
                                    const std::string& folder) {
  const auto path = settings.host.find("PATH");
  const Result<std::string> go =
      interpreter(function, function.code, path == settings.host.end() ? "" : path->second);
  if (!go) return tl::unexpected(go.error());
  const std::unique_ptr<Files> files = real_files();
  const Result<std::string> go_mod = files->read(path::join(function.code, "go.mod"));
  if (!go_mod) return tl::unexpected(go_mod.error());

  // The framework's own packages may be missing from go.sum: it is completed in a copy.
  const std::string copy = folder + "/go.mod";
  const Result<std::string> go_sum = files->read(path::join(function.code, "go.sum"));
  if (auto written = files->write(copy, *go_mod); !written) return tl::unexpected(written.error());
  if (go_sum) {
    if (auto written = files->write(folder + "/go.sum", *go_sum); !written) {
      return tl::unexpected(written.error());
    }
  }
  const std::string program = folder + "/function";
  Program build;
  build.argv = {*go, "build", "-mod=mod", "-modfile=" + copy, "-o", program};
  std::string package = own_main(*files, function.code);
  if (package.empty()) {
    const bool framework = go_mod->find(kFramework) != std::string::npos;
    std::string text = std::string(framework ? kFrameworkMain : kGoogleGoBootstrap);
    text = str::replace_all(text, "IMPORT", module_of(*go_mod));
    text = str::replace_all(text, "TARGET", function.handler);
    const std::string main = folder + "/main.go";
    const std::string overlay = folder + "/overlay.json";
    const nlohmann::json places = {{"Replace", {{function.code + "/meshfn_main/main.go", main}}}};
    for (const auto& [name, bytes] : {std::pair(main, text), std::pair(overlay, places.dump())}) {
      if (auto written = files->write(name, bytes); !written) {
        return tl::unexpected(written.error());
      }
    }
    build.argv.insert(build.argv.end(), {"-overlay", overlay});
    package = "./meshfn_main";
  }
  build.argv.push_back(package);
  build.environment = go_environment(settings.host);
  build.working_directory = function.code;
  const Result<Captured> built = capture(build, kBuildLimit);
  if (!built) return tl::unexpected(built.error());
  if (built->exit == Exit{} && !built->timed_out) return program;
  return fail(
      fmt::format("`{}` does not build:\n{}", function.name, str::trim(built->text)),
      built->text.find("go.sum") != std::string::npos ? "run `go mod tidy` in its folder" : "");
}

}  // namespace meshfn::invoke
