#include "base/unzip.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/str.h"

namespace meshfn {

namespace {

// Signatures and offsets: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLongestComment = 65535;
constexpr unsigned kStored = 0;
constexpr unsigned kDeflated = 8;

/// The little-endian number of `size` bytes at `at`; 0 beyond the end.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at + size > bytes.size()) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

/// One entry of the central directory.
struct Entry {
  std::string name;
  bool encrypted = false;
  unsigned method = 0;
  std::uint32_t checksum = 0;
  std::uint32_t packed = 0;
  std::uint32_t size = 0;
  mode_t mode = 0;  ///< of Unix; 0 where the archive has none
  std::size_t local = 0;
  std::size_t next = 0;  ///< where the following entry begins
};

std::optional<Entry> entry_at(std::string_view bytes, std::size_t at) {
  if (number(bytes, at, 4) != kCentralSignature) return std::nullopt;
  const std::size_t name = number(bytes, at + 28, 2);
  if (at + kCentralSize + name > bytes.size()) return std::nullopt;
  Entry entry;
  entry.name = std::string(bytes.substr(at + kCentralSize, name));
  entry.encrypted = (number(bytes, at + 8, 2) & 1U) != 0;
  entry.method = number(bytes, at + 10, 2);
  entry.checksum = number(bytes, at + 16, 4);
  entry.packed = number(bytes, at + 20, 4);
  entry.size = number(bytes, at + 24, 4);
  entry.mode = number(bytes, at + 38, 4) >> 16U;
  entry.local = number(bytes, at + 42, 4);
  entry.next = at + kCentralSize + name + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
  return entry;
}

/// Where the record at the end of the archive begins.
std::optional<std::size_t> end_record(std::string_view bytes) {
  if (bytes.size() < kEndSize) return std::nullopt;
  const std::size_t last = bytes.size() - kEndSize;
  const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (number(bytes, at, 4) == kEndSignature) return at;
  }
  return std::nullopt;
}

bool leads_out(const std::string& path) {
  if (path.empty() || path.front() == '/') return true;
  for (const std::string_view part : str::split(path, '/')) {
    if (part == "..") return true;
  }
  return path.find('\0') != std::string::npos;
}

std::optional<std::string> inflated(std::string_view packed, std::size_t size) {
  std::string result(size, '\0');
  z_stream stream{};
  // Without zlib's own header, as archives have it.
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int code = ::inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.total_out == size;
  ::inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return result;
}

Result<std::string> content_of(std::string_view bytes, const Entry& entry) {
  const auto refuse = [&](std::string_view why) {
    return fail(fmt::format("`{}` in the archive {}", entry.name, why));
  };
  if (entry.encrypted) return refuse("is encrypted");
  if (number(bytes, entry.local, 4) != kLocalSignature) return refuse("is damaged");
  const std::size_t begin = entry.local + kLocalSize + number(bytes, entry.local + 26, 2) +
                            number(bytes, entry.local + 28, 2);
  if (begin > bytes.size() || bytes.size() - begin < entry.packed) return refuse("is cut off");
  const std::string_view packed = bytes.substr(begin, entry.packed);
  std::optional<std::string> content;
  if (entry.method == kStored && entry.packed == entry.size) content = std::string(packed);
  if (entry.method == kDeflated) content = inflated(packed, entry.size);
  if (entry.method != kStored && entry.method != kDeflated) {
    return refuse("is packed in a way that Lambda does not take either");
  }
  if (!content) return refuse("is damaged");
  const uLong sum = ::crc32(0, reinterpret_cast<const Bytef*>(content->data()),
                            static_cast<uInt>(content->size()));
  if (sum != entry.checksum) return refuse("is damaged: its checksum is wrong");
  return std::move(*content);
}

Result<void> write_entry(const Entry& entry, const std::string& content,
                         const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(folder) / entry.name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (S_ISLNK(entry.mode)) {
    if (leads_out(content)) {
      return fail(fmt::format("`{}` in the archive is a link out of it", entry.name));
    }
    fs::create_symlink(content, path, error);
  } else {
    std::ofstream out(path, std::ios::binary);
    out << content;
    if (!out.flush()) return fail(fmt::format("cannot write `{}`", path.string()));
    if ((entry.mode & S_IXUSR) != 0) {
      fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                      fs::perm_options::add, error);
    }
  }
  if (error) return fail(fmt::format("cannot write `{}`: {}", path.string(), error.message()));
  return {};
}

}  // namespace

Result<void> unzip(std::string_view bytes, const std::string& folder, std::uint64_t most) {
  const std::optional<std::size_t> end = end_record(bytes);
  if (!end) return fail("it is no zip archive");
  const std::uint32_t count = number(bytes, *end + 10, 2);
  std::size_t at = number(bytes, *end + 16, 4);
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::optional<Entry> entry = entry_at(bytes, at);
    if (!entry) return fail("its list of files is damaged");
    at = entry->next;
    if (leads_out(entry->name)) {
      return fail(fmt::format("`{}` in the archive leads out of its folder", entry->name));
    }
    total += entry->size;
    if (total > most) return fail(fmt::format("it unpacks to more than {} MB", most >> 20U));
    if (entry->name.ends_with('/')) continue;
    const Result<std::string> content = content_of(bytes, *entry);
    if (!content) return tl::unexpected(content.error());
    if (auto written = write_entry(*entry, *content, folder); !written) return written;
  }
  return {};
}

}  // namespace meshfn
