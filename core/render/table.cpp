// The effective route table as aligned text.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "render/shadows.h"
#include "render/target.h"
#include "render/words.h"

namespace meshfn::render {

namespace {

constexpr std::size_t kColumns = 5;
using Row = std::array<std::string, kColumns>;

/// The lines of one route: matches, targets and settings side by side, each from the top.
void add_rows(std::vector<Row>& rows, const routing::VirtualHost& host, const Shadows& shadows,
              std::size_t index) {
  const routing::Route& route = host.routes[index];
  std::vector<std::string> matches;
  for (const routing::Match& match : route.matches) matches.push_back(brief(match));
  if (matches.empty()) matches.push_back("everything");
  const std::vector<std::string> to = targets(route);
  const std::vector<std::string> with = settings(route);
  const auto line = [](const std::vector<std::string>& lines, std::size_t i) {
    return i < lines.size() ? lines[i] : std::string();
  };
  const std::size_t height = std::max({matches.size(), to.size(), with.size()});
  for (std::size_t i = 0; i < height; ++i) {
    Row row = {"", line(matches, i), line(to, i), line(with, i), ""};
    if (i == 0) {
      row[0] = route.name;
      row[4] = origin(route.where);
    }
    rows.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(route.matches.size(), 1); ++i) {
    const std::string shadow = shadows.over(index, i);
    if (!shadow.empty()) rows.push_back({"", "^ never reached: " + shadow, "", "", ""});
  }
}

/// A note spans the columns right of it, so it does not widen its own.
bool is_note(const Row& row) { return row[1].starts_with("^ "); }

std::string aligned(const std::vector<Row>& rows, std::size_t indent) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (is_note(row) && i == 1) continue;
      widths[i] = std::max(widths[i], str::display_width(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < kColumns; ++i) {
      line += row[i];
      if (widths[i] == 0) continue;
      const std::size_t width = str::display_width(row[i]);
      line.append(widths[i] + 2 - std::min(width, widths[i] + 1), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string ports(const std::vector<std::uint32_t>& ports) {
  if (ports.empty()) return {};
  return fmt::format("  port {}", fmt::join(ports, ", "));
}

/// Whose rules these are, where they are not Istio's or nobody's.
std::string dialect(const routing::VirtualHost& host) {
  for (const routing::Route& route : host.routes) {
    if (route.dialect > routing::Dialect::istio) {
      return fmt::format("  ({})", routing::to_string(route.dialect));
    }
  }
  return {};
}

std::string host_block(const routing::VirtualHost& host) {
  std::string text = fmt::format("  host {}{}{}\n", host.host, ports(host.ports), dialect(host));
  if (host.routes.empty()) return text + "    no rule: every request gets 404\n";
  std::vector<Row> rows = {{"ROUTE", "MATCH", "TO", "SETTINGS", "ORIGIN"}};
  const Shadows shadows(host);
  for (std::size_t i = 0; i < host.routes.size(); ++i) add_rows(rows, host, shadows, i);
  return text + aligned(rows, 4);
}

std::string title(const routing::Listener& listener) {
  if (listener.gateway == "mesh") return "mesh (sidecars)\n";
  std::string text = "gateway " + listener.gateway;
  if (listener.port) text += fmt::format("  port {}", *listener.port);
  if (!listener.protocol.empty()) text += " " + listener.protocol;
  return fmt::format("{}  hosts {}  {}\n", text, str::join(listener.hosts, ", "),
                     origin(listener.where));
}

}  // namespace

Result<Rendered> to_table(const Source& source, const Options&) {
  std::string text;
  for (const routing::Listener& listener : source.table.listeners) {
    if (listener.virtual_hosts.empty() && listener.gateway == "mesh") continue;
    if (!text.empty()) text += "\n";
    text += title(listener);
    if (listener.virtual_hosts.empty()) text += "  no virtual host: every request gets 404\n";
    for (const routing::VirtualHost& host : listener.virtual_hosts) text += host_block(host);
  }
  if (text.empty()) text = "no routes\n";
  return Rendered{{{"routes.txt", std::move(text)}}, "", {}};
}

}  // namespace meshfn::render
