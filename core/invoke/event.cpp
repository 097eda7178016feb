#include "invoke/event.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/str.h"
#include "source/file.h"

namespace meshfn::invoke {

namespace {

/// Remembers where and why parsing stopped; everything else is only looked at.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }

  bool boolean(bool) override { return true; }

  bool number_integer(number_integer_t) override { return true; }

  bool number_unsigned(number_unsigned_t) override { return true; }

  bool number_float(number_float_t, const string_t&) override { return true; }

  bool string(string_t&) override { return true; }

  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override { return true; }

  bool key(string_t&) override { return true; }

  bool end_object() override { return true; }

  bool start_array(std::size_t) override { return true; }

  bool end_array() override { return true; }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    offset = position == 0 ? 0 : position - 1;
    reason = error.what();
    return false;
  }

  std::size_t offset = 0;  ///< byte at which the parser gave up
  std::string reason;
};

/// The library's sentence is "[json.exception…] parse error at line 1, column 2: syntax error
/// while parsing value - unexpected end of input; expected …": its second half is for people.
std::string plain_reason(const std::string& reason) {
  const std::size_t dash = reason.find(" - ");
  std::string text = dash == std::string::npos ? reason : reason.substr(dash + 3);
  const std::size_t read = text.find("; last read: ");
  if (read == std::string::npos) return text;
  const std::size_t expected = text.find("; expected", read + 1);
  return text.substr(0, read) + (expected == std::string::npos ? "" : text.substr(expected));
}

}  // namespace

Result<std::string> check_event(std::string text, const std::string& path) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (str::trim(text).empty()) {
    return fail(fmt::format("{}:1:1: the event is empty", path), "give a JSON text, such as {}");
  }
  Checker checker;
  if (nlohmann::json::sax_parse(text, &checker)) return text;
  const source::File file(path, std::move(text));
  const source::Position at = file.position(static_cast<std::uint32_t>(checker.offset));
  return fail(fmt::format("{}:{}:{}: the event is not JSON: {}", path, at.line, at.column,
                          plain_reason(checker.reason)));
}

}  // namespace meshfn::invoke
