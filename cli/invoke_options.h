#pragma once

// The options of `meshfn invoke`; cli/invoke_input.h reads them.

#include "cli/output.h"

namespace meshfn::cli {

inline constexpr std::string_view kInvokeFormats[] = {"text", "json"};

inline constexpr Option kInvokeOptions[] = {
    {.name = "event",
     .letter = 'e',
     .value = "FILE",
     .help = "JSON event; `-` is standard input; {} when not given",
     .group = "Input",
     .completes = Completes::file},
    {.name = "sample",
     .value = "NAME",
     .help = "a built-in event instead, see `meshfn event list`",
     .group = "Input"},
    {.name = "template",
     .value = "FILE",
     .help = "SAM or CloudFormation template, instead of ./template.yaml",
     .group = "Input",
     .completes = Completes::file},
    {.name = "handler",
     .value = "FILE.NAME",
     .help = "handler, such as app.handler",
     .group = "Function"},
    {.name = "runtime",
     .value = "NAME",
     .help = "runtime, such as python3.13",
     .group = "Function"},
    {.name = "timeout",
     .value = "TIME",
     .help = "limit of one invocation, such as 3s",
     .group = "Function"},
    {.name = "memory", .value = "MB", .help = "memory limit, 128 to 10240", .group = "Function"},
    {.name = "env",
     .value = "NAME=VALUE",
     .help = "environment variable; NAME alone passes on yours",
     .repeatable = true,
     .group = "Function"},
    {.name = "env-file",
     .value = "FILE",
     .help = "environment variables, as NAME=VALUE lines or JSON",
     .repeatable = true,
     .group = "Function",
     .completes = Completes::file},
    {.name = "region",
     .value = "NAME",
     .help = "AWS region that the function sees",
     .fallback = "us-east-1",
     .group = "Function"},
    {.name = "remote",
     .value = "URL",
     .help = "post the event to a deployed function instead; AZURE_FUNCTION_KEY and "
             "GOOGLE_ID_TOKEN are taken from the environment",
     .group = "Function"},
    {.name = "repeat",
     .value = "N",
     .help = "invoke N times, warm after the first",
     .fallback = "1",
     .group = "Function"},
    output_option(kInvokeFormats),
};

}  // namespace meshfn::cli
