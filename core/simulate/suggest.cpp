#include "simulate/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/str.h"
#include "simulate/parallel.h"

namespace meshfn::simulate {

namespace {

constexpr std::size_t kMostRuns = 200;              ///< of one replication
constexpr std::size_t kLeastRuns = 12;              ///< however long one takes
constexpr std::uint64_t kMostEvents = 400'000'000;  ///< of all of them, about
constexpr std::size_t kPaired = 12;                 ///< the best single changes make the pairs
constexpr std::uint32_t kConfirmations = 5;         ///< seeds of the last look at a proposal

/// A change, simulated.
struct Tried {
  Change change;
  ChangedDrafts changed;
  bool pass = false;
  double gap = 0;  ///< how far the expectations are missed; 0 when they are met
  double success_rate = 0;
};

/// How far `actual` lies from what was expected, 0 … 1 an expectation, and 1 more for missing it.
double gap_of(const ExpectationFigures& e) {
  if (e.pass) return 0;
  if (!std::isfinite(e.actual)) return 2;
  // Rates close to 1 differ in what is missing, so failures are compared there.
  const bool high = e.expectation.op == Expectation::Op::greater_equal ||
                    e.expectation.op == Expectation::Op::greater;
  const bool share = row_of(e.expectation.metric).unit == Unit::percent && high;
  const double actual = share ? 1 - e.actual : e.actual;
  const double wanted = share ? 1 - e.expectation.value : e.expectation.value;
  const double scale = std::max(std::fabs(actual), std::fabs(wanted));
  return scale > 0 ? 1 + std::fabs(actual - wanted) / scale : 1;
}

double gap_of(const Answer& answer) {
  double sum = 0;
  for (const ExpectationFigures& e : answer.expectations) sum += gap_of(e);
  return sum;
}

/// Smallest first; equals stay in the order in which they were thought of.
bool smaller(const Tried& a, const Tried& b) { return a.changed.fields < b.changed.fields; }

class Search {
 public:
  Search(const Drafts& drafts, const ReadDrafts& read, std::uint32_t replications, unsigned threads)
      : drafts_(drafts), read_(read), replications_(replications), threads_(threads) {}

  Result<Suggestion> run() {
    auto scenario = read_(drafts_);
    if (!scenario) return tl::unexpected(scenario.error());
    if (scenario->expect.empty()) {
      return usage_error("--suggest looks for settings that meet expectations, and there are none",
                         "add some: --expect 'success-rate >= 99.9%'");
    }
    auto world = build_world(std::move(*scenario));
    if (!world) return tl::unexpected(world.error());
    const Answer before = simulate(**world, (*world)->scenario.seed, replications_, threads_);
    out_.scenario = (*world)->scenario.name;
    for (const Expectation& e : (*world)->scenario.expect) out_.expectations.push_back(e.text);
    out_.met = before.passed();
    if (out_.met) return std::move(out_);
    gap_before_ = gap_of(before);
    success_before_ = before.totals.success_rate;
    budget_ = std::clamp<std::size_t>(
        kMostEvents / std::max<std::uint64_t>(before.record.events, 1), kLeastRuns, kMostRuns);
    const auto calm = calm_world((*world)->scenario);
    if (!calm) return tl::unexpected(calm.error());
    search(changes_for(drafts_, before, simulate(**calm, (*calm)->scenario.seed, 1, 1)));
    return std::move(out_);
  }

 private:
  /// The same without faults, and without what is expected while they last.
  static Result<std::unique_ptr<World>> calm_world(Scenario scenario) {
    scenario.faults.clear();
    scenario.expect.clear();
    return build_world(std::move(scenario));
  }

  void search(std::vector<Change> changes) {
    std::vector<Tried> singles = plan(std::move(changes));
    try_all(singles);
    std::vector<Tried> pairs = plan(pairs_of(singles));
    // A pair is worth a look only when it is smaller than what is known to do.
    if (const Tried* best = first_pass(singles)) {
      std::erase_if(pairs,
                    [&](const Tried& t) { return t.changed.fields >= best->changed.fields; });
    }
    try_all(pairs);
    std::vector<Tried> all = std::move(singles);
    std::move(pairs.begin(), pairs.end(), std::back_inserter(all));
    // Of equals, one that serves fewer requests than before comes last.
    std::stable_sort(all.begin(), all.end(), [&](const Tried& a, const Tried& b) {
      return std::pair(a.changed.fields, a.success_rate < success_before_) <
             std::pair(b.changed.fields, b.success_rate < success_before_);
    });
    for (const Tried& tried : all) {
      if (tried.pass && confirm(tried)) return;
    }
    show_nearest(all);
  }

  /// The drafts of each change, without those that change nothing or what another one does.
  std::vector<Tried> plan(std::vector<Change> changes) {
    std::vector<Tried> out;
    for (Change& change : changes) {
      Tried tried{std::move(change), {}};
      tried.changed = change_drafts(drafts_, tried.change);
      std::vector<std::string> settings = tried.changed.settings;
      std::sort(settings.begin(), settings.end());
      if (tried.changed.fields == 0 || !seen_.insert(str::join(settings, "\n")).second) continue;
      out.push_back(std::move(tried));
    }
    std::stable_sort(out.begin(), out.end(), smaller);
    return out;
  }

