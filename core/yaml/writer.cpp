#include "yaml/writer.h"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/str.h"
#include "yaml/scalar.h"

namespace meshfn::yaml {

namespace {

/// YAML 1.1's base-60 numbers ("12:30", "-1:59.5"): goyaml reads them as text, PyYAML and Ruby
/// as 750 and the like.
bool is_sexagesimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9' || text.find(':') == text.npos) return false;
  return text.find_first_not_of("0123456789_:.") == text.npos;
}

/// Plain words with a meaning in YAML 1.1 that today's resolvers have dropped.
bool is_old_keyword(std::string_view text) {
  return text == "=" || text == "<<" || text == "y" || text == "Y" || text == "n" || text == "N";
}

/// Bytes of the code point at the front of `text` if some reader takes it for a line break, a
/// control character or a byte order mark unless it is escaped, else 0: C0, DEL, C1 with NEL, LS,
/// PS and BOM.
std::size_t unprintable_prefix(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x20 || byte == 0x7F) return 1;
  if (byte < 0x80) return 0;
  if (byte == 0xC2 && text.size() > 1 && static_cast<unsigned char>(text[1]) <= 0xA0) return 2;
  for (const std::string_view code : {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
    if (text.starts_with(code)) return 3;
  }
  return 0;
}

bool has_unprintable(std::string_view text, std::string_view allowed = {}) {
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (unprintable_prefix(text.substr(i)) > 0 && allowed.find(text[i]) == allowed.npos) {
      return true;
    }
  }
  return !str::is_utf8(text);
}

/// Whether `text` reads back from a literal block as it is. The first line must show the
/// indentation, and at the end either one line break stands or none.
bool fits_literal(std::string_view text) {
  const std::size_t lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (lines == 0 || text.starts_with(' ') || text.starts_with('\t') || text.starts_with('\n')) {
    return false;
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  const std::string_view last = text.substr(text.rfind('\n') + 1);
  if (str::trim(last).empty() || has_unprintable(text, "\n\t")) return false;
  return text.find("\n\t") == text.npos;
}

std::string number_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  return fmt::format("{}", value);
}

/// Text that has to be put into the emitter's output afterwards.
struct Insertion {
  std::size_t at;
  std::string text;
};

/// One document through yaml-cpp's emitter. It indents no comment and writes no chomping
/// indicator, so the places where they belong are remembered and filled at the end.
class DocumentWriter {
 public:
  DocumentWriter() {
    out_.SetIndent(2);
    out_.SetNullFormat(YAML::LowerNull);
  }

  std::string write(const Value& document) {
    const std::size_t place = reserve();
    node(document);
    comment_above(place, document, false);
    return finish();
  }

