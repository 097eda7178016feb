#include "simulate/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/str.h"
#include "routing/host.h"
#include "yaml/writer.h"

namespace meshfn::simulate {

namespace {

using yaml::Value;

/// The value at the keys between dots; null when it is not there.
const Value* get(const Value& root, std::string_view path) {
  const Value* at = &root;
  for (const std::string_view part : str::split(path, '.')) {
    if (!at->is_map() || (at = at->find(part)) == nullptr) return nullptr;
  }
  return at;
}

std::string_view text_at(const Value& root, std::string_view path) {
  const Value* value = get(root, path);
  return value == nullptr ? std::string_view() : std::string_view(value->text());
}

/// The item or entry called `part`, maps on the way being made; null for an index that is not
/// there.
Value* enter(Value& at, std::string_view part) {
  if (at.is_list()) {
    std::size_t index = at.size();
    std::from_chars(part.data(), part.data() + part.size(), index);
    return index < at.size() ? &at.items()[index] : nullptr;
  }
  if (at.is_null()) at = Value::map();
  return at.is_map() ? &at.at(part) : nullptr;
}

/// Number of single values in `value`.
std::size_t leaves(const Value& value) {
  if (!value.is_map() && !value.is_list()) return 1;
  std::size_t sum = 0;
  for (const Value& item : value.items()) sum += leaves(item);
  return std::max<std::size_t>(sum, 1);
}

/// Writes `value` at `path`; how many single values that changes.
std::size_t put(Value& root, std::string_view path, const Value& value) {
  const auto parts = str::split(path, '.');
  Value* at = &root;
  for (std::size_t i = 0; i + 1 < parts.size() && at != nullptr; ++i) at = enter(*at, parts[i]);
  if (at == nullptr || at->is_list()) return 0;
  if (at->is_null()) *at = Value::map();
  if (!at->is_map()) return 0;
  const Value* old = at->find(parts.back());
  if (value.is_null() ? old == nullptr : old != nullptr && *old == value) return 0;
  if (value.is_null()) {
    at->erase(parts.back());
    return 1;
  }
  at->set(std::string(parts.back()), value);
  return leaves(value);
}

/// "60s", "{from: a, …}" as one line of flow text.
std::string shown(const Value& value) {
  if (value.is_null()) return "(removed)";
  if (value.is_map() || value.is_list()) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < value.size(); ++i) {
      parts.push_back((value.is_map() ? value.keys()[i] + ": " : "") + shown(value.items()[i]));
    }
    const std::string inside = str::join(parts, ", ");
    return value.is_map() ? "{" + inside + "}" : "[" + inside + "]";
  }
  std::string text = yaml::write(value);
  return std::string(str::trim(text));
}

/// Writes edits into a copy of the drafts, one after the other.
class Editor {
 public:
  explicit Editor(const Drafts& drafts) { out_.drafts = drafts; }

  void write(const Edit& edit) {
    switch (edit.target) {
      case Edit::Target::destination_rule:
        return write_rule(edit);
      case Edit::Target::virtual_service:
        return write_routes(edit);
      case Edit::Target::annotation:
        return write_annotation(edit);
      case Edit::Target::scenario_service:
        return write_scenario("services." + edit.service + ".", edit);
      case Edit::Target::scenario:
        return write_scenario("", edit);
    }
  }

  ChangedDrafts take() {
    std::sort(out_.objects.begin(), out_.objects.end());
    return std::move(out_);
  }

 private:
  std::string space_of(const Value& object) const {
    const std::string_view own = text_at(object, "metadata.namespace");
    return own.empty() ? out_.drafts.name_space : std::string(own);
  }

  /// `reviews` or `reviews.prod` in full.
  std::string full(std::string_view service) const {
    if (routing::service_of(service)) return std::string(service);
    const std::size_t dot = service.find('.');
    const std::string space(dot == std::string_view::npos ? std::string_view(out_.drafts.name_space)
                                                          : service.substr(dot + 1));
    return routing::fqdn(service.substr(0, dot), space);
  }

  bool means(const Value& object, const Value* host, std::string_view service) const {
    return host != nullptr && routing::fqdn(host->text(), space_of(object)) == full(service);
  }

  /// A new object of the service in its namespace.
  Value& add(std::string_view kind, std::string_view service, Value spec) {
    const auto name = routing::service_of(full(service));
    Value metadata = Value::map({{"name", name ? name->name : std::string(service)}});
    if (name && name->name_space != out_.drafts.name_space) {
      metadata.set("namespace", name->name_space);
    }
    out_.drafts.mesh.push_back(Value::map({{"apiVersion", "networking.istio.io/v1"},
                                           {"kind", kind},
                                           {"metadata", std::move(metadata)},
                                           {"spec", std::move(spec)}}));
    return out_.drafts.mesh.back();
  }

  static std::string short_name(std::string_view service) {
    return std::string(service.substr(0, service.find('.')));
  }

