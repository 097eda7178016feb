#pragma once

// What went wrong, in Lambda's words for the caller and in ours for the person: error documents,
// and hints about what to do.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/process.h"
#include "function/project.h"
#include "invoke/outcome.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

/// Fills `outcome` for a process that ended before it answered; `log` is the end of its output.
void describe_exit(const Exit& exit, std::string_view log, Outcome& outcome);

/// For an extension that ended or gave up: `type` is "Extension.Crash" or its like.
void describe_extension(const std::string& type, const std::string& message, bool while_loading,
                        Outcome& outcome);

/// For a process that was killed because its memory passed the limit.
void describe_out_of_memory(Outcome& outcome);

/// For an invocation that passed its time.
void describe_timeout(std::int64_t timeout_ms, Outcome& outcome);

/// For a program that could not be started; `reason` is the kernel's.
void describe_bad_start(const std::string& program, const std::string& reason, Outcome& outcome);

/// For an answer of the runtime: a response, an error of the handler, or of its loading when
/// `while_loading`.
void describe_answer(Answer answer, const function::Function& function, bool while_loading,
                     Outcome& outcome);

}  // namespace meshfn::invoke
