#pragma once

// Text in, rendered text out, for the tests of this room.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "render/input.h"

namespace meshfn::render {

inline std::unique_ptr<Input> read_texts(std::vector<NamedText> texts) {
  auto input = Input::read(std::move(texts), {}, {});
  if (!input) FAIL(input.error().message);
  return std::move(*input);
}

inline std::string joined(const Rendered& rendered) {
  std::string text;
  for (const Document& document : rendered.documents) {
    if (!text.empty()) text += rendered.separator;
    text += document.text;
  }
  return text;
}

inline std::string render_texts(std::vector<NamedText> texts, std::string_view target,
                                const Options& options = {}) {
  const auto input = read_texts(std::move(texts));
  const auto rendered = find_target(target)->run(input->source(), options);
  if (!rendered) FAIL(rendered.error().message);
  return joined(*rendered);
}

inline std::string render_text(std::string text, std::string_view target,
                               const Options& options = {}) {
  return render_texts({{"in.yaml", std::move(text)}}, target, options);
}

/// The message of reading `text`, which must fail.
inline std::string failure(std::string text) {
  const auto input = Input::read({{"in.yaml", std::move(text)}}, {}, {});
  REQUIRE_FALSE(input);
  return input.error().message;
}

}  // namespace meshfn::render
