#include "report/fingerprint.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

#include "report/report.h"

namespace meshfn::report {

namespace {

constexpr std::size_t kWindow = 100;
constexpr std::uint64_t kModulus = 37;
constexpr std::uint16_t kEndOfFile = 0xFFFF;

constexpr std::uint64_t power_of_modulus() {
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < kWindow; ++i) power *= kModulus;
  return power;
}

/// The hash of a line is known when the window has moved on by its length, so each slot remembers
/// which line began in it.
class LineHasher {
 public:
  void add(std::uint16_t unit) {
    const bool after_return = after_return_;
    after_return_ = false;
    if (unit == ' ' || unit == '\t' || (after_return && unit == '\n')) return;
    if (unit == '\r') {
      unit = '\n';
      after_return_ = true;
    }
    emit_slot();
    begins_line_[at_] = at_line_start_;
    at_line_start_ = unit == '\n';
    shift(unit);
  }

  std::vector<std::string> finish() {
    add(kEndOfFile);
    for (std::size_t i = 0; i < kWindow; ++i) {
      emit_slot();
      shift(0);
    }
    return std::move(hashes_);
  }

 private:
  void emit_slot() {
    if (!begins_line_[at_]) return;
    begins_line_[at_] = false;
    hashes_.push_back(fmt::format("{:x}:{}", hash_, ++count_[hash_]));
  }

  void shift(std::uint16_t unit) {
    hash_ = hash_ * kModulus + unit - power_of_modulus() * window_[at_];
    window_[at_] = unit;
    at_ = (at_ + 1) % kWindow;
  }

  std::array<std::uint16_t, kWindow> window_{};
  std::array<bool, kWindow> begins_line_{};
  std::size_t at_ = 0;
  std::uint64_t hash_ = 0;
  bool at_line_start_ = true;
  bool after_return_ = false;
  std::unordered_map<std::uint64_t, int> count_;
  std::vector<std::string> hashes_;
};

/// Feeds `text` as UTF-16 to `hasher`; a byte that is no UTF-8 becomes U+FFFD.
void feed(std::string_view text, LineHasher& hasher) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size == 1) {
      hasher.add(first);
      ++i;
      continue;
    }
    std::uint32_t point = first & (0xFFU >> (size + 1));
    std::size_t used = 1;
    while (used < size && i + used < text.size() &&
           (static_cast<unsigned char>(text[i + used]) & 0xC0U) == 0x80U) {
      point = (point << 6U) | (static_cast<unsigned char>(text[i + used]) & 0x3FU);
      ++used;
    }
    if (used < size || first < 0xC0) point = 0xFFFD;
    i += used;
    if (point >= 0x10000) {
      hasher.add(static_cast<std::uint16_t>(0xD800 + ((point - 0x10000) >> 10U)));
      hasher.add(static_cast<std::uint16_t>(0xDC00 + ((point - 0x10000) & 0x3FFU)));
    } else {
      hasher.add(static_cast<std::uint16_t>(point));
    }
  }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo): short, stable and good enough to name a finding.
std::uint64_t fnv(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return hash;
}

}  // namespace

std::vector<std::string> line_hashes(std::string_view text) {
  LineHasher hasher;
  feed(text, hasher);
  return hasher.finish();
}

std::string Fingerprints::next(const diagnostic::Diagnostic& finding) {
  std::string key =
      fmt::format("{}\n{}\n{}\n{}\n{}", finding.rule->id, path_of(finding.where),
                  finding.resource.api_version, display_name(finding.resource), finding.pointer);
  const std::uint64_t ordinal = seen_[key]++;
  return fmt::format("{:016x}", fnv(fmt::format("{}\n{}", key, ordinal)));
}

}  // namespace meshfn::report
