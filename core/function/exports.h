#pragma once

// What a source file offers as handlers, as far as its text tells. Text is searched, not parsed:
// an answer of "lacks" is only given where nothing could add the name at run time.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "function/runtime.h"

namespace meshfn::function {

/// The file that a handler string such as `src/app.handler` names.
struct HandlerFile {
  Language language = Language::python;
  std::string path;
  std::string name;  ///< what it has to offer: the part behind the module, up to the next dot
};

/// Looks for it below `directory`; nothing when no file of a known language fits.
std::optional<HandlerFile> find_handler_file(const Files& files, const std::string& directory,
                                             const std::string& handler);

/// Names that Python or Node.js source defines at its top level or exports, in order; empty for
/// other languages.
std::vector<std::string> exported_names(Language language, std::string_view text);

/// Whether `name` is surely not among what the source offers: its text never has the word, and it
/// takes over no names that are not in it (`export *`, `from x import *`, computed names).
bool surely_lacks(Language language, std::string_view text, std::string_view name);

}  // namespace meshfn::function
