// Runs one golden case: a folder that holds what a user types and everything that must come back.
//
//   cmd       the line, for /bin/sh, with `meshfn` on the path
//   in/       files of the working directory        stdin, env   input, NAME=VALUE lines
//   mask      extended regular expressions, one a line; what they match compares as <masked>
//   stdout, stderr, code (0 when absent)            what comes back
//   out/      files that were made or changed; nothing else may be
//
// The case runs in a scratch copy with an empty environment, so it sees nothing of the machine but
// the tools on PATH. MESHFN_BLESS=1 rewrites the expectations instead of comparing.

#include <fcntl.h>
#include <regex.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Outcome {
  std::string out;
  std::string err;
  int code = 0;
  std::map<std::string, std::string> files;  ///< made or changed, by path below the scratch copy
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> lines(const fs::path& path) {
  std::vector<std::string> found;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) found.push_back(line);
  }
  return found;
}

/// Replaces every match of `pattern`; an expression that does not compile is reported and fails.
std::string mask(const std::string& text, const std::string& pattern) {
  regex_t expression;
  if (::regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NEWLINE) != 0) {
    std::cerr << "mask: not a regular expression: " << pattern << '\n';
    std::exit(1);
  }
  std::string masked;
  const char* at = text.c_str();
  regmatch_t match;
  while (*at != '\0' && ::regexec(&expression, at, 1, &match, 0) == 0 &&
         match.rm_eo > match.rm_so) {
    masked.append(at, static_cast<std::size_t>(match.rm_so)).append("<masked>");
    at += match.rm_eo;
  }
  ::regfree(&expression);
  return masked + at;
}

void redirect(const fs::path& path, int flags, int descriptor) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(127);
}

/// What a case sees of the environment: enough to find the tools, and what `env` sets.
std::vector<std::string> environment(const fs::path& binary, const fs::path& folder,
                                     const fs::path& home) {
  const char* path = std::getenv("PATH");
  std::vector<std::string> variables = {
      "PATH=" + binary.parent_path().string() + ":" + (path == nullptr ? "/usr/bin:/bin" : path),
      "HOME=" + home.string(), "TMPDIR=" + home.string(), "LC_ALL=C.UTF-8", "TZ=UTC"};
  for (std::string& line : lines(folder / "env")) variables.push_back(std::move(line));
  return variables;
}

/// Runs the line in `work`, its streams in files of `home`; gives the exit code.
int run_line(const fs::path& binary, const fs::path& folder, const fs::path& work,
             const fs::path& home) {
  std::string line = read(folder / "cmd");
  std::vector<std::string> variables = environment(binary, folder, home);
  const fs::path input = fs::exists(folder / "stdin") ? folder / "stdin" : fs::path("/dev/null");
  const pid_t child = ::fork();
  if (child == 0) {
    redirect(input, O_RDONLY, STDIN_FILENO);
    redirect(home / "stdout", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(home / "stderr", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (::chdir(work.c_str()) != 0) ::_exit(127);
    std::vector<char*> pointers;
    for (std::string& variable : variables) pointers.push_back(variable.data());
    pointers.push_back(nullptr);
    char shell[] = "sh";
    char option[] = "-c";
    char* const words[] = {shell, option, line.data(), nullptr};
    ::execve("/bin/sh", words, pointers.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::map<std::string, std::string> tree(const fs::path& root) {
  std::map<std::string, std::string> files;
  if (!fs::exists(root)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(root).string()] = read(entry.path());
  }
  return files;
}

Outcome run_case(const fs::path& binary, const fs::path& folder, const fs::path& scratch) {
  fs::remove_all(scratch);
  const fs::path work = scratch / "work";
  const fs::path home = scratch / "home";
  fs::create_directories(work);
  fs::create_directories(home);
  if (fs::exists(folder / "in")) fs::copy(folder / "in", work, fs::copy_options::recursive);

  Outcome outcome;
  outcome.code = run_line(binary, folder, work, home);
  outcome.out = read(home / "stdout");
  outcome.err = read(home / "stderr");
  const std::map<std::string, std::string> before = tree(folder / "in");
  for (auto& [path, text] : tree(work)) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != text) outcome.files[path] = text;
  }
  for (const std::string& pattern : lines(folder / "mask")) {
    outcome.out = mask(outcome.out, pattern);
    outcome.err = mask(outcome.err, pattern);
    for (auto& [path, text] : outcome.files) text = mask(text, pattern);
  }
  return outcome;
}

/// An empty text is an absent file, so that a case has only the files that say something.
void bless(const fs::path& path, const std::string& text) {
  fs::remove(path);
  if (!text.empty()) write(path, text);
}

void bless(const fs::path& folder, const Outcome& outcome) {
  bless(folder / "stdout", outcome.out);
  bless(folder / "stderr", outcome.err);
  bless(folder / "code", outcome.code == 0 ? "" : std::to_string(outcome.code) + "\n");
  fs::remove_all(folder / "out");
  for (const auto& [path, text] : outcome.files) write(folder / "out" / path, text);
}

bool same(const std::string& name, const std::string& expected, const std::string& actual,
          const fs::path& scratch) {
  if (expected == actual) return true;
  std::cout << name << " differs:" << std::endl;
  write(scratch / "diff" / "expected", expected);
  write(scratch / "diff" / "actual", actual);
  const std::string line = "cd '" + (scratch / "diff").string() + "' && diff -u expected actual";
  return std::system(line.c_str()) == 0;
}

bool compare(const fs::path& folder, const Outcome& outcome, const fs::path& scratch) {
  const std::vector<std::string> code = lines(folder / "code");
  bool good = same("code", (code.empty() ? "0" : code.front()) + "\n",
                   std::to_string(outcome.code) + "\n", scratch);
  good = same("stdout", read(folder / "stdout"), outcome.out, scratch) && good;
  good = same("stderr", read(folder / "stderr"), outcome.err, scratch) && good;
  std::map<std::string, std::string> expected = tree(folder / "out");
  for (const auto& [path, text] : outcome.files) {
    good = same("out/" + path, expected[path], text, scratch) && good;
    expected.erase(path);
  }
  for (const auto& [path, text] : expected) {
    std::cout << "out/" << path << " was not written\n";
    good = false;
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: meshfn_golden BINARY CASE SCRATCH\n";
    return 2;
  }
  const fs::path folder = argv[2];
  const fs::path scratch = fs::absolute(argv[3]);
  const Outcome outcome = run_case(fs::absolute(argv[1]), folder, scratch);
  if (std::getenv("MESHFN_BLESS") != nullptr) {
    bless(folder, outcome);
    return 0;
  }
  if (compare(folder, outcome, scratch)) return 0;
  std::cout << "\n" << read(folder / "cmd") << "MESHFN_BLESS=1 accepts what it prints now.\n";
  return 1;
}
