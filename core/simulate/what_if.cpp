#include "simulate/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

Result<double> parse_scale(std::string_view text) {
  constexpr double kMost = 1000;
  std::optional<double> factor = parse_percent(text);
  if (!factor) {
    std::string_view number = text;
    if (number.ends_with('x')) number.remove_suffix(1);
    factor = yaml::to_double(number);
  }
  if (factor && *factor > 0 && *factor <= kMost) return *factor;
  return usage_error(fmt::format("`{}` is no share of the load", text),
                     "write it like `1.5x` or `150%`, above 0");
}

void scale_load(Scenario& scenario, double factor) {
  for (LoadSpec& load : scenario.load) {
    Arrivals& arrivals = load.arrivals;
    arrivals.rate *= factor;
    arrivals.low_rate *= factor;
    if (arrivals.users > 0) {
      arrivals.users =
          static_cast<std::uint32_t>(std::max(1.0, std::round(arrivals.users * factor)));
    }
    std::vector<Time> trace;
    double due = 0;
    for (const Time moment : arrivals.trace) {
      for (due += factor; due >= 1; due -= 1) trace.push_back(moment);
    }
    arrivals.trace = std::move(trace);
  }
}

namespace {

tl::unexpected<Error> wrong(const Setting& setting, const std::string& why, std::string help) {
  return usage_error(fmt::format("--set `{}`: {}", setting.text, why), std::move(help));
}

Result<yaml::Value> parse_value(const Setting& setting, std::string_view text) {
  const source::File file("--set", std::string(text));
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(file, problems);
  const bool read = problems.empty() && tree->documents().size() == 1;
  if (!read || !tree->documents().front().root) {
    return wrong(setting, fmt::format("`{}` is no YAML value", text),
                 "write `PATH=null` to remove a value");
  }
  return yaml::Value::from(tree->documents().front().root);
}

/// The part of `path` that names one of `names`, or its first part. Names may hold dots.
std::string_view first_part(std::string_view path, const std::vector<std::string_view>& names) {
  std::string_view best = path.substr(0, path.find('.'));
  for (const std::string_view name : names) {
    const bool whole = path == name || (path.starts_with(name) && path[name.size()] == '.');
    if (whole && name.size() > best.size()) best = name;
  }
  return best;
}

std::string_view without(std::string_view path, std::string_view part) {
  return path.size() > part.size() ? path.substr(part.size() + 1) : std::string_view();
}

/// What an item of a list is called: by its name, or by what it calls.
std::string_view name_of(const yaml::Value& item) {
  for (const std::string_view key : {"name", "to", "host"}) {
    const yaml::Value* value = item.is_map() ? item.find(key) : nullptr;
    if (value != nullptr && value->is_string()) return value->text();
  }
  return {};
}

class Path {
 public:
  Path(const Setting& setting, yaml::Value& document, std::string_view path)
      : setting_(setting), at_(&document), rest_(path) {}

  Result<void> write() {
    while (true) {
      const auto moved = at_->is_list() ? into_list() : into_map();
      if (!moved || done_) return moved;
    }
  }

 private:
  Result<void> into_list() {
    std::vector<std::string_view> names;
    for (const yaml::Value& item : at_->items()) names.push_back(name_of(item));
    const std::string_view part = first_part(rest_, names);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error != std::errc() || end != part.data() + part.size()) {
      const auto found = std::find(names.begin(), names.end(), part);
      index = static_cast<std::size_t>(found - names.begin());
    }
    if (part.empty() || index >= names.size()) {
      std::string help = did_you_mean(part, names);
      if (help.empty()) help = fmt::format("its items are 0 to {}", at_->size() - 1);
      return wrong(setting_, fmt::format("no item `{}` in `{}`", part, where()),
                   at_->empty() ? "the list is empty" : help);
    }
    return step(part, &at_->items()[index]);
  }

  Result<void> into_map() {
    if (!at_->is_map() && !at_->is_null()) {
      return wrong(setting_, fmt::format("`{}` is a single value and has nothing inside", where()),
                   fmt::format("set `{}` itself", where()));
    }
    if (at_->is_null()) *at_ = yaml::Value::map();
    const std::vector<std::string_view> names(at_->keys().begin(), at_->keys().end());
    const std::string_view part = first_part(rest_, names);
    if (part.empty())
      return wrong(setting_, "a path has no empty part", "write it like `load[0].clients=4`");
    const bool last = without(rest_, part).empty();
    yaml::Value* next = at_->find(part);
    if (next == nullptr && !last) {
      std::string help = did_you_mean(part, names);
      const bool closed = walked_ == "services";
      if (!help.empty() || closed) {
        if (help.empty()) help = fmt::format("there are {}", str::join(names, ", "));
        return wrong(setting_, fmt::format("there is no `{}` in `{}`", part, where()), help);
      }
    }
    if (last && setting_.value.is_null()) {
      at_->erase(part);
      done_ = true;
      return {};
    }
    return step(part, next != nullptr ? next : &at_->at(part));
  }

  Result<void> step(std::string_view part, yaml::Value* next) {
    walked_ += (walked_.empty() ? "" : ".") + std::string(part);
    rest_ = without(rest_, part);
    at_ = next;
    if (rest_.empty()) {
      *at_ = setting_.value;
      done_ = true;
    }
    return {};
  }

  std::string where() const { return walked_.empty() ? "the document" : walked_; }

  const Setting& setting_;
  yaml::Value* at_;
  std::string_view rest_;
  std::string walked_;
  bool done_ = false;
};

std::string_view object_name(const yaml::Value& document) {
  const yaml::Value* metadata = document.is_map() ? document.find("metadata") : nullptr;
  const yaml::Value* name =
      metadata != nullptr && metadata->is_map() ? metadata->find("name") : nullptr;
  return name == nullptr ? std::string_view() : std::string_view(name->text());
}

}  // namespace

Result<Setting> parse_setting(std::string_view text) {
  Setting setting;
  setting.text = text;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return wrong(setting, "does not say what to set to which value",
                 "write PATH=VALUE, like `services.reviews.concurrency=32`");
  }
  setting.path = str::replace_all(str::replace_all(text.substr(0, equals), "[", "."), "]", "");
  const std::size_t slash = setting.path.find('/');
  if (slash != std::string::npos && slash < setting.path.find('.')) {
    setting.kind = setting.path.substr(0, slash);
    setting.path.erase(0, slash + 1);
  }
  auto value = parse_value(setting, text.substr(equals + 1));
  if (!value) return tl::unexpected(value.error());
  setting.value = std::move(*value);
  return setting;
}

bool is_target(const Setting& setting, const yaml::Value& document) {
  const yaml::Value* kind = document.is_map() ? document.find("kind") : nullptr;
  if (kind == nullptr || !str::equals_ignore_case(kind->text(), setting.kind)) return false;
  const std::string_view name = object_name(document);
  return !name.empty() && first_part(setting.path, {name}) == name;
}

Result<void> apply(const Setting& setting, yaml::Value& document) {
  std::string_view path = setting.path;
  if (!setting.kind.empty()) path = without(path, first_part(path, {object_name(document)}));
  if (path.empty())
    return wrong(setting, "names an object and no value in it", "add its path: `.spec…`");
  return Path(setting, document, path).write();
}

}  // namespace meshfn::simulate