  void try_all(std::vector<Tried>& plans) {
    const std::size_t room = budget_ - std::min(budget_, out_.tried);
    if (plans.size() > room) {
      out_.left_out += plans.size() - room;
      plans.resize(room);
    }
    for_each_index(plans.size(), threads_, [&](std::size_t i) { simulate_one(plans[i]); });
    out_.tried += plans.size();
  }

  void simulate_one(Tried& tried) const {
    tried.gap = gap_before_ + 1;
    const auto run = answer(tried.changed.drafts, replications_, 1);
    if (!run) return;
    tried.pass = run->answer.passed();
    tried.gap = gap_of(run->answer);
    tried.success_rate = run->answer.totals.success_rate;
  }

  struct Run {
    std::unique_ptr<World> world;
    Answer answer;
  };

  std::optional<Run> answer(const Drafts& drafts, std::uint32_t count, unsigned threads) const {
    auto scenario = read_(drafts);
    if (!scenario) return std::nullopt;
    auto world = build_world(std::move(*scenario));
    if (!world) return std::nullopt;
    Answer found = simulate(**world, (*world)->scenario.seed, count, threads);
    return Run{std::move(*world), std::move(found)};
  }

  static const Tried* first_pass(const std::vector<Tried>& all) {
    const auto found = std::find_if(all.begin(), all.end(), [](const Tried& t) { return t.pass; });
    return found == all.end() ? nullptr : &*found;
  }

  /// Those that help most by themselves, every two.
  static std::vector<Change> pairs_of(const std::vector<Tried>& singles) {
    std::vector<const Tried*> best;
    for (const Tried& tried : singles) best.push_back(&tried);
    std::stable_sort(best.begin(), best.end(),
                     [](const Tried* a, const Tried* b) { return a->gap < b->gap; });
    if (best.size() > kPaired) best.resize(kPaired);
    std::vector<Change> out;
    for (std::size_t a = 0; a < best.size(); ++a) {
      for (std::size_t b = a + 1; b < best.size(); ++b) {
        if (best[a]->change.what == best[b]->change.what) continue;
        out.push_back(together(best[a]->change, best[b]->change));
      }
    }
    return out;
  }

  Proposal propose(const Tried& tried, const Answer& before, const Answer& after) const {
    return {tried.change.what,      tried.changed.fields,
            tried.changed.settings, to_yaml(tried.changed),
            tried.changed.scenario, compare(before, after, "as it is", "proposed")};
  }

  /// Whether the change also holds with further seeds; then it is the answer.
  bool confirm(const Tried& tried) {
    const std::uint32_t count = std::max(replications_, kConfirmations);
    const auto after = answer(tried.changed.drafts, count, threads_);
    if (!after || !after->answer.passed()) return false;
    const auto before = answer(drafts_, count, threads_);
    if (!before) return false;
    out_.best = propose(tried, before->answer, after->answer);
    out_.confirmed = count;
    return true;
  }

  void show_nearest(const std::vector<Tried>& all) {
    const auto best = std::min_element(
        all.begin(), all.end(), [](const Tried& a, const Tried& b) { return a.gap < b.gap; });
    if (best == all.end() || best->gap >= gap_before_) return;
    const auto before = answer(drafts_, replications_, threads_);
    const auto after = answer(best->changed.drafts, replications_, threads_);
    if (before && after) out_.nearest = propose(*best, before->answer, after->answer);
  }

  const Drafts& drafts_;
  const ReadDrafts& read_;
  std::uint32_t replications_;
  unsigned threads_;
  std::size_t budget_ = 0;
  double gap_before_ = 0;
  double success_before_ = 0;
  std::set<std::string> seen_;
  Suggestion out_;
};

}  // namespace

Result<Suggestion> suggest(const Drafts& drafts, const ReadDrafts& read, std::uint32_t replications,
                           unsigned threads) {
  return Search(drafts, read, replications, threads).run();
}

std::string conclusion(const Suggestion& suggestion) {
  if (suggestion.met) return "nothing has to change: the expectations are met";
  if (suggestion.best) {
    const ComparedFigure& success = suggestion.best->comparison.figures.front();
    const std::string price =
        success.worse()
            ? fmt::format(
                  ", at a price: {} instead of {} of the requests "
                  "succeed",
                  show(success.shown_as, *success.b), show(success.shown_as, *success.a))
            : "";
    return fmt::format("{} {} enough: {}{}", str::count(suggestion.best->fields, "field"),
                       suggestion.best->fields == 1 ? "is" : "are", suggestion.best->what, price);
  }
  const std::string nearest =
      suggestion.nearest ? fmt::format("; closest comes {}", suggestion.nearest->what) : "";
  return fmt::format(
      "none of {} meets the expectations{}; retries, budgets, ejection, timeouts and locality do "
      "not suffice here",
      str::count(suggestion.tried, "change"), nearest);
}

}  // namespace meshfn::simulate
