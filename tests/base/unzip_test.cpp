#include "base/unzip.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/temporary_folder.h"
#include "catch.h"

namespace meshfn {

namespace {

namespace fs = std::filesystem;

/// An archive that Python makes, which has a zip module of its own; `lines` fill the archive `z`.
std::string archive(const std::string& lines) {
  const auto folder = TemporaryFolder::make();
  REQUIRE(folder.has_value());
  const std::string script = (*folder)->path() + "/make.py";
  const std::string path = (*folder)->path() + "/made.zip";
  std::ofstream(script) << "import zipfile\nfrom zipfile import *\n"
                        << "z = ZipFile('" << path << "', 'w', ZIP_DEFLATED)\n"
                        << lines << "\nz.close()\n";
  REQUIRE(std::system(("python3 " + script).c_str()) == 0);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Unpacks into a folder of its own; the error's message, or nothing.
std::string refusal(const std::string& bytes, std::uint64_t most = 1U << 20U) {
  const auto folder = TemporaryFolder::make();
  const auto done = unzip(bytes, (*folder)->path(), most);
  return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("an archive is unpacked with permissions and links", "[base]") {
  const std::string bytes = archive(R"(
z.writestr('python/app.py', 'print(1)\n' * 1000)
z.writestr('empty/', '')
tool = ZipInfo('bin/tool'); tool.external_attr = 0o100755 << 16
z.writestr(tool, '#!/bin/sh\n', ZIP_STORED)
link = ZipInfo('bin/same'); link.create_system = 3; link.external_attr = 0o120777 << 16
z.writestr(link, 'tool'))");
  const auto folder = TemporaryFolder::make();
  const std::string root = (*folder)->path();
  const auto done = unzip(bytes, root, 1U << 20U);
  INFO((done ? "" : done.error().message));
  REQUIRE(done.has_value());
  CHECK(content(root + "/python/app.py").size() == 9000);
  CHECK(content(root + "/bin/same") == "#!/bin/sh\n");
  CHECK(fs::is_symlink(root + "/bin/same"));
  CHECK((fs::status(root + "/bin/tool").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK((fs::status(root + "/python/app.py").permissions() & fs::perms::owner_exec) ==
        fs::perms::none);
}

TEST_CASE("what is no good archive is refused", "[base]") {
  CHECK(refusal("") == "it is no zip archive");
  CHECK(refusal(std::string(100, 'x')) == "it is no zip archive");
  CHECK(refusal(archive("z.writestr('../a', '1')")) ==
        "`../a` in the archive leads out of its folder");
  CHECK(refusal(archive("l = ZipInfo('l'); l.create_system = 3\n"
                        "l.external_attr = 0o120777 << 16\nz.writestr(l, '/etc')")) ==
        "`l` in the archive is a link out of it");
  CHECK(refusal(archive("z.writestr('a', 'x' * 2000000)")) == "it unpacks to more than 1 MB");
  std::string damaged = archive("z.writestr('a', 'hello', ZIP_STORED)");
  damaged[damaged.find("hello")] = 'j';
  CHECK(refusal(damaged) == "`a` in the archive is damaged: its checksum is wrong");
}

TEST_CASE("an archive that is cut short anywhere breaks nothing", "[base]") {
  const std::string bytes = archive("z.writestr('a/b', 'hello' * 50)\nz.writestr('c', '1')");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(refusal(bytes.substr(0, size)).empty());
    CHECK_NOTHROW(refusal(bytes.substr(size)));
  }
}

}  // namespace meshfn
