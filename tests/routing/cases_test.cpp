// Requests and where they go, as data: tests/routing/cases/*.cases. A block is a title, YAML, and
// lines `METHOD HOST/PATH [what else] => where to`. `%include PATH` stands for a public file.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "base/units.h"
#include "routing/host.h"
#include "routing/loaded.h"
#include "routing/mesh_table.h"

namespace meshfn::routing {

namespace {

struct Block {
  std::string title;
  std::string yaml;
  std::vector<std::string> lines;
  bool missing = false;  ///< a public file is not here
};

void include(Block& block, std::string_view name) {
  const auto path = shared() / name;
  block.missing = block.missing || !std::filesystem::exists(path);
  block.yaml += "---\n" + contents(path) + "\n";
}

std::vector<Block> read_blocks(const std::filesystem::path& path) {
  std::vector<Block> blocks;
  bool requests = false;
  const std::string text = contents(path);
  for (const std::string_view line : str::lines(text)) {
    if (line.starts_with("@@ ")) {
      requests = line == "@@ requests";
      if (!requests) blocks.push_back({std::string(line.substr(3)), {}, {}});
    } else if (!requests && line.starts_with("%include ")) {
      include(blocks.back(), line.substr(9));
    } else if (!requests) {
      blocks.back().yaml += std::string(line) + "\n";
    } else if (!str::trim(line).empty()) {
      blocks.back().lines.emplace_back(line);
    }
  }
  return blocks;
}

/// `name=value` behind a word such as `h:`.
void set_pair(Texts& texts, std::string_view pair) {
  const std::size_t equals = pair.find('=');
  texts[std::string(pair.substr(0, equals))] = std::string(pair.substr(equals + 1));
}

void set_word(Request& request, std::string_view word) {
  const std::string_view value = word.substr(std::min(word.find(':') + 1, word.size()));
  if (word.starts_with("h:")) set_pair(request.headers, value);
  if (word.starts_with("q:")) set_pair(request.query, value);
  if (word.starts_with("label:")) set_pair(request.source_labels, value);
  if (word.starts_with("gw:")) request.gateway = value;
  if (word.starts_with("from:")) request.source_namespace = value;
  if (word.starts_with("scheme:")) request.scheme = value;
  if (word.starts_with("port:"))
    request.port = static_cast<std::uint32_t>(std::stoul(std::string(value)));
  if (word.starts_with("sni:")) {
    request.sni = value;
    request.authority.clear();
    request.protocol = Protocol::tls;
  }
  if (word == "tcp") request.protocol = Protocol::tcp;
}

Request request_of(std::string_view text) {
  Request request;
  const auto words = str::split(text, ' ');
  request.method = words.at(0);
  const std::string_view url = words.at(1);
  const std::size_t slash = url.find('/');
  request.authority = url.substr(0, slash);
  request.path = slash == url.npos ? "/" : std::string(url.substr(slash));
  for (const std::string_view word : words) set_word(request, word);
  return request;
}

std::string short_name(const Destination& to) {
  const auto service = service_of(to.host);
  std::string text = service ? service->name + "." + service->name_space : to.host;
  if (to.port) text += fmt::format(":{}", *to.port);
  if (!to.subset.empty()) text += "/" + to.subset;
  return to.broken.empty() ? text : text + "!";
}

void add_extras(std::string& text, const Answer& answer, const Request& request) {
  const Route& route = *answer.route;
  const std::string path = rewritten_path(route, *answer.match, request);
  if (path != request.path) text += " path " + path;
  if (route.rewrite && !route.rewrite->authority.empty()) {
    text += " host " + route.rewrite->authority;
  }
  if (route.timeout.value) text += " timeout " + format_duration(*route.timeout.value);
  if (!route.retries->attempts.is_default()) {
    text += fmt::format(" retries {} {}", route.retries->attempts.value, route.retries->on.value);
  }
  for (const Mirror& mirror : route.mirrors) {
    text += fmt::format(" mirror {} {}%", short_name(mirror.to), mirror.percent);
  }
  for (const HeaderChange& change : route.headers) {
    const char op = change.op == HeaderChange::Op::set   ? '='
                    : change.op == HeaderChange::Op::add ? '+'
                                                         : '-';
    text += fmt::format(" {}{}{}{}", change.response ? "<" : "", change.name, op, change.value);
  }
  if (route.fault && route.fault->abort) {
    text += fmt::format(" abort {}", route.fault->abort->http_status);
  }
  if (route.fault && route.fault->delay) {
    text += " delay " + format_duration(route.fault->delay->fixed);
  }
}

std::string where_to(const Table& table, const Request& request) {
  const Answer answer = explain(table, request);
  if (answer.route == nullptr) return "lost";
  const Route& route = *answer.route;
  if (route.redirect) {
    return fmt::format("redirect {} {}", route.redirect->code,
                       redirect_location(*route.redirect, *answer.match, request));
  }
  if (route.direct_response) return fmt::format("answer {}", route.direct_response->status);
  std::vector<std::string> parts;
  for (const Destination& to : route.destinations) {
    std::string part = short_name(to);
    if (route.destinations.size() > 1) part += fmt::format(" {}", to.weight);
    parts.push_back(std::move(part));
  }
  std::string text = str::join(parts, " + ");
  add_extras(text, answer, request);
  return text;
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path directory = test::source_dir() + "/tests/routing/cases";
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("requests go where each dialect says", "[routing][cases]") {
  std::size_t count = 0;
  for (const auto& path : case_files()) {
    for (const Block& block : read_blocks(path)) {
      INFO(path.filename().string() << ": " << block.title);
      if (block.missing) {
        WARN("no shared corpus here; set MESHFN_SHARED to its directory");
        continue;
      }
      const auto loaded = load(block.yaml);
      const std::string_view title = block.title;
      IstioOptions options;
      if (const std::size_t at = title.find("client "); at != title.npos) {
        options.client_namespace = std::string(title.substr(at + 7));
      }
      const Table table = mesh_table(loaded->mesh, options);
      for (const std::string& line : block.lines) {
        const std::size_t arrow = line.find(" => ");
        REQUIRE(arrow != line.npos);
        const Request request = request_of(line.substr(0, arrow));
        INFO(line);
        CHECK(where_to(table, request) == line.substr(arrow + 4));
        ++count;
      }
    }
  }
  CHECK(count >= 150);
}

}  // namespace meshfn::routing
