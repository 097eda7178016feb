#include "lint/silencers.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/str.h"

namespace meshfn::lint {

namespace {

using diagnostic::Code;
using diagnostic::Directive;
using diagnostic::Silencer;
using diagnostic::Suppressed;
using resource::Object;
using source::Span;

constexpr std::string_view kIgnore = "meshfn.dev/ignore";
constexpr std::string_view kReason = "meshfn.dev/ignore-reason";
constexpr std::string_view kIstioIgnore = "galley.istio.io/analyze-suppress";

/// What the first node at or after `offset` inside `node` covers, its key included.
Span next_inside(yaml::Node node, std::uint32_t offset) {
  for (const auto& [key, value, merged] : node.entries()) {
    if (merged) continue;
    if (key.span().begin >= offset) return {key.span().begin, value.span().end};
    if (value.span().end > offset) return next_inside(value, offset);
  }
  for (const yaml::Node item : node.items()) {
    if (item.span().begin >= offset) return item.span();
    if (item.span().end > offset) return next_inside(item, offset);
  }
  return {offset, offset};
}

/// What a comment on its own line is about: the next node, or the whole document when the
/// comment stands above it.
Span next_node(const yaml::Tree& tree, std::uint32_t offset) {
  for (const yaml::Document& document : tree.documents()) {
    if (!document.root) continue;
    const Span root = document.root.span();
    if (root.begin >= offset) return root;
    if (root.end > offset) return next_inside(document.root, offset);
  }
  return {offset, offset};
}

Span line_of(const source::File& file, std::uint32_t offset) {
  const std::uint32_t line = file.position(offset).line;
  const std::uint32_t start = file.line_start(line);
  return {start, start + static_cast<std::uint32_t>(file.line(line).size()) + 1};
}

/// Turns the comments of one file into silencers, in order.
class CommentReader {
 public:
  CommentReader(const yaml::Tree& tree, std::vector<diagnostic::Diagnostic>& findings)
      : tree_(tree), findings_(findings) {}

  std::vector<Silencer> read() {
    for (const yaml::Comment& comment : tree_.comments()) {
      const auto directive = diagnostic::parse_directive(tree_.file().slice(comment.span));
      if (directive) add(comment, *directive);
    }
    for (const auto& [code, index] : open_) close(index, end_of_file());
    return std::move(silencers_);
  }

 private:
  void add(const yaml::Comment& comment, const Directive& directive) {
    if (!directive.problem.empty()) {
      diagnostic::report_malformed(directive, {&tree_.file(), comment.span}, findings_);
      return;
    }
    switch (directive.kind) {
      case Directive::Kind::ignore:
        add_silencer(comment, directive,
                     comment.own_line ? next_node(tree_, comment.span.end)
                                      : line_of(tree_.file(), comment.span.begin));
        break;
      case Directive::Kind::ignore_file:
        add_silencer(comment, directive, {0, end_of_file()});
        break;
      case Directive::Kind::disable:
        open(comment, directive);
        break;
      case Directive::Kind::enable:
        for (const Code& code : directive.codes) {
          const auto found = open_.find(code.text);
          if (found == open_.end()) continue;
          close(found->second, comment.span.begin);
          open_.erase(found);
        }
        break;
    }
  }

  void add_silencer(const yaml::Comment& comment, const Directive& directive, Span covers) {
    Silencer silencer{Suppressed::By::comment,
                      directive.reason,
                      directive.codes,
                      &tree_.file(),
                      {{&tree_.file(), covers}}};
    for (Code& code : silencer.codes) {
      code.span.begin += comment.span.begin;
      code.span.end += comment.span.begin;
    }
    silencers_.push_back(std::move(silencer));
  }

  /// Each code of a `disable` ends on its own, so each gets a silencer of its own.
  void open(const yaml::Comment& comment, const Directive& directive) {
    for (const Code& code : directive.codes) {
      if (open_.contains(code.text)) continue;
      open_[code.text] = silencers_.size();
      add_silencer(comment, {directive.kind, {code}, directive.reason, {}},
                   {comment.span.end, comment.span.end});
    }
  }

