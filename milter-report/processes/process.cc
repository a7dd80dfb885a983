// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace milter_manager::report::processes {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongest = 4096;
constexpr std::string_view kLibtoolPrefix = "lt-";

// The first bytes of a file, none if it can't be read: a process may end between any two looks.
std::string beginning_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return {};
  std::string text(kLongest, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(descriptor, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  ::close(descriptor);
  text.resize(size);
  return text;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Takes the next field of a line off its beginning; "" where there is no more.
std::string_view next_field(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  const std::string_view field = text.substr(0, text.find_first_of(" \n"));
  text.remove_prefix(field.size());
  return field;
}

// What stands behind the title in /proc/PID/stat, by the number that proc(5) gives the fields; the first is 3.
class StatFields {
 public:
  explicit StatFields(std::string_view text) {
    for (std::string_view& field : fields_) field = next_field(text);
  }
  std::string_view at(std::size_t number_in_manual) const { return fields_[number_in_manual - 3]; }

 private:
  std::array<std::string_view, 20> fields_;
};

bool read_stat(std::string_view text, Process& process) {
  // The title stands in parentheses and may hold any: the last one closes it.
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open) return false;
  process.title = text.substr(open + 1, close - open - 1);
  const StatFields fields(text.substr(close + 1));
  const std::string_view state = fields.at(3);
  if (state.empty() || state == "Z" || state == "X") return false;
  const auto user = number<std::uint64_t>(fields.at(14)), system = number<std::uint64_t>(fields.at(15));
  const auto threads = number<unsigned>(fields.at(20));
  const auto started = number<std::uint64_t>(fields.at(22));
  if (!user || !system || !threads || !started) return false;
  process.cpu_ticks = *user + *system;
  process.threads = *threads;
  process.started_ticks = *started;
  return true;
}

// /proc/PID/statm. /proc/PID/stat has the same two, but for a process' RSS newer kernels give a rough sum there.
bool read_statm(std::string_view text, const Units& units, Process& process) {
  const auto size = number<std::uint64_t>(next_field(text)),
             resident = number<std::uint64_t>(next_field(text));
  if (!size || !resident) return false;
  process.virtual_bytes = *size * units.page_bytes;
  process.resident_bytes = *resident * units.page_bytes;
  return true;
}

// Who changes the title that others see pads it with NULs or blanks.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  const std::size_t last = line.find_last_not_of(std::string_view("\0 ", 2));
  if (last == line.npos) return words;
  line = line.substr(0, last + 1);
  while (true) {
    const std::size_t end = line.find('\0');
    words.emplace_back(line.substr(0, end));
    if (end == line.npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::string_view last_part(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
  if (path.starts_with(kLibtoolPrefix)) path.remove_prefix(kLibtoolPrefix.size());
  return path;
}

// "12345 kB" behind "Pss:".
std::optional<std::uint64_t> proportional_bytes(std::string_view text) {
  constexpr std::string_view kKey = "\nPss:";
  constexpr std::uint64_t kKibibyte = 1024;
  std::size_t at = text.find(kKey);
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  at = text.find_first_not_of(' ');
  if (at == text.npos) return std::nullopt;
  text.remove_prefix(at);
  const auto kibibytes = number<std::uint64_t>(text.substr(0, text.find(' ')));
  if (!kibibytes) return std::nullopt;
  return *kibibytes * kKibibyte;
}

}  // namespace

Units Units::of_this_system() {
  Units units;
  if (const long page = ::sysconf(_SC_PAGESIZE); page > 0)
    units.page_bytes = static_cast<std::uint64_t>(page);
  if (const long ticks = ::sysconf(_SC_CLK_TCK); ticks > 0)
    units.ticks_per_second = static_cast<double>(ticks);
  return units;
}

std::string Process::name() const {
  return std::string(words.empty() ? std::string_view(title) : last_part(words[0]));
}

std::string Process::command() const {
  if (words.empty()) return fmt::format("[{}]", title);
  return fmt::format("{}", fmt::join(words, " "));
}

bool Process::is_called(std::string_view name) const {
  if (title == name) return true;
  if (words.empty()) return false;
  const std::string_view whole = words[0];
  const std::string_view first = whole.substr(0, whole.find_first_of(" :"));
  return last_part(whole) == name || last_part(first) == name;
}

Result<std::vector<int>> ProcessTable::pids() const {
  std::vector<int> pids;
  std::error_code error;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = number<int>(entry->path().filename().native());
    if (pid && *pid > 0) pids.push_back(*pid);
  }
  if (error) return failure(fmt::format("cannot list the processes in {}: {}", path_, error.message()));
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::optional<Process> ProcessTable::look(int pid) const {
  Process process;
  process.pid = pid;
  if (!read_stat(beginning_of(fmt::format("{}/{}/stat", path_, pid)), process)) return std::nullopt;
  process.words = words_of(beginning_of(fmt::format("{}/{}/cmdline", path_, pid)));
  return process;
}

bool ProcessTable::look_closer(Process& process, bool with_proportional) const {
  if (!read_statm(beginning_of(fmt::format("{}/{}/statm", path_, process.pid)), units_, process))
    return false;
  std::error_code error;
  unsigned descriptors = 0;
  fs::directory_iterator entry(fmt::format("{}/{}/fd", path_, process.pid), error), end;
  for (; !error && entry != end; entry.increment(error)) ++descriptors;
  if (!error) process.descriptors = descriptors;
  if (with_proportional) {
    process.proportional_bytes =
        proportional_bytes(beginning_of(fmt::format("{}/{}/smaps_rollup", path_, process.pid)));
  }
  return true;
}

}  // namespace milter_manager::report::processes
