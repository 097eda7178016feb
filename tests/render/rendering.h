#pragma once

// Text in, rendered text out, for the tests of this room.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "render/input.h"
#include "render/verify.h"

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

/// What `input` is in the words of `target`, with what is lost.
inline Rendered rendered(const Input& input, std::string_view target) {
  auto out = find_target(target)->run(input.source(), {});
  if (!out) FAIL(out.error().message);
  return std::move(*out);
}

/// The output answers as the input does, apart from what is listed and explains the difference.
inline void check_proven(const Input& input, const Rendered& out) {
  const auto verified = verify(input.source(), out, {});
  if (!verified) FAIL(verified.error().message);
  INFO(joined(out));
  CHECK(diff_text(verified->unlisted) == "");
  CHECK(verified->listed.asked > 0);
}

/// What is listed as lost with this severity.
inline std::vector<std::string> messages(const Rendered& out, Severity severity) {
  std::vector<std::string> all;
  for (const Loss& loss : out.losses) {
    if (loss.severity == severity) all.push_back(loss.message);
  }
  return all;
}

/// Rendering what was rendered gives the same text.
inline void check_stable(const Rendered& once, std::string_view target) {
  const auto again = Input::read({{"out.yaml", joined(once)}}, {}, {});
  if (!again) FAIL(again.error().message);
  const Rendered twice = rendered(**again, target);
  const auto third = Input::read({{"out.yaml", joined(twice)}}, {}, {});
  if (!third) FAIL(third.error().message);
  CHECK(joined(twice) == joined(rendered(**third, target)));
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
