#include "function/event/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/str.h"
#include "base/suggest.h"
#include "function/event/slots.h"
#include "function/event/store.h"

namespace meshfn::function {

namespace {

constexpr std::size_t kMostRecords = 10'000;
constexpr std::string_view kPoison = "{\"poison\": ";

/// `text` as a value of the type that `like` has; nothing when it does not fit. Objects and lists
/// stay text, so that they keep their spelling.
std::optional<Json> typed(std::string_view text, const Json& like) {
  if (like.is_string()) return Json(std::string(text));
  if (!is_json(text)) return std::nullopt;
  if (like.is_structured()) return Json(std::string(text));
  Json value = parse_json(text);
  const bool fits = like.is_null() || value.is_number() == like.is_number();
  return fits ? std::optional<Json>(std::move(value)) : std::nullopt;
}

/// The string `token` in `json`, wherever it is, becomes `value`.
bool put_for(Json& json, const std::string& token, Json& value) {
  if (json == token) {
    json = std::move(value);
    return true;
  }
  if (!json.is_structured()) return false;
  return std::any_of(json.begin(), json.end(),
                     [&](Json& inner) { return put_for(inner, token, value); });
}

tl::unexpected<Error> wrong_type(std::string_view name, std::string_view text, const Json& like) {
  return usage_error(fmt::format("`{}` of `{}` is not a {}", text, name, like.type_name()),
                     fmt::format("its default is {}", like.dump()));
}

/// One source of the chain with the values the user gave it.
struct Hop {
  SampleFile sample;
  std::map<std::string, Json, std::less<>> given;
};

/// Makes one recipe.
class Maker {
 public:
  explicit Maker(const Recipe& recipe) : recipe_(recipe) {}

  Result<std::string> make() {
    if (auto read = read_chain(); !read) return tl::unexpected(read.error());
    if (auto set = set_parameters(); !set) return tl::unexpected(set.error());
    auto event = event_of(hops_.size() - 1, "");
    if (!event) return tl::unexpected(event.error());
    for (const auto& [place, text] : places_) {
      if (auto put = set_place(*event, place, text); !put) return tl::unexpected(put.error());
    }
    return raw_.restore(event->dump(recipe_.compact ? -1 : 2)) + "\n";
  }

 private:
  Result<void> read_chain() {
    for (const std::string_view part : str::split(recipe_.chain, '>')) {
      auto sample = load_sample(str::trim(part));
      if (!sample) return tl::unexpected(sample.error());
      hops_.push_back({std::move(*sample), {}});
    }
    for (std::size_t i = 1; i < hops_.size(); ++i) {
      if (!hops_[i].sample.parameters.contains("body")) {
        return usage_error(fmt::format("`{}` carries no body, so `{}` cannot be nested in it",
                                       hops_[i].sample.name, hops_[i - 1].sample.name));
      }
    }
    const SampleFile& outer = hops_.back().sample;
    if ((recipe_.records || recipe_.poison) && outer.records.empty()) {
      return usage_error(fmt::format("`{}` events have no records", outer.name));
    }
    if (recipe_.records.value_or(1) < 1 || recipe_.records.value_or(1) > kMostRecords) {
      return usage_error(fmt::format("cannot make {} records", *recipe_.records),
                         fmt::format("choose 1 to {}", kMostRecords));
    }
    return {};
  }

  Result<void> set_parameters() {
    if (recipe_.body) {
      Hop& inner = hops_.front();
      if (!inner.sample.parameters.contains("body")) {
        return usage_error(fmt::format("`{}` events carry no body", inner.sample.name),
                           "`--set field=value` changes any of their fields");
      }
      inner.given["body"] = *recipe_.body;
    }
    for (const auto& [name, text] : recipe_.set) {
      bool known = false;
      for (Hop& hop : hops_) {
        const auto like = hop.sample.parameters.find(name);
        if (like == hop.sample.parameters.end()) continue;
        const auto value = name == "body" ? Json(text) : typed(text, *like);
        if (!value) return wrong_type(name, text, *like);
        hop.given[name] = *value;
        known = true;
      }
      if (!known) places_.emplace_back(name, text);
    }
    return {};
  }

  /// The event of hop `index`. `path` names the place in the chain, so that every record of every
  /// hop has random numbers of its own.
  Result<Json> event_of(std::size_t index, const std::string& path) {
    const SampleFile& sample = hops_[index].sample;
    const std::string here = path + "/" + sample.name;
    if (sample.records.empty()) {
      auto slots = slots_of(index, here, 0);
      return slots ? slots->fill(sample.event) : tl::unexpected(slots.error());
    }
    Json skeleton = sample.event;
    const std::size_t like = skeleton.at(Json::json_pointer(sample.records)).size();
    const bool outermost = index + 1 == hops_.size();
    const std::size_t count = outermost ? recipe_.records.value_or(like) : 1;
    // Filling may rename the keys on the way to a list, so a token marks its place.
    std::vector<std::pair<std::string, Json>> lists;
    const auto take_out = [&](const std::string& pointer, const std::string& stream) {
      Json& list = skeleton.at(Json::json_pointer(pointer));
      auto filled = repeated(index, stream, list, count);
      if (!filled) return filled;
      list = raw_.token_for("[]");
      lists.emplace_back(list.get<std::string>(), std::move(*filled));
      return Result<Json>(Json());
    };
    if (auto done = take_out(sample.records, here); !done) return done;
    for (const std::string& pointer : sample.beside) {
      if (auto done = take_out(pointer, here + pointer); !done) return done;
    }
    auto slots = slots_of(index, here, 0);
    if (!slots) return tl::unexpected(slots.error());
    auto event = slots->fill(skeleton);
    for (auto& [token, list] : lists) {
      if (event) put_for(*event, token, list);
    }
    return event;
  }

