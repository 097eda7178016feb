#include "lint/linter.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "lint/catalogue.h"
#include "lint/object_index.h"
#include "lint/origins.h"
#include "lint/parallel.h"
#include "lint/silencers.h"
#include "schema/check.h"
#include "yaml/reader.h"
#include "yaml/tree_builder.h"

namespace meshfn::lint {

namespace {

using diagnostic::Diagnostic;
using diagnostic::Rule;

/// Less input than this is read faster than a thread is started.
constexpr std::size_t kBytesWorthAThread = 256 * 1024;

/// One file on its way through the pipeline.
struct Unit {
  const source::File* file = nullptr;
  bool context = false;
  bool named = false;
  std::unique_ptr<yaml::Tree> tree;
  std::vector<Diagnostic> problems;  ///< of reading
  std::string cluster;               ///< the remote one; empty: that which is judged
  resource::Mesh::Batch objects;     ///< until the mesh has them
  std::size_t first = 0;             ///< the place of the first of them in the mesh
  std::size_t count = 0;             ///< of the objects
};

/// Our own formats look like objects and are none.
bool is_kubernetes(std::string_view api_version, std::string_view kind) {
  return !api_version.empty() && !api_version.starts_with("meshfn.dev/") && !kind.empty();
}

/// Whether a file found in a directory is meant for a cluster. One that could not be read is
/// judged by its text, for a broken manifest must not pass as "some other YAML".
bool is_manifest(const Unit& unit) {
  const auto& documents = unit.tree->documents();
  if (std::any_of(documents.begin(), documents.end(), [](const yaml::Document& d) {
        return is_kubernetes(d.root.find("apiVersion").text(), d.root.find("kind").text());
      })) {
    return true;
  }
  const std::string_view text = unit.file->text();
  return !unit.problems.empty() && text.find("apiVersion") != std::string_view::npos &&
         text.find("kind") != std::string_view::npos &&
         text.find("apiVersion: meshfn.dev/") == std::string_view::npos;
}

bool defines_kind(const resource::Object& object) {
  return object.kind.value == "CustomResourceDefinition" &&
         object.group() == "apiextensions.k8s.io";
}

/// Whether the document that a problem of reading is in was dropped for it.
bool is_lost(const Diagnostic& problem, const yaml::Tree& tree) {
  const yaml::Document* document = tree.document_at(problem.where.span.begin);
  return document == nullptr || !document->root;
}

std::string kind_of(const resource::Object& object) {
  return fmt::format("{} {}", object.api_version.value, object.kind.value);
}

std::size_t threads_for(const Options& options, const std::vector<Input>& inputs) {
  if (options.threads > 0) return options.threads;
  std::size_t bytes = 0;
  for (const Input& input : inputs) bytes += input.text.size();
  const std::size_t useful = 1 + bytes / kBytesWorthAThread;
  return std::min<std::size_t>(useful, std::max(1U, std::thread::hardware_concurrency()));
}

using Task = std::function<void(std::vector<Diagnostic>&)>;

/// A rule's look at one resource.
struct Part {
  const Rule* rule = nullptr;
  diagnostic::Check::OfOne look = nullptr;
};

using PartsBySubject = std::vector<std::vector<Part>>;

class Run {
 public:
  Run(const Options& options, source::Store& store) : options_(options), store_(store) {}

  Outcome run(std::vector<Input> inputs) {
    threads_ = threads_for(options_, inputs);
    read(std::move(inputs));
    drop_foreign_files();
    index();
    check_schemas();
    run_rules();
    finish();
    return std::move(outcome_);
  }

 private:
  void read(std::vector<Input> inputs) {
    for (Input& input : inputs) {
      const source::File& file = store_.add(std::move(input.path), std::move(input.text));
      Unit& unit = units_.emplace_back();
      unit.file = &file;
      unit.context = input.context;
      unit.named = input.named;
      unit.cluster = std::move(input.cluster);
    }
    parallel_for(units_.size(), threads_, [&](std::size_t i, std::size_t) {
      Unit& unit = units_[i];
      unit.tree = yaml::read(*unit.file, unit.problems);
      unit.objects =
          resource::Mesh::decode(*unit.tree, options_.mesh.default_namespace, unit.context);
    });
  }

  void drop_foreign_files() {
    std::erase_if(units_, [&](const Unit& unit) {
      const bool foreign = !unit.named && !is_manifest(unit);
      if (foreign) outcome_.skipped.push_back(unit.file->path());
      return foreign;
    });
  }

