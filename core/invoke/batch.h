#pragma once

// What an event source mapping does with a batch after the function has seen it: which records
// are deleted (or passed, in a stream), which come again, which go to a dead-letter queue.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "function/trigger.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// The fate of one batch; every list holds message ids (SQS) or sequence numbers (streams).
struct BatchVerdict {
  std::string source;                     ///< aws:sqs, aws:kinesis or aws:dynamodb
  std::vector<std::string> done = {};     ///< deleted from the queue; passed in the stream
  std::vector<std::string> retried = {};  ///< delivered again
  std::vector<std::string> dead = {};     ///< to the dead-letter queue or the failure destination
  std::vector<std::string> notes = {};    ///< what the function did wrong, for people
};

/// Judges the response to `event`; nothing when the event is no batch of these sources. A response
/// with `batchItemFailures` counts only if `policy` says that it is asked for; AWS ignores it
/// otherwise, and the notes say so. `attempt` is 1 for the first delivery of a stream's batch.
std::optional<BatchVerdict> judge_batch(const std::string& event, const Outcome& outcome,
                                        const function::BatchPolicy& policy, int attempt = 1);

/// For the `outputs` of the JSON result: `{"batch": {source, deleted|passed, retried,
/// deadLettered, notes}}`.
std::string batch_outputs(const BatchVerdict& verdict);

}  // namespace meshfn::invoke