 private:
  void node(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::null:
        out_ << YAML::Null;
        return;
      case Value::Kind::boolean:
        out_ << value.boolean();
        return;
      case Value::Kind::integer:
        out_ << value.integer();
        return;
      case Value::Kind::number:
        out_ << number_text(value.number());
        return;
      case Value::Kind::string:
        string(value.text());
        return;
      case Value::Kind::list:
        list(value);
        return;
      case Value::Kind::map:
        map(value);
        return;
    }
  }

  void string(const std::string& text) {
    if (fits_literal(text)) {
      literal(text);
    } else if (has_unprintable(text)) {
      // yaml-cpp leaves U+2028 and its like bare between quotes, where libyaml folds them.
      out_ << YAML::DoubleQuoted << YAML::EscapeNonAscii << text;
    } else if (needs_quotes(text)) {
      out_ << YAML::DoubleQuoted << text;
    } else {
      out_ << text;
    }
  }

  void literal(const std::string& text) {
    const bool closed = text.ends_with('\n');
    const std::size_t before = out_.size();
    out_ << YAML::Literal << (closed ? text.substr(0, text.size() - 1) : text);
    if (closed) return;
    // Only white space stands between the end of the last node and the indicator.
    const std::size_t bar = written().find('|', before);
    insertions_.push_back({bar + 1, "-"});
  }

  void list(const Value& value) {
    if (value.empty()) {
      out_ << YAML::Flow << YAML::BeginSeq << YAML::EndSeq;
      return;
    }
    out_ << YAML::BeginSeq;
    for (const Value& item : value.items()) {
      const std::size_t place = reserve();
      const bool beside = fits_beside(item) && !is_collection(item);
      node(item);
      if (beside) out_ << YAML::Comment(printable(item.comment_after()));
      comment_above(place, item, beside);
    }
    out_ << YAML::EndSeq;
  }

  void map(const Value& value) {
    if (value.empty()) {
      out_ << YAML::Flow << YAML::BeginMap << YAML::EndMap;
      return;
    }
    out_ << YAML::BeginMap;
    for (std::size_t i = 0; i < value.size(); ++i) entry(value.keys()[i], value.items()[i]);
    out_ << YAML::EndMap;
  }

  void entry(const std::string& key, const Value& value) {
    const std::size_t place = reserve();
    out_ << YAML::Key;
    key_text(key);
    const bool beside = fits_beside(value);
    if (beside && is_collection(value)) out_ << YAML::Comment(printable(value.comment_after()));
    out_ << YAML::Value;
    node(value);
    if (beside && !is_collection(value)) out_ << YAML::Comment(printable(value.comment_after()));
    comment_above(place, value, beside);
  }

  /// A key is one line: never a literal block.
  void key_text(const std::string& key) {
    if (has_unprintable(key)) {
      out_ << YAML::DoubleQuoted << YAML::EscapeNonAscii << key;
    } else if (needs_quotes(key)) {
      out_ << YAML::DoubleQuoted << key;
    } else {
      out_ << key;
    }
  }

  static bool is_collection(const Value& value) {
    return (value.is_list() || value.is_map()) && !value.empty();
  }

  /// Whether a comment can stand at the end of the value's line: not after a literal block.
  static bool fits_beside(const Value& value) {
    const std::string& text = value.comment_after();
    if (text.empty() || text.find('\n') != text.npos) return false;
    return !(value.is_string() && fits_literal(value.text()));
  }

  std::string_view written() const { return {out_.c_str(), out_.size()}; }

  /// The place above the node that is written next; outer nodes reserve before inner ones, so
  /// that their comments stand higher.
  std::size_t reserve() {
    insertions_.push_back({out_.size(), {}});
    return insertions_.size() - 1;
  }

  /// Fills a reserved place with the comments of `value` that do not stand beside it.
  void comment_above(std::size_t place, const Value& value, bool beside) {
    std::string text = value.comment_before();
    if (!beside && !value.comment_after().empty()) {
      if (!text.empty()) text += '\n';
      text += value.comment_after();
    }
    if (text.empty()) return;
    Insertion& insertion = insertions_[place];
    const std::size_t first =
        std::min(written().find_first_not_of(" \n", insertion.at), out_.size());
    const std::size_t line = first == 0 ? 0 : written().rfind('\n', first - 1) + 1;
    insertion.at = line;
    for (const std::string_view part : str::lines(text)) {
      insertion.text +=
          fmt::format("{:{}}#{}{}\n", "", first - line, part.empty() ? "" : " ", printable(part));
    }
  }

  /// Comments know no escapes, so what would need one is left out.
  static std::string printable(std::string_view text) {
    if (!has_unprintable(text)) return std::string(text);
    const bool ascii_only = !str::is_utf8(text);
    std::string clean;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::size_t skip = unprintable_prefix(text.substr(i));
      if (skip > 0) {
        i += skip - 1;
      } else if (!ascii_only || static_cast<unsigned char>(text[i]) < 0x80) {
        clean += text[i];
      }
    }
    return clean;
  }

  std::string finish() {
    std::stable_sort(insertions_.begin(), insertions_.end(),
                     [](const Insertion& a, const Insertion& b) { return a.at < b.at; });
    std::string text;
    std::size_t done = 0;
    for (const Insertion& insertion : insertions_) {
      text += written().substr(done, insertion.at - done);
      text += insertion.text;
      done = insertion.at;
    }
    text += written().substr(done);
    text += '\n';
    // yaml-cpp writes DEL as it is, and libyaml refuses it; it stands only between double quotes.
    return str::replace_all(text, "\x7F", "\\x7F");
  }

  YAML::Emitter out_;
  std::vector<Insertion> insertions_;
};

}  // namespace

bool needs_quotes(std::string_view text) {
  return text.empty() || kubernetes_type(text) != ScalarType::string ||
         core_type(text) != ScalarType::string || is_old_keyword(text) || is_sexagesimal(text) ||
         text.starts_with("---") || text.starts_with("...") || has_unprintable(text);
}

std::string write(const Value& document) { return DocumentWriter().write(document); }

std::string write(std::span<const Value> documents) {
  std::string text;
  for (const Value& document : documents) {
    if (!text.empty()) text += "---\n";
    text += write(document);
  }
  return text;
}

}  // namespace meshfn::yaml