  void index() {
    outcome_.mesh = std::make_unique<resource::Mesh>(options_.mesh);
    for (Unit& unit : units_) {
      unit.first = outcome_.mesh->objects().size();
      outcome_.mesh->load(std::move(unit.objects), unit.cluster);
      unit.count = outcome_.mesh->objects().size() - unit.first;
      trees_[unit.file] = unit.tree.get();
      auto& findings = outcome_.findings;
      if (unit.context) {
        // Context is not judged, but what could not be read of it is missing from every answer.
        std::copy_if(unit.problems.begin(), unit.problems.end(), std::back_inserter(findings),
                     [&](const Diagnostic& problem) { return is_lost(problem, *unit.tree); });
        report_texts(*unit.tree);
        continue;
      }
      ++outcome_.files;
      std::move(unit.problems.begin(), unit.problems.end(), std::back_inserter(findings));
      report_texts(*unit.tree);
    }
    const yaml::Node mesh_config = options_.mesh.mesh_config;
    if (mesh_config) trees_[&mesh_config.tree()->file()] = mesh_config.tree();
  }

  /// What is no mapping holds no object. Lists are left alone: patches are lists.
  void report_texts(const yaml::Tree& tree) {
    diagnostic::Findings findings(yaml::reading_rule("MF0011"), outcome_.findings);
    for (const yaml::Document& document : tree.documents()) {
      if (!document.root || !document.root.is_scalar() || document.root.is_null()) continue;
      findings.add(document.root.where(), "the document is a text, not an object")
          .with_help("remove it, or write the object that is meant");
    }
  }

  void list_checked() {
    for (const Unit& unit : units_) {
      if (unit.context) continue;
      std::size_t next = unit.first;
      for (const yaml::Document& document : unit.tree->documents()) {
        const std::size_t begin = next;
        while (next < unit.first + unit.count && object(next).document == document.index) ++next;
        list_document(unit, document, begin, next);
      }
    }
  }

  const resource::Object& object(std::size_t number) const {
    return outcome_.mesh->objects()[number];
  }

  void list_document(const Unit& unit, const yaml::Document& document, std::size_t begin,
                     std::size_t end) {
    if (document.root && document.root.is_null()) return;
    ++outcome_.documents;
    bool any = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_kubernetes(object(i).api_version.value, object(i).kind.value)) continue;
      any = true;
      ++outcome_.resources;
      outcome_.checked.push_back({unit.file->path(), document.index, reference_to(object(i))});
    }
    if (!any) outcome_.checked.push_back({unit.file->path(), document.index, {}});
  }

  /// Object by object, each thread with a catalogue of its own, as that loads kinds on demand.
  void check_schemas() {
    const auto kinds = learn_kinds();
    schema::CheckOptions how;
    how.istio = options_.mesh.istio;
    std::vector<std::unique_ptr<schema::Catalogue>> catalogues(threads_);
    std::vector<std::vector<Diagnostic>> found(units_.size());
    std::vector<std::vector<const resource::Object*>> unchecked(units_.size());
    parallel_for(units_.size(), threads_, [&](std::size_t i, std::size_t worker) {
      const Unit& unit = units_[i];
      if (unit.context || unit.count == 0) return;
      if (!catalogues[worker]) catalogues[worker] = kinds->fork();
      for (std::size_t k = unit.first; k < unit.first + unit.count; ++k) {
        const resource::Object& checked = object(k);
        const auto coverage =
            schema::check_document(checked.root, *catalogues[worker], found[i], how);
        if (coverage == schema::Coverage::not_known && !defines_kind(checked)) {
          unchecked[i].push_back(&checked);
        }
      }
    });
    collect(found);
    for (const auto& of_file : unchecked) {
      for (const resource::Object* object : of_file) ++outcome_.unchecked[kind_of(*object)];
    }
  }

  /// The kinds of the run: the built-in ones, those of `--crd`, and those that CRDs in the input
  /// define, as the input will be applied together.
  std::unique_ptr<schema::Catalogue> learn_kinds() {
    auto kinds =
        options_.kinds == nullptr ? std::make_unique<schema::Catalogue>() : options_.kinds->fork();
    std::vector<Diagnostic> of_context;
    for (const resource::Object& object : outcome_.mesh->objects()) {
      if (!defines_kind(object)) continue;
      schema::learn_crd(object.root, *kinds, object.context ? of_context : outcome_.findings);
    }
    return kinds;
  }

  void collect(std::vector<std::vector<Diagnostic>>& found) {
    for (auto& list : found) {
      std::move(list.begin(), list.end(), std::back_inserter(outcome_.findings));
    }
  }

