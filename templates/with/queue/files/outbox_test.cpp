// With QUEUE_URL set, all of it runs against that server; with files otherwise.

#include "outbox.h"

#include <thread>
#include <vector>

#include "check.h"
#include "scratch.h"

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kShort(10);

void delivers_again_what_is_not_done_in_time(outbox::Queue& queue, outbox::Queue& other) {
  const std::string id = queue.send({{"n", 1}});
  CHECK(queue.take(kShort).value().id == id);
  std::this_thread::sleep_for(5 * kShort);
  const outbox::Taken again = other.take(kShort).value();
  CHECK(again.id == id);
  CHECK(again.data == json({{"n", 1}}));
  other.done(again);
  std::this_thread::sleep_for(5 * kShort);
  CHECK(!queue.take(kShort));
}

void gives_each_message_to_one_in_the_order_they_came(outbox::Queue& queue, outbox::Queue& other) {
  std::vector<std::string> sent;
  for (int n = 0; n < 3; ++n) sent.push_back(queue.send({{"n", n}}));
  for (int n = 0; n < 3; ++n) {
    const outbox::Taken taken = (n == 1 ? other : queue).take().value();
    CHECK(taken.id == sent.at(static_cast<std::size_t>(n)));
    CHECK(taken.data == json({{"n", n}}));
  }
  CHECK(!other.take());
}

}  // namespace

int main() {
  const Scratch scratch;
  const auto queue = outbox::connect();
  const auto other = outbox::connect();
  while (const auto left = queue->take(std::chrono::milliseconds(0))) queue->done(*left);
  delivers_again_what_is_not_done_in_time(*queue, *other);
  gives_each_message_to_one_in_the_order_they_came(*queue, *other);
  return failures;
}
