#include "scaffold/record.h"

#include <fmt/format.h>

#include "base/json.h"

namespace meshfn::scaffold {

using nlohmann::ordered_json;

std::string to_json(const Request& request, const Project& project) {
  ordered_json files = ordered_json::object();
  for (const ProjectFile& file : project.files) files[file.path] = file.bytes;
  const ordered_json record = {{"schema", 1},
                               {"template", request.template_name},
                               {"name", request.name},
                               {"clouds", request.clouds},
                               {"lang", request.language},
                               {"trigger", request.trigger},
                               {"mesh", request.mesh},
                               {"with", request.with},
                               {"set", request.set},
                               {"files", std::move(files)}};
  // Bytes that are no text cannot be merged by lines; they come back as they can.
  return record.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<Record> read_record(const std::string& json, const std::string& path) {
  try {
    const ordered_json record = parse_json(json);
    if (record.at("schema") != 1) {
      return fail(fmt::format("{} was written by a newer meshfn", path), "update meshfn");
    }
    Record found;
    found.request.template_name = record.at("template");
    found.request.name = record.at("name");
    found.request.clouds = record.at("clouds");
    found.request.language = record.at("lang");
    found.request.trigger = record.at("trigger");
    found.request.mesh = record.at("mesh");
    found.request.with = record.at("with");
    found.request.set = record.at("set");
    found.files = record.at("files");
    return found;
  } catch (const nlohmann::json::exception& error) {
    return fail(fmt::format("{} is no record of a scaffold: {}", path, error.what()),
                "restore it from version control");
  }
}

}  // namespace meshfn::scaffold