  void run_rules() {
    std::vector<const Rule*> whole;  // those that look at the mesh as a whole
    PartsBySubject by_subject(1 + std::tuple_size_v<resource::Mesh::Typed>);
    for (const Rule* rule : options_.selection.enabled()) {
      if (!rule->check) continue;
      if (!rule->check.is_of_resources()) whole.push_back(rule);
      for (const auto& part : rule->check.parts) {
        if (part.of_one != nullptr) by_subject[part.subject].push_back({rule, part.of_one});
      }
    }
    std::vector<Task> tasks;
    // What also goes through all objects, and waits for nothing, is done beside the rules.
    tasks.push_back([this](std::vector<Diagnostic>&) { list_checked(); });
    tasks.push_back(
        [this](std::vector<Diagnostic>&) { annotated_ = annotation_silencers(*outcome_.mesh); });
    for (const Rule* rule : whole) {
      tasks.push_back([this, rule](std::vector<Diagnostic>& found) {
        diagnostic::Findings findings(*rule, found);
        rule->check(*outcome_.mesh, findings);
      });
    }
    add_tasks<resource::Object>(by_subject, tasks);
    add_tasks_for_typed(by_subject, tasks, static_cast<resource::Mesh::Typed*>(nullptr));
    std::vector<std::vector<Diagnostic>> found(tasks.size());
    parallel_for(tasks.size(), threads_, [&](std::size_t i, std::size_t) { tasks[i](found[i]); });
    collect(found);
  }

  template <class... Ts>
  void add_tasks_for_typed(const PartsBySubject& parts, std::vector<Task>& tasks,
                           const std::tuple<std::deque<Ts>...>*) {
    (add_tasks<Ts>(parts, tasks), ...);
  }

  /// Shares the resources of one type out: for each of a batch, all rules about it.
  template <class R>
  void add_tasks(const PartsBySubject& by_subject, std::vector<Task>& tasks) {
    constexpr std::size_t kBatch = 512;
    const auto& parts = by_subject[resource::subject_of<R>()];
    const auto& all = outcome_.mesh->all<R>();
    if (parts.empty()) return;
    for (std::size_t begin = 0; begin < all.size(); begin += kBatch) {
      tasks.push_back([this, &parts, &all, begin](std::vector<Diagnostic>& found) {
        for (std::size_t i = begin; i < std::min(begin + kBatch, all.size()); ++i) {
          if (!all[i].context) check(parts, &all[i], found);
        }
      });
    }
  }

  void check(const std::vector<Part>& parts, const void* resource, std::vector<Diagnostic>& found) {
    for (const Part& part : parts) {
      diagnostic::Findings findings(*part.rule, found);
      part.look(resource, *outcome_.mesh, findings);
    }
  }

  void finish() {
    auto& findings = outcome_.findings;
    const ObjectIndex objects(*outcome_.mesh);
    options_.selection.apply(findings);
    // First in order, because silencers and the baseline count in it; again for what they add.
    diagnostic::sort_and_merge(findings);
    annotate(findings, objects, trees_);
    silence();
    options_.selection.apply(findings);
    annotate(findings, objects, trees_);
    add_origins(findings, objects, trees_);
    diagnostic::sort_and_merge(findings);
    apply_baseline();
    for (Unit& unit : units_) outcome_.trees.push_back(std::move(unit.tree));
  }

  void silence() {
    std::vector<diagnostic::Silencer> silencers;
    const auto add = [&](std::vector<diagnostic::Silencer> more) {
      std::move(more.begin(), more.end(), std::back_inserter(silencers));
    };
    for (const Unit& unit : units_) {
      if (!unit.context) add(comment_silencers(*unit.tree, outcome_.findings));
    }
    add(std::move(annotated_));
    add(config_silencers(options_.config, *outcome_.mesh, options_.working_directory));
    const auto enabled = options_.selection.enabled();
    diagnostic::suppress(silencers, catalogue(), enabled, outcome_.findings);
  }

  void apply_baseline() {
    if (options_.baseline == nullptr) return;
    for (const auto& [key, count] : options_.baseline->apply(outcome_.findings)) {
      outcome_.stale.push_back(fmt::format("{} {}{}{}", key.rule,
                                           key.resource.empty() ? key.path : key.resource,
                                           key.pointer.empty() ? "" : " ", key.pointer));
    }
  }

  const Options& options_;
  source::Store& store_;
  std::size_t threads_ = 1;
  std::vector<Unit> units_;
  std::map<const source::File*, const yaml::Tree*> trees_;
  std::vector<diagnostic::Silencer> annotated_;  ///< of annotations
  Outcome outcome_;
};

}  // namespace

Outcome lint(std::vector<Input> inputs, const Options& options, source::Store& store) {
  return Run(options, store).run(std::move(inputs));
}

}  // namespace meshfn::lint
