#include "shared_folder.h"

<%if "postgres" in with or "redis" in with or "object-store" in with%>
#include <openssl/evp.h>

<%end%>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace fs = std::filesystem;

namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

}  // namespace

SharedFolder::SharedFolder(const std::string& name) {
  const std::string root = setting("DATA_FOLDER");
  path_ = (root.empty() ? fs::temp_directory_path() : fs::path(root)) / name;
  fs::create_directories(path_);
}

std::optional<std::string> SharedFolder::read(const std::string& file) const {
  std::ifstream in(path_ / file, std::ios::binary);
  if (!in && !fs::exists(path_ / file)) return std::nullopt;
  std::ostringstream bytes;
  if (in.peek() != std::ifstream::traits_type::eof()) bytes << in.rdbuf();
  if (in.bad() || !in.is_open()) throw std::runtime_error("cannot read " + (path_ / file).string());
  return bytes.str();
}

fs::path SharedFolder::write(const std::string& bytes) const {
  fs::path written = path_ / ("." + unique_name());
  std::ofstream out(written, std::ios::binary);
  if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
    throw std::runtime_error("cannot write " + written.string());
  }
  return written;
}

void SharedFolder::replace(const std::string& file, const std::string& bytes) const {
  fs::rename(write(bytes), path_ / file);
}

bool SharedFolder::create(const std::string& file, const std::string& bytes) const {
  const fs::path written = write(bytes);
  std::error_code problem;
  fs::create_hard_link(written, path_ / file, problem);  // fails when there is one; rename replaces
  fs::remove(written);
  if (problem && problem != std::errc::file_exists) throw std::system_error(problem);
  return !problem;
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string unique_name() {
  std::random_device source;
  unsigned char bytes[16];
  for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(source());
  return hex(bytes, sizeof bytes);
}
<%if "postgres" in with or "redis" in with or "object-store" in with%>

std::string digest(const std::string& bytes) {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), sum, &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("no SHA-256");
  }
  return hex(sum, size);
}
<%end%>
