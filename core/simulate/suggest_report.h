#pragma once

// What `--suggest` found, for people and programs, and as the YAML alone.

#include <string>

#include "simulate/report.h"
#include "simulate/suggest.h"

namespace meshfn::simulate {

std::string to_text(const Suggestion& suggestion, const TextStyle& style);
std::string to_json(const Suggestion& suggestion);
std::string to_markdown(const Suggestion& suggestion);
/// The proposal's documents and nothing else; a comment when there is none.
std::string to_yaml(const Suggestion& suggestion);

}  // namespace meshfn::simulate
