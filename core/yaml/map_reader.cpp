#include "yaml/map_reader.h"

#include <algorithm>

#include "base/suggest.h"
#include "base/units.h"
#include "yaml/tree_builder.h"

namespace meshfn::yaml {

namespace {

std::string quoted(std::string_view text) { return '`' + std::string(text) + '`'; }

/// What a node is, for "expected …, not …".
std::string describe(Node node) {
  if (node.is_mapping()) return "a mapping";
  if (node.is_sequence()) return "a list";
  if (node.is_null()) return "nothing";
  return "the " + std::string(to_string(node.type())) + ' ' + quoted(node.text());
}

void report(Problems& problems, std::string_view rule, source::Location where, std::string message,
            std::string help = {}) {
  diagnostic::Findings(reading_rule(rule), problems)
      .add(where, std::move(message))
      .with_help(std::move(help));
}

}  // namespace

void bad_value(Problems& problems, source::Location where, std::string message, std::string help) {
  report(problems, "MF0024", where, std::move(message), std::move(help));
}

const diagnostic::Diagnostic* first_error(const Problems& problems) {
  const auto found = std::find_if(problems.begin(), problems.end(), [](const auto& problem) {
    return problem.severity == diagnostic::Severity::error;
  });
  return found == problems.end() ? nullptr : &*found;
}

Error to_error(const Problems& problems, Failure kind) {
  const diagnostic::Diagnostic& first = problems.front();
  return {source::to_string(first.where) + ": " + first.message, first.help, kind};
}

MapReader::MapReader(Node node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (node_ && !node_.is_mapping()) {
    report(problems_, "MF0023", node_.where(),
           what_ + " must be a mapping, not " + describe(node_));
  }
}

Node MapReader::find(std::string_view key) {
  asked_.push_back(key);
  const Node value = node_.find(key);
  return value.is_null() ? Node() : value;
}

Node MapReader::require(std::string_view key) {
  const Node value = find(key);
  if (!value && node_.is_mapping()) {
    report(problems_, "MF0022", where(key), what_ + " has no " + quoted(key),
           "add `" + std::string(key) + ": …`");
  }
  return value;
}

source::Location MapReader::where(std::string_view key) const {
  const Node found = node_.find_key(key);
  if (!found) return node_.where();
  const Node value = node_.find(key);
  return value.span().size() == 0 ? found.where() : value.where();
}

void MapReader::wrong_type(std::string_view key, Node value, std::string_view wanted) {
  report(problems_, "MF0023", value.where(),
         quoted(key) + " must be " + std::string(wanted) + ", not " + describe(value));
}

std::optional<std::string> MapReader::string(std::string_view key) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  if (value.is_scalar()) return std::string(value.text());
  wrong_type(key, value, "text");
  return std::nullopt;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  if (value.is_scalar() && value.type() == ScalarType::boolean) return to_bool(value.text());
  wrong_type(key, value, "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, std::int64_t least,
                                               std::int64_t most) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  const std::optional<std::int64_t> whole = value.is_scalar() && value.type() == ScalarType::integer
                                                ? to_int(value.text())
                                                : std::nullopt;
  if (!whole) {
    wrong_type(key, value, "a whole number");
    return std::nullopt;
  }
  if (*whole < least || *whole > most) {
    bad_value(problems_, value.where(),
              quoted(key) + " must be between " + std::to_string(least) + " and " +
                  std::to_string(most) + ", not " + std::to_string(*whole));
    return std::nullopt;
  }
  return whole;
}

std::optional<double> MapReader::number(std::string_view key) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  const std::optional<double> found = value.is_scalar() ? to_double(value.text()) : std::nullopt;
  if (!found) wrong_type(key, value, "a number");
  return found;
}

std::optional<std::chrono::nanoseconds> MapReader::duration(std::string_view key) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  const auto found = value.is_scalar() ? parse_duration(value.text()) : std::nullopt;
  if (!found) {
    wrong_type(key, value, "a duration such as `250ms` or `1m30s`");
    return std::nullopt;
  }
  if (found->count() < 0) {
    bad_value(problems_, value.where(), quoted(key) + " must not be negative");
    return std::nullopt;
  }
  return found;
}

std::optional<double> MapReader::percent(std::string_view key) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  const std::optional<double> found =
      value.is_scalar() ? parse_percent(value.text()) : std::nullopt;
  if (!found) {
    wrong_type(key, value, "a percentage such as `12.5%`");
    return std::nullopt;
  }
  if (*found > 1) {
    bad_value(problems_, value.where(), quoted(key) + " must be at most 100%");
    return std::nullopt;
  }
  return found;
}

std::optional<std::string> MapReader::choice(std::string_view key,
                                             std::span<const std::string_view> choices) {
  const Node value = find(key);
  if (!value) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), value.text()) != choices.end()) {
    return std::string(value.text());
  }
  std::string help = did_you_mean(value.text(), {choices.begin(), choices.end()});
  if (help.empty()) {
    for (const std::string_view choice : choices) {
      help += (help.empty() ? "use one of " : ", ") + quoted(choice);
    }
  }
  bad_value(problems_, value.where(), quoted(key) + " cannot be " + describe(value), help);
  return std::nullopt;
}

std::vector<std::string> MapReader::strings(std::string_view key) {
  const Node value = find(key);
  std::vector<std::string> found;
  if (value.is_scalar()) found.emplace_back(value.text());
  if (value.is_mapping()) wrong_type(key, value, "a list");
  for (const Node item : value.items()) {
    if (item.is_scalar()) {
      found.emplace_back(item.text());
    } else {
      wrong_type(key, item, "a list of texts");
    }
  }
  return found;
}

std::vector<Node> MapReader::list(std::string_view key) {
  const Node value = find(key);
  std::vector<Node> found;
  if (value && !value.is_sequence()) wrong_type(key, value, "a list");
  for (const Node item : value.items()) found.push_back(item);
  return found;
}

std::vector<Entry> MapReader::entries(std::string_view key) {
  const Node value = find(key);
  std::vector<Entry> found;
  if (value && !value.is_mapping()) wrong_type(key, value, "a mapping");
  for (const Entry entry : value.entries()) found.push_back(entry);
  return found;
}

void MapReader::done() {
  for (const Entry entry : node_.entries()) {
    const std::string_view key = entry.key.text();
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::string help = did_you_mean(key, asked_);
    if (help.empty()) {
      for (const std::string_view known : asked_) {
        help += (help.empty() ? "known fields: " : ", ") + quoted(known);
      }
    }
    report(problems_, "MF0021", entry.key.where(), what_ + " has no field " + quoted(key), help);
  }
}

}  // namespace meshfn::yaml
