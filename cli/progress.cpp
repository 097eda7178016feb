#include "cli/progress.h"

#include <ostream>

namespace meshfn::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{500};
constexpr milliseconds kInterval{100};
constexpr std::string_view kEraseLine = "\r\033[K";

}  // namespace

Progress::Progress(Terminal& terminal) : terminal_(terminal), next_(Clock::now() + kPatience) {}

Progress::~Progress() { erase(); }

void Progress::show(std::string_view text) {
  if (!terminal_.err_is_tty || terminal_.quiet) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  terminal_.err << kEraseLine << text.substr(0, terminal_.width - 1) << std::flush;
  shown_ = true;
}

void Progress::erase() {
  if (!shown_) return;
  terminal_.err << kEraseLine << std::flush;
  shown_ = false;
}

}  // namespace meshfn::cli