  /// `count` items made like those of `list`, in turn.
  Result<Json> repeated(std::size_t index, const std::string& stream, const Json& list,
                        std::size_t count) {
    Json filled = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
      auto slots = slots_of(index, fmt::format("{}/{}", stream, i), i);
      if (!slots) return tl::unexpected(slots.error());
      auto item = slots->fill(list.at(i % list.size()));
      if (!item) return item;
      filled.push_back(std::move(*item));
    }
    return filled;
  }

  Result<Slots> slots_of(std::size_t index, const std::string& path, std::size_t record) {
    const Hop& hop = hops_[index];
    std::map<std::string, Parameter, std::less<>> parameters;
    for (const auto& [name, fallback] : hop.sample.parameters.items()) {
      parameters[name] = {fallback, false};
    }
    if (index > 0) {
      const auto carried = carried_by(index, path, record);
      if (!carried) return tl::unexpected(carried.error());
      for (const auto& [name, value] : carried->items()) parameters[name] = {value, true};
    }
    for (const auto& [name, value] : hop.given) parameters[name] = {value, true};
    const bool outermost = index + 1 == hops_.size();
    if (outermost && recipe_.poison == record && parameters.count("body") > 0) {
      parameters["body"] = {std::string(kPoison), true};
    }
    const Moment when{recipe_.now.ms + static_cast<std::int64_t>(record)};
    return Slots(std::move(parameters), Random::stream(recipe_.seed, path), when, record, raw_);
  }

  /// What the event inside hop `index` gives it: the parameters that the inner source names for
  /// this envelope, or its whole event as the body.
  Result<Json> carried_by(std::size_t index, const std::string& path, std::size_t record) {
    const SampleFile& inner = hops_[index - 1].sample;
    const auto via = inner.via.find(hops_[index].sample.name);
    auto made = Result<Json>(Json());
    if (via == inner.via.end()) {
      made = event_of(index - 1, path);
      if (made) made = Json({{"body", std::move(*made)}});
    } else {
      auto slots = slots_of(index - 1, path + "/" + inner.name, record);
      if (!slots) return tl::unexpected(slots.error());
      made = slots->fill(*via);
    }
    if (made && made->contains("body")) {
      Json& body = (*made)["body"];
      body = raw_.restore(body.is_string() ? body.get<std::string>() : body.dump());
    }
    return made;
  }

  Result<void> set_place(Json& event, std::string_view place, const std::string& text) const {
    std::string pointer(place);
    if (!pointer.starts_with('/')) pointer = "/" + str::replace_all(pointer, ".", "/");
    Json* at = &event;
    std::vector<std::string_view> steps = str::split(std::string_view(pointer).substr(1), '/');
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Json* next = step(*at, steps[i], i > 0 && i + 1 == steps.size());
      if (next == nullptr) return no_place(*at, place, steps[i]);
      at = next;
    }
    const bool open = at->is_null() || at->is_structured();
    const auto value = open && !is_json(text) ? std::optional<Json>(text) : typed(text, *at);
    if (!value) return wrong_type(place, text, *at);
    *at = open && is_json(text) ? parse_json(text) : *value;
    return {};
  }

  /// The member or item `name` of `value`. A last member that is not there is made, unless it is
  /// at the top or looks like a slip of the pen.
  static Json* step(Json& value, std::string_view name, bool may_add) {
    if (value.is_array()) {
      std::size_t index = value.size();
      std::from_chars(name.data(), name.data() + name.size(), index);
      return index < value.size() ? &value[index] : nullptr;
    }
    if (!value.is_object()) return nullptr;
    const auto found = value.find(name);
    if (found != value.end()) return &*found;
    std::vector<std::string_view> known;
    for (const auto& [key, member] : value.items()) known.push_back(key);
    return may_add && suggest(name, known).empty() ? &value[std::string(name)] : nullptr;
  }

  tl::unexpected<Error> no_place(const Json& around, std::string_view place,
                                 std::string_view name) const {
    std::vector<std::string> known;
    for (const Hop& hop : hops_) {
      for (const auto& [key, value] : hop.sample.parameters.items()) known.push_back(key);
    }
    if (around.is_object()) {
      for (const auto& [key, value] : around.items()) known.push_back(key);
    }
    std::string hint = did_you_mean(name, {known.begin(), known.end()});
    if (hint.empty()) hint = fmt::format("parameters are {}", str::join(known, ", "));
    return usage_error(fmt::format("`{}` has no field `{}`", recipe_.chain, place), hint);
  }

  const Recipe& recipe_;
  std::vector<Hop> hops_;
  std::vector<std::pair<std::string, std::string>> places_;
  RawTexts raw_;
};

}  // namespace

Result<std::string> make_event(const Recipe& recipe) { return Maker(recipe).make(); }

Result<std::string> sample_event(std::string_view name) {
  Recipe recipe;
  recipe.chain = name;
  return make_event(recipe);
}

}  // namespace meshfn::function
