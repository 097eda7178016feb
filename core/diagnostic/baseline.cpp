#include "diagnostic/baseline.h"

#include <fmt/format.h>

#include "base/json.h"
#include "diagnostic/suppression.h"

namespace meshfn::diagnostic {

namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const ResourceRef& resource) {
  if (resource.kind.empty()) return {};
  if (resource.name_space.empty()) return fmt::format("{} {}", resource.kind, resource.name);
  return fmt::format("{} {}/{}", resource.kind, resource.name_space, resource.name);
}

Baseline::Key key_of(const Diagnostic& finding) {
  Baseline::Key key{std::string(finding.rule->id), name_of(finding.resource), "", finding.pointer};
  if (key.resource.empty() && finding.where.file != nullptr) key.path = finding.where.file->path();
  return key;
}

Result<Baseline::Key> read_key(const Json& entry, std::string_view path) {
  Baseline::Key key;
  const std::pair<const char*, std::string*> fields[] = {{"rule", &key.rule},
                                                         {"resource", &key.resource},
                                                         {"path", &key.path},
                                                         {"pointer", &key.pointer}};
  for (const auto& [name, target] : fields) {
    if (!entry.contains(name)) continue;
    if (!entry[name].is_string()) {
      return usage_error(fmt::format("{}: `{}` of an entry is no string", path, name));
    }
    *target = entry[name].get<std::string>();
  }
  if (key.rule.empty()) return usage_error(fmt::format("{}: an entry has no `rule`", path));
  return key;
}

}  // namespace

Baseline Baseline::of(const std::vector<Diagnostic>& findings) {
  Baseline baseline;
  for (const Diagnostic& finding : findings) {
    const bool by_baseline =
        finding.suppressed && finding.suppressed->by == Suppressed::By::baseline;
    if (finding.suppressed && !by_baseline) continue;
    if (can_be_suppressed(finding)) ++baseline.accepted_[key_of(finding)];
  }
  return baseline;
}

Result<Baseline> Baseline::parse(std::string_view json, std::string_view path) {
  const std::string hint = "write it anew with `meshfn lint --update-baseline`";
  const Json root = parse_json(json);
  if (root.is_discarded()) return usage_error(fmt::format("{} is no JSON", path), hint);
  if (!root.is_object() || root.value("schema", Json()) != 1 || !root.contains("findings") ||
      !root["findings"].is_array()) {
    return usage_error(fmt::format("{} is no baseline of schema 1", path), hint);
  }
  Baseline baseline;
  for (const Json& entry : root["findings"]) {
    if (!entry.is_object())
      return usage_error(fmt::format("{}: an entry is no object", path), hint);
    const Result<Key> key = read_key(entry, path);
    if (!key) return tl::unexpected(key.error());
    const Json count = entry.value("count", Json(1U));
    if (!count.is_number_unsigned()) {
      return usage_error(fmt::format("{}: `count` of an entry is no number", path), hint);
    }
    baseline.accepted_[*key] += count.get<std::size_t>();
  }
  return baseline;
}

std::string Baseline::to_json() const {
  Json list = Json::array();
  for (const auto& [key, count] : accepted_) {
    Json entry = {{"rule", key.rule}};
    if (!key.resource.empty()) entry["resource"] = key.resource;
    if (!key.path.empty()) entry["path"] = key.path;
    entry["pointer"] = key.pointer;
    if (count > 1) entry["count"] = count;
    list.push_back(std::move(entry));
  }
  const Json root = {{"schema", 1}, {"findings", std::move(list)}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::map<Baseline::Key, std::size_t> Baseline::apply(std::vector<Diagnostic>& findings) const {
  std::map<Key, std::size_t> left = accepted_;
  for (Diagnostic& finding : findings) {
    if (finding.suppressed || !can_be_suppressed(finding)) continue;
    const auto found = left.find(key_of(finding));
    if (found == left.end()) continue;
    finding.suppressed = Suppressed{Suppressed::By::baseline, "accepted in the baseline"};
    if (--found->second == 0) left.erase(found);
  }
  return left;
}

std::size_t Baseline::size() const {
  std::size_t sum = 0;
  for (const auto& [key, count] : accepted_) sum += count;
  return sum;
}

}  // namespace meshfn::diagnostic
