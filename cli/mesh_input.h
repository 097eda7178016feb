#pragma once

// How `render` and `route` read their YAML: files, directories and standard input into one mesh
// with its route table.

#include <string>
#include <vector>

#include "cli/command.h"
#include "render/input.h"

namespace meshfn::cli {

/// `--namespace`, the same in every command that reads a mesh.
inline constexpr Option kNamespaceOption = {.name = "namespace",
                                            .value = "NAME",
                                            .help = "namespace of documents that name none",
                                            .group = "Input"};

/// The texts behind `paths`; `-` is standard input, which may not be a terminal.
Result<std::vector<render::NamedText>> read_mesh_texts(Context& context,
                                                       const std::vector<std::string>& paths);

/// Reads `paths` with the command's `--namespace`. The context keeps what was read; never null.
Result<const render::Input*> load_mesh(Context& context, const Args& args,
                                       const std::vector<std::string>& paths,
                                       const routing::IstioOptions& options);

/// What the mesh does without saying so, on standard error; nothing with `-q`.
void tell_notes(Context& context, const routing::Table& table);

}  // namespace meshfn::cli