  void write_rule(const Edit& edit) {
    Value* rule = nullptr;
    const Value* wild = nullptr;
    for (Value& object : out_.drafts.mesh) {
      if (text_at(object, "kind") != "DestinationRule") continue;
      const Value* host = get(object, "spec.host");
      if (means(object, host, edit.service) && rule == nullptr) rule = &object;
      if (host != nullptr && routing::is_wildcard(host->text()) &&
          routing::covers_host(host->text(), full(edit.service))) {
        wild = &object;
      }
    }
    if (rule == nullptr) {
      Value spec = wild == nullptr ? Value::map() : *get(*wild, "spec");
      spec.set("host", short_name(edit.service));
      rule = &add("DestinationRule", edit.service, std::move(spec));
    }
    note(*rule, "trafficPolicy." + edit.path, edit,
         put(*rule, "spec.trafficPolicy." + edit.path, edit.value));
  }

  /// Whether some destination of an HTTP route is the service.
  bool leads_to(const Value& object, const Value& route, std::string_view service) const {
    const Value* destinations = get(route, "route");
    if (destinations == nullptr || !destinations->is_list()) return false;
    return std::any_of(
        destinations->items().begin(), destinations->items().end(),
        [&](const Value& one) { return means(object, get(one, "destination.host"), service); });
  }

  void write_routes(const Edit& edit) {
    bool found = false;
    for (Value& object : out_.drafts.mesh) {
      if (text_at(object, "kind") != "VirtualService") continue;
      Value* spec = object.find("spec");
      Value* routes = spec != nullptr && spec->is_map() ? spec->find("http") : nullptr;
      if (routes == nullptr || !routes->is_list()) continue;
      std::size_t fields = 0;
      bool here = false;
      for (Value& route : routes->items()) {
        if (!leads_to(object, route, edit.service)) continue;
        here = true;
        fields = std::max(fields, put(route, edit.path, edit.value));
      }
      if (here) note(object, "http." + edit.path, edit, fields);
      found = found || here;
    }
    if (found) return;
    const std::string host = short_name(edit.service);
    Value route = Value::map(
        {{"route",
          Value::list({Value::map({{"destination", Value::map({{"host", Value(host)}})}})})}});
    const std::size_t fields = put(route, edit.path, edit.value);
    Value& object = add("VirtualService", edit.service,
                        Value::map({{"hosts", Value::list({Value(host)})},
                                    {"http", Value::list({std::move(route)})}}));
    note(object, "http." + edit.path, edit, fields);
  }

  void write_annotation(const Edit& edit) {
    for (Value& object : out_.drafts.mesh) {
      if (text_at(object, "kind") != "Service") continue;
      const Value* name = get(object, "metadata.name");
      if (!means(object, name, edit.service)) continue;
      Value& annotations = *enter(object.at("metadata"), "annotations");
      if (annotations.is_null()) annotations = Value::map();
      const Value* old = annotations.find(edit.path);
      const bool same = old != nullptr && *old == edit.value;
      annotations.set(edit.path, edit.value);
      return note(object, edit.path, edit, same ? 0 : 1);
    }
  }

  void write_scenario(const std::string& prefix, const Edit& edit) {
    Value* services =
        out_.drafts.scenario.is_map() ? out_.drafts.scenario.find("services") : nullptr;
    if (edit.target == Edit::Target::scenario_service) {
      const bool there =
          services != nullptr && services->is_map() && services->find(edit.service) != nullptr;
      if (!there) return;
      const std::size_t fields = put(services->at(edit.service), edit.path, edit.value);
      return note_scenario(prefix, edit, fields);
    }
    note_scenario(prefix, edit, put(out_.drafts.scenario, edit.path, edit.value));
  }

  void note_scenario(const std::string& prefix, const Edit& edit, std::size_t fields) {
    if (fields == 0) return;
    out_.scenario = true;
    out_.fields += fields;
    out_.settings.push_back(
        fmt::format("scenario: {}{}: {}", prefix, edit.path, shown(edit.value)));
  }

  /// Keeps account of what an edit did to `object`.
  void note(const Value& object, const std::string& path, const Edit& edit, std::size_t fields) {
    if (fields == 0) return;
    const auto index = static_cast<std::size_t>(&object - out_.drafts.mesh.data());
    if (std::find(out_.objects.begin(), out_.objects.end(), index) == out_.objects.end()) {
      out_.objects.push_back(index);
    }
    out_.fields += fields;
    out_.settings.push_back(fmt::format("{} {}: {}: {}", text_at(object, "kind"),
                                        text_at(object, "metadata.name"), path, shown(edit.value)));
  }

  ChangedDrafts out_;
};

}  // namespace

Change together(const Change& a, const Change& b) {
  Change out = a;
  out.what += ", and " + b.what;
  out.edits.insert(out.edits.end(), b.edits.begin(), b.edits.end());
  return out;
}

ChangedDrafts change_drafts(const Drafts& drafts, const Change& change) {
  Editor editor(drafts);
  for (const Edit& edit : change.edits) editor.write(edit);
  return editor.take();
}

bool has_service(const Drafts& drafts, std::string_view service) {
  Change probe{"", {{Edit::Target::annotation, std::string(service), "meshfn.dev/probe", "x"}}};
  return change_drafts(drafts, probe).fields > 0;
}

std::string to_yaml(const ChangedDrafts& changed) {
  std::vector<Value> documents;
  for (const std::size_t index : changed.objects) documents.push_back(changed.drafts.mesh[index]);
  if (changed.scenario) documents.push_back(changed.drafts.scenario);
  return yaml::write(documents);
}

}  // namespace meshfn::simulate
