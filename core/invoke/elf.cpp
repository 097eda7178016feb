#include "invoke/elf.h"

#include <elf.h>

#include <charconv>
#include <cstring>

namespace meshfn::invoke {

namespace {

/// The structure at `offset`; nothing when the file ends before.
template <class T>
std::optional<T> at(std::string_view bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view text_at(std::string_view bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const std::string_view rest = bytes.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

std::string machine_name(unsigned machine) {
  if (machine == EM_X86_64) return "x86_64";
  if (machine == EM_AARCH64) return "arm64";
  return "machine " + std::to_string(machine);
}

std::string interpreter_of(std::string_view bytes, const Elf64_Ehdr& head) {
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(bytes, head.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment && segment->p_type == PT_INTERP) {
      return std::string(text_at(bytes, segment->p_offset));
    }
  }
  return {};
}

/// The highest GLIBC_x.y among the versions that one section of needs lists. Both chains are
/// linked by offsets from the entry before; an offset of 0 ends them.
std::string highest_glibc(std::string_view bytes, const Elf64_Shdr& needs,
                          const Elf64_Shdr& strings) {
  constexpr std::string_view kPrefix = "GLIBC_2.";
  std::string highest;
  std::uint64_t file_at = needs.sh_offset;
  for (unsigned i = 0; i < needs.sh_info; ++i) {
    const auto file = at<Elf64_Verneed>(bytes, file_at);
    if (!file) break;
    std::uint64_t version_at = file_at + file->vn_aux;
    for (unsigned j = 0; j < file->vn_cnt; ++j) {
      const auto version = at<Elf64_Vernaux>(bytes, version_at);
      if (!version) break;
      const std::string_view name = text_at(bytes, strings.sh_offset + version->vna_name);
      if (name.starts_with(kPrefix) && is_newer_version(name.substr(6), highest)) {
        highest = std::string(name.substr(6));
      }
      if (version->vna_next == 0) break;
      version_at += version->vna_next;
    }
    if (file->vn_next == 0) break;
    file_at += file->vn_next;
  }
  return highest;
}

std::string glibc_of(std::string_view bytes, const Elf64_Ehdr& head) {
  const auto section = [&](std::uint64_t index) {
    return at<Elf64_Shdr>(bytes, head.e_shoff + index * sizeof(Elf64_Shdr));
  };
  for (unsigned i = 0; i < head.e_shnum; ++i) {
    const auto needs = section(i);
    if (!needs || needs->sh_type != SHT_GNU_verneed) continue;
    const auto strings = section(needs->sh_link);
    if (strings) return highest_glibc(bytes, *needs, *strings);
  }
  return {};
}

}  // namespace

bool is_newer_version(std::string_view a, std::string_view b) {
  while (!a.empty()) {
    unsigned left = 0;
    unsigned right = 0;
    std::from_chars(a.data(), a.data() + a.size(), left);
    std::from_chars(b.data(), b.data() + b.size(), right);
    if (left != right) return left > right;
    const auto rest = [](std::string_view text) {
      const std::size_t dot = text.find('.');
      return dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    };
    a = rest(a);
    b = rest(b);
  }
  return false;
}

std::optional<Elf> read_elf(std::string_view bytes) {
  const auto head = at<Elf64_Ehdr>(bytes, 0);
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB) {
    return std::nullopt;
  }
  return Elf{machine_name(head->e_machine), interpreter_of(bytes, *head), glibc_of(bytes, *head)};
}

}  // namespace meshfn::invoke
