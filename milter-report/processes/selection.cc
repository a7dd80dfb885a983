// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes/selection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

namespace milter_manager::report::processes {
namespace {

namespace fs = std::filesystem;

// A folder that was meant holds a few; "/" holds as many as there are.
constexpr int kDeepest = 8;
constexpr int kMostEntries = 100'000;

std::optional<int> pid_in(const std::string& path) {
  // A pipe of that name must not make us wait.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return std::nullopt;
  struct stat status {};
  std::array<char, 64> bytes{};
  ssize_t size = 0;
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    size = ::read(descriptor, bytes.data(), bytes.size());
  }
  ::close(descriptor);
  std::string_view text(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  int pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  const bool ends_there = end == text.data() + text.size() || *end == '\n' || *end == '\r' || *end == ' ';
  if (error != std::errc() || pid <= 0 || !ends_there) return std::nullopt;
  return pid;
}

}  // namespace

Selection::Selection() = default;
Selection::Selection(Selection&&) noexcept = default;
Selection& Selection::operator=(Selection&&) noexcept = default;
Selection::~Selection() = default;

void Selection::add_name(std::string name) { names_.push_back(std::move(name)); }
void Selection::add_pid(int pid) { pids_.push_back(pid); }
void Selection::add_pid_directory(std::string path) { pid_directories_.push_back(std::move(path)); }

Result<void> Selection::add_filter(const std::string& pattern) {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  auto filter = std::make_unique<RE2>(pattern, options);
  if (!filter->ok()) {
    return failure(fmt::format("\"{}\" is no regular expression: {}", pattern, filter->error()));
  }
  filters_.push_back(std::move(filter));
  return {};
}

std::vector<int> Selection::pids(std::vector<std::string>& problems) const {
  std::vector<int> pids = pids_;
  for (const std::string& directory : pid_directories_) {
    std::error_code error;
    fs::recursive_directory_iterator entry(directory, fs::directory_options::skip_permission_denied, error),
        end;
    int entries = 0;
    for (; !error && entry != end && entries < kMostEntries; entry.increment(error), ++entries) {
      if (entry.depth() >= kDeepest) entry.disable_recursion_pending();
      if (entry->path().extension() != ".pid") continue;
      if (const auto pid = pid_in(entry->path().string())) pids.push_back(*pid);
    }
    if (error) problems.push_back(fmt::format("cannot read the folder {}: {}", directory, error.message()));
    if (entries == kMostEntries)
      problems.push_back(fmt::format("{} holds too much: not all was looked at", directory));
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

std::string_view Selection::name_of(const Process& process) const {
  for (const std::string& name : names_) {
    if (process.is_called(name)) return name;
  }
  return {};
}

bool Selection::passes_filters(const Process& process) const {
  if (filters_.empty()) return true;
  const std::string command = process.command();
  return std::any_of(filters_.begin(), filters_.end(),
                     [&](const auto& filter) { return RE2::PartialMatch(command, *filter); });
}

}  // namespace milter_manager::report::processes
