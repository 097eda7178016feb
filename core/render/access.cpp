#include "render/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "render/words.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using routing::Access;
using routing::Verdict;

std::string place(const source::Location& where) {
  return where.file == nullptr ? std::string() : "  " + origin(where);
}

void add_nearest(std::string& text, const routing::Nearest& nearest) {
  const std::string rule = nearest.rule.empty() ? "" : " " + nearest.rule;
  text += fmt::format("    nearest  {}{}{}\n", nearest.resource, rule, place(nearest.where));
  for (const routing::Clause& clause : nearest.lacking) {
    text += fmt::format("      lacks  {}{}\n", clause.text, place(clause.where));
  }
}

Json clauses_json(const std::vector<routing::Clause>& clauses) {
  Json out = Json::array();
  for (const routing::Clause& clause : clauses) {
    Json one = {{"text", clause.text}};
    add_place(one, clause.where);
    out.push_back(std::move(one));
  }
  return out;
}

Json decider_json(const Verdict& verdict) {
  if (verdict.by.empty()) return {};
  Json out = {{"resource", verdict.by},
              {"rule", verdict.rule.empty() ? Json() : Json(verdict.rule)}};
  add_place(out, verdict.where);
  return out;
}

Json nearest_json(const std::optional<routing::Nearest>& nearest) {
  if (!nearest) return {};
  Json out = {{"resource", nearest->resource},
              {"rule", nearest->rule.empty() ? Json() : Json(nearest->rule)}};
  add_place(out, nearest->where);
  out["lacking"] = clauses_json(nearest->lacking);
  return out;
}

Json notes_json(const std::vector<routing::Note>& notes) {
  Json out = Json::array();
  for (const routing::Note& note : notes) {
    Json one = {{"message", note.message}};
    add_place(one, note.where);
    out.push_back(std::move(one));
  }
  return out;
}

Json to_json(const Access& stop) {
  const Verdict& verdict = stop.verdict;
  return {{"target", stop.target.describe()},
          {"host", stop.target.host},
          {"subset", stop.target.subset},
          {"allowed", verdict.allowed},
          {"channel", routing::to_string(verdict.channel)},
          {"by", decider_json(verdict)},
          {"why", verdict.why},
          {"status", verdict.status ? Json(*verdict.status) : Json()},
          {"met", clauses_json(verdict.met)},
          {"nearest", nearest_json(verdict.nearest)},
          {"notes", notes_json(verdict.notes)}};
}

std::string caller_name(const routing::Caller& caller) {
  return caller.plain && caller.name_space.empty() ? "no identity" : caller.describe();
}

/// What decides, numbered in the order in which it is met.
class Footnotes {
 public:
  std::size_t number(const Verdict& verdict) {
    const std::string line =
        fmt::format("{}: {}{}", decider(verdict), verdict.why, place(verdict.where));
    const auto found = std::find(lines_.begin(), lines_.end(), line);
    if (found != lines_.end()) return static_cast<std::size_t>(found - lines_.begin()) + 1;
    lines_.push_back(line);
    return lines_.size();
  }

  std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      out += fmt::format("  [{}] {}\n", i + 1, lines_[i]);
    }
    return out;
  }

 private:
  std::vector<std::string> lines_;
};

using Columns = std::vector<routing::WhoColumn>;

std::string heading(const routing::WhoColumn& column) {
  return fmt::format("{} {}", column.request.method, column.request.path);
}

std::string cell_text(const routing::WhoCell& cell, Footnotes& notes) {
  const char* word = cell.allowed ? "yes" : cell.differs ? "some" : "no";
  return fmt::format("{} [{}]", word, notes.number(cell.verdict));
}

/// The columns of one port as lines of cells.
std::string port_text(const Columns& columns, std::size_t first, std::size_t last,
                      Footnotes& notes) {
  std::vector<std::vector<std::string>> lines(columns[first].cells.size() + 1);
  lines.front().emplace_back("from");
  for (std::size_t row = 0; row + 1 < lines.size(); ++row) {
    lines[row + 1].push_back(caller_name(columns[first].cells[row].caller));
  }
  for (std::size_t column = first; column < last; ++column) {
    lines.front().push_back(heading(columns[column]));
    for (std::size_t row = 0; row + 1 < lines.size(); ++row) {
      lines[row + 1].push_back(cell_text(columns[column].cells[row], notes));
    }
  }
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], str::display_width(line[i]));
    }
  }
  std::string text;
  for (const auto& line : lines) {
    std::string out = " ";
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += " " + line[i];
      const bool is_last = i + 1 == line.size();
      if (!is_last) out += std::string(widths[i] - str::display_width(line[i]) + 1, ' ');
    }
    text += out + "\n";
  }
  return text;
}

bool same_port(const routing::WhoColumn& a, const routing::WhoColumn& b) {
  return a.host == b.host && a.port == b.port;
}

}  // namespace

std::string decider(const Verdict& verdict) {
  if (verdict.by.empty()) return "nothing";
  return verdict.rule.empty() ? verdict.by : verdict.by + " " + verdict.rule;
}

std::string access_text(const std::vector<Access>& stops) {
  std::string text;
  for (const Access& stop : stops) {
    const Verdict& verdict = stop.verdict;
    const std::string status = verdict.status ? fmt::format(" {}", *verdict.status) : "";
    text += fmt::format("  {}{}  {}  ({})\n", verdict.allowed ? "allowed" : "denied", status,
                        stop.target.describe(), routing::to_string(verdict.channel));
    const std::string by = verdict.by.empty() ? "" : decider(verdict) + ": ";
    text += fmt::format("    {}{}{}\n", by, verdict.why, place(verdict.where));
    for (const routing::Clause& clause : verdict.met) {
      text += fmt::format("      met    {}{}\n", clause.text, place(clause.where));
    }
    if (verdict.nearest) add_nearest(text, *verdict.nearest);
    for (const routing::Note& note : verdict.notes) {
      text += fmt::format("    note: {}{}\n", note.message, place(note.where));
    }
  }
  return text;
}

Json access_json(const std::vector<Access>& stops) {
  Json out = Json::array();
  for (const Access& stop : stops) out.push_back(to_json(stop));
  return out;
}

std::string who_text(const Columns& columns) {
  std::string text;
  for (std::size_t first = 0; first < columns.size();) {
    std::size_t last = first;
    while (last < columns.size() && same_port(columns[last], columns[first])) ++last;
    Footnotes notes;
    if (!text.empty()) text += "\n";
    text += fmt::format("{}:{}\n", columns[first].host, columns[first].port);
    text += port_text(columns, first, last, notes);
    text += notes.text();
    first = last;
  }
  return text;
}

std::string who_json(const Columns& columns) {
  Json out = {{"schema", 1}, {"operations", Json::array()}};
  for (const routing::WhoColumn& column : columns) {
    Json one = {{"host", column.host},
                {"port", column.port},
                {"method", column.request.method},
                {"path", column.request.path},
                {"callers", Json::array()}};
    for (const routing::WhoCell& cell : column.cells) {
      one["callers"].push_back({{"namespace", cell.caller.name_space},
                                {"account", cell.caller.account},
                                {"plain", cell.caller.plain},
                                {"allowed", cell.allowed},
                                {"differs", cell.differs},
                                {"by", decider_json(cell.verdict)},
                                {"why", cell.verdict.why}});
    }
    out["operations"].push_back(std::move(one));
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace meshfn::render
