#include "cli/mesh_input.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>

namespace meshfn::cli {

Result<std::vector<render::NamedText>> read_mesh_texts(Context& context,
                                                       const std::vector<std::string>& paths) {
  std::vector<render::NamedText> texts;
  for (const std::string& path : paths) {
    if (path != "-") {
      auto read = render::read_paths(context.files, {path});
      if (!read) return tl::unexpected(read.error());
      std::move(read->begin(), read->end(), std::back_inserter(texts));
      continue;
    }
    if (context.terminal.in_is_tty) {
      return usage_error("standard input is a terminal", "pipe YAML into the command");
    }
    std::istreambuf_iterator<char> begin(context.terminal.in);
    texts.push_back({"<stdin>", std::string(begin, {})});
  }
  return texts;
}

Result<const render::Input*> load_mesh(Context& context, const Args& args,
                                       const std::vector<std::string>& paths,
                                       const routing::IstioOptions& options) {
  auto texts = read_mesh_texts(context, paths);
  if (!texts) return tl::unexpected(texts.error());
  resource::MeshSettings settings;
  settings.default_namespace = args.value("namespace");
  auto read = render::Input::read(std::move(*texts), std::move(settings), options);
  if (!read) return tl::unexpected(read.error());
  const std::shared_ptr<const render::Input> input = std::move(*read);
  context.kept.push_back(input);
  return input.get();
}

void tell_notes(Context& context, const routing::Table& table) {
  if (context.terminal.quiet) return;
  for (const routing::Note& note : table.notes) {
    context.terminal.err << fmt::format("note: {}: {}\n", source::to_string(note.where),
                                        note.message);
  }
}

}  // namespace meshfn::cli