  void close(std::size_t index, std::uint32_t end) {
    silencers_[index].covers.front().span.end = end;
  }

  std::uint32_t end_of_file() const {
    return static_cast<std::uint32_t>(tree_.file().text().size()) + 1;
  }

  const yaml::Tree& tree_;
  std::vector<diagnostic::Diagnostic>& findings_;
  std::vector<Silencer> silencers_;
  std::map<std::string, std::size_t> open_;
};

/// Covers the whole object, the end included: findings about something absent stand there.
source::Location whole(const Object& object) {
  source::Location where = object.root.where();
  ++where.span.end;
  return where;
}

void add_annotation(const Object& object, std::string_view key, std::vector<Silencer>& silencers) {
  const resource::Text value = object.annotation(key);
  if (!value) return;
  Silencer silencer{Suppressed::By::annotation,
                    std::string(object.annotation(kReason).value),
                    {},
                    value.where().file,
                    {whole(object)}};
  for (const std::string_view part : str::split(value.value, ',')) {
    const std::string_view word = str::trim(part);
    if (!word.empty()) silencer.codes.push_back({std::string(word), value.where().span});
  }
  silencers.push_back(std::move(silencer));
}

/// `path` as seen from the directory of the configuration file, with forward slashes.
std::string relative_path(const std::string& path, const std::string& config_path,
                          const std::string& working_directory) {
  namespace fs = std::filesystem;
  const fs::path base(working_directory);
  const fs::path file = (base / path).lexically_normal();
  const fs::path directory = (base / config_path).lexically_normal().parent_path();
  return file.lexically_relative(directory).generic_string();
}

bool glob_or_empty(const std::string& pattern, std::string_view text) {
  return pattern.empty() || str::glob(pattern, text);
}

bool matches_any(const std::vector<std::string>& globs, const std::string& path) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return str::glob(glob, path); });
}

bool matches(const config::Ignore& ignore, const Object& object) {
  return glob_or_empty(ignore.kind, object.kind.value) &&
         glob_or_empty(ignore.name_space, object.scope) &&
         glob_or_empty(ignore.name, object.name.value);
}

}  // namespace

std::vector<Silencer> comment_silencers(const yaml::Tree& tree,
                                        std::vector<diagnostic::Diagnostic>& findings) {
  return CommentReader(tree, findings).read();
}

std::vector<Silencer> annotation_silencers(const resource::Mesh& mesh) {
  std::vector<Silencer> silencers;
  for (const Object& object : mesh.objects()) {
    if (object.context || !object.metadata.find("annotations")) continue;
    add_annotation(object, kIgnore, silencers);
    add_annotation(object, kIstioIgnore, silencers);
  }
  return silencers;
}

std::vector<Silencer> config_silencers(const config::Config& config, const resource::Mesh& mesh,
                                       const std::string& working_directory) {
  std::vector<Silencer> silencers;
  for (const config::Ignore& ignore : config.ignores) {
    Silencer silencer{Suppressed::By::config, ignore.reason, ignore.codes, ignore.where.file, {}};
    std::set<const source::File*> files;
    for (const Object& object : mesh.objects()) {
      const source::File* file = object.root.where().file;
      if (object.context) continue;
      if (!ignore.of_files) {
        if (matches(ignore, object)) silencer.covers.push_back(whole(object));
      } else if (files.insert(file).second &&
                 matches_any(ignore.paths,
                             relative_path(file->path(), config.path, working_directory))) {
        const auto size = static_cast<std::uint32_t>(file->text().size());
        silencer.covers.push_back({file, {0, size + 1}});
      }
    }
    silencers.push_back(std::move(silencer));
  }
  return silencers;
}

}  // namespace meshfn::lint
