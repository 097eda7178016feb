#pragma once

// Sample events: what a platform would hand to a function. Each source is one JSON file in
// samples/<platform>/, embedded in the binary: a summary, parameters with their defaults, and the
// event with `${…}` slots (samples/README.md). Everything is worked out from a seed and a time, so
// equal requests give equal bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "function/event/moment.h"

namespace meshfn::function {

/// A parameter of a source; `fallback` is its default as JSON text.
struct SampleParameter {
  std::string name;
  std::string fallback;
};

/// A source of events, described.
struct SampleSource {
  std::string name;      ///< "sqs", "azure-queue", "gcp-pubsub"
  std::string platform;  ///< "aws", "azure", "gcp"
  std::string summary;   ///< one line
  std::vector<std::string> aliases;
  std::vector<SampleParameter> parameters;
  bool many_records = false;  ///< `records` of a recipe may differ from 1
};

/// Every source, by platform and name.
std::vector<SampleSource> sample_sources();

/// What to make.
struct Recipe {
  /// A source, or envelopes from the inside out: "sqs", "sns>sqs", "s3>eventbridge>sqs".
  std::string chain;
  /// `name=value`: a parameter of any source in the chain, or a place in the event that is made
  /// ("Records.0.awsRegion", "/Records/0/awsRegion").
  std::vector<std::pair<std::string, std::string>> set;
  /// Payload of the innermost source, JSON or text; kept byte for byte.
  std::optional<std::string> body;
  /// Number of records of the outermost source; unset: as many as the sample has.
  std::optional<std::size_t> records;
  /// Which record (0-based) gets a body that no consumer can read.
  std::optional<std::size_t> poison;
  std::uint64_t seed = 0;
  Moment now = kSampleTime;
  bool compact = false;  ///< one line instead of an indented text
};

/// The event as JSON text with a final newline. Errors: unknown source or field (with a
/// suggestion), a source that carries no body, a value of the wrong type.
Result<std::string> make_event(const Recipe& recipe);

/// The sample called `name` as it is without parameters.
Result<std::string> sample_event(std::string_view name);

}  // namespace meshfn::function
