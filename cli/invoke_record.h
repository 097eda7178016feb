#pragma once

// `meshfn invoke --record FILE` keeps events with their answers, a line of JSON each; `--replay`
// hands the events out again and says where the answers differ. What is secret is not written:
// values of secrets, and members whose names say so.

#include <string>
#include <vector>

#include "cli/command.h"
#include "invoke/instance.h"
#include "invoke/outcome.h"

namespace meshfn::cli {

/// What is replaced by "***" in a record.
struct Redaction {
  std::vector<std::string> names;   ///< of members, beside the usual ones; case does not matter
  std::vector<std::string> values;  ///< texts, wherever they occur
};

/// Refuses a record in a folder that is not there, which is a mistyped path as a rule: records are
/// appended to, so a second one would begin unseen.
Result<void> check_record(const Files& files, const std::string& path);

/// Appends a line for each outcome of `event` to `path`.
Result<void> record(Files& files, const std::string& path, const std::string& event,
                    const std::vector<invoke::Outcome>& outcomes, const Redaction& redaction);

/// Hands every event of the record to `instance` and prints what differs. The exit code is
/// kBadAnswer when something does.
Result<ExitCode> replay(Context& context, const std::string& path, invoke::Instance& instance,
                        const Redaction& redaction);

}  // namespace meshfn::cli
