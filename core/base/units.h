#pragma once

// Quantities as people write them: durations of Go's time.ParseDuration, percentages, sizes and
// rates. Parsers return nothing for other text; the caller knows where the text stands.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshfn {

/// A Go duration: "300ms", "1.5s", "1h15m30s", "-2s", "0". Units ns, us, µs, ms, s, m, h. Nothing
/// for other text or when it does not fit into 64 bits of nanoseconds.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// The shortest exact form: "1.5s", "250ms", "1h30m", "0s".
std::string format_duration(std::chrono::nanoseconds value);

/// "12.5%" as 0.125. The sign is required, so that 1 and 1% cannot be mixed up.
std::optional<double> parse_percent(std::string_view text);

/// Bytes: "512", "64KB", "512MB", "1GiB", "2Gi". Decimal prefixes are binary here as in every
/// function platform's settings (512 MB = 512 * 1024 * 1024).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Events per second: "800/s", "30/m", "5000/h".
std::optional<double> parse_rate(std::string_view text);

}  // namespace meshfn
