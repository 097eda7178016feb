// Findings for people: headline, excerpt with carets, help.

#include <fmt/format.h>

#include <map>
#include <ostream>
#include <set>

#include "base/str.h"
#include "report/excerpt.h"
#include "report/formats.h"

namespace meshfn::report {

namespace {

using diagnostic::Diagnostic;

/// More of one rule in one file than this, and only the first few are drawn.
constexpr std::size_t kCrowd = 20;
constexpr std::size_t kShownOfCrowd = 3;

std::string_view silenced_by(diagnostic::Suppressed::By by) {
  switch (by) {
    case diagnostic::Suppressed::By::comment:
      return "a comment";
    case diagnostic::Suppressed::By::annotation:
      return "an annotation";
    case diagnostic::Suppressed::By::config:
      return "the configuration";
    case diagnostic::Suppressed::By::baseline:
      return "the baseline";
  }
  return {};
}

class TextWriter {
 public:
  TextWriter(const Report& report, std::ostream& out)
      : report_(report), out_(out), paint_(report.colour) {}

  void write() {
    for (const Diagnostic& finding : report_.findings) {
      if (shown(finding)) ++count_[key(finding)];
    }
    for (const Diagnostic& finding : report_.findings) {
      if (shown(finding)) write_unless_crowded(finding);
    }
  }

 private:
  using Key = std::pair<const source::File*, const diagnostic::Rule*>;

  bool shown(const Diagnostic& finding) const {
    return !finding.suppressed || report_.show_suppressed;
  }

  static Key key(const Diagnostic& finding) { return {finding.where.file, finding.rule}; }

  void write_unless_crowded(const Diagnostic& finding) {
    const std::size_t all = count_[key(finding)];
    const std::size_t written = written_[key(finding)]++;
    if (all <= kCrowd || written < kShownOfCrowd) {
      write_finding(finding);
    } else if (written == kShownOfCrowd) {
      separate();
      out_ << fmt::format("{}: {} more of {} in {}\n",
                          paint_(colour_of(finding.severity), to_string(finding.severity)),
                          all - kShownOfCrowd, finding.rule->id, path_of(finding.where));
    }
  }

  void write_finding(const Diagnostic& finding) {
    separate();
    const Colour colour = colour_of(finding.severity);
    const std::string tag = fmt::format("{}[{}]", to_string(finding.severity), finding.rule->id);
    out_ << paint_(colour, tag) << paint_(Colour::bold, ": " + finding.message) << "\n";
    std::size_t gutter = 2;
    if (finding.where.file != nullptr) {
      const std::vector<Mark> marks = marks_of(finding);
      gutter = gutter_width(marks);
      out_ << excerpt(marks, {report_.width, colour, paint_, finding.origin});
    }
    write_words(finding, gutter);
  }

  static std::vector<Mark> marks_of(const Diagnostic& finding) {
    std::vector<Mark> marks = {{finding.where, finding.note, true}};
    for (const diagnostic::Label& label : finding.related) {
      if (label.where.file != nullptr) marks.push_back({label.where, label.message, false});
    }
    return marks;
  }

  void write_words(const Diagnostic& finding, std::size_t gutter) {
    std::vector<std::pair<std::string_view, std::string>> words;
    if (!finding.help.empty()) words.emplace_back("help", finding.help);
    if (finding.fix) {
      words.emplace_back(
          "fix", finding.fix->description + (finding.fix->safe ? " (`--fix` does it)" : ""));
    }
    if (finding.suppressed) {
      const std::string& reason = finding.suppressed->reason;
      words.emplace_back("note",
                         fmt::format("suppressed by {}{}{}", silenced_by(finding.suppressed->by),
                                     reason.empty() ? "" : ": ", reason));
    }
    if (explained_.insert(finding.rule).second) {
      words.emplace_back("note",
                         fmt::format("`meshfn explain {}` says why it matters", finding.rule->id));
    }
    if (words.empty()) return;
    const std::string margin(gutter, ' ');
    out_ << margin << paint_(Colour::blue, " |") << "\n";
    for (const auto& [name, text] : words) {
      // Continuation lines align with the first word of the text.
      out_ << margin << " " << paint_(Colour::blue, "=") << " "
           << paint_(Colour::bold, fmt::format("{}:", name)) << " "
           << str::wrap(text, report_.width, gutter + name.size() + 5) << "\n";
    }
  }

  void separate() {
    if (!first_) out_ << "\n";
    first_ = false;
  }

  const Report& report_;
  std::ostream& out_;
  Paint paint_;
  std::map<Key, std::size_t> count_;
  std::map<Key, std::size_t> written_;
  std::set<const diagnostic::Rule*> explained_;
  bool first_ = true;
};

}  // namespace

void write_text(const Report& report, std::ostream& out) { TextWriter(report, out).write(); }

}  // namespace meshfn::report
