// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <utility>

namespace milter_manager::detect {
namespace {

constexpr std::size_t kMaxWarnings = 100;  // of one host: more of them tell nothing new
constexpr std::size_t kLongestMessage = 500;
constexpr int kMaxLinks = 16;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string target_of(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead < 0x80                   ? 0
                     : lead >= 0xc2 && lead < 0xe0 ? 1
                     : lead >= 0xe0 && lead < 0xf0 ? 2
                     : lead >= 0xf0 && lead < 0xf5 ? 3
                                                   : -1;
    if (more < 0) return false;
    unsigned point = more == 0 ? lead : lead & (0x3fU >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
      point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
    }
    if ((more == 2 && point < 0x800) || (more == 3 && point < 0x10000) || point > 0x10ffff ||
        (point >= 0xd800 && point < 0xe000))
      return false;
  }
  return true;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string Files::place_of(const std::string& path) const {
  std::string place = root_ + path;
  if (root_.empty()) return place;
  for (int links = 0; links < kMaxLinks; ++links) {
    const std::string target = target_of(place);
    if (target.empty()) break;
    place = target.front() == '/' ? root_ + target : place.substr(0, place.rfind('/') + 1) + target;
  }
  return place;
}

std::optional<std::string> Files::read(const std::string& path) {
  if (path.empty() || path.front() != '/') return std::nullopt;  // whose folder it would be below isn't known
  const Descriptor file(::open(place_of(path).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.number() < 0) {
    if (errno != ENOENT && errno != ENOTDIR)
      warn(path, 0, fmt::format("can't be read: {}", std::strerror(errno)));
    return std::nullopt;
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    warn(path, 0, "can't be read: it is no file");
    return std::nullopt;
  }
  std::string text(kMaxBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      warn(path, 0, fmt::format("can't be read: {}", std::strerror(errno)));
      return std::nullopt;
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(std::min(size, kMaxBytes));
  if (size > kMaxBytes) warn(path, 0, "is longer than 1 MiB: what comes after that is not looked at");
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
    const auto lines =
        std::count(text.begin(), text.begin() + static_cast<std::string::difference_type>(nul), '\n');
    warn(path, static_cast<int>(lines) + 1, "has a NUL byte: what comes after it is not looked at");
    text.resize(nul);
  }
  return text;
}

bool Files::is_file(const std::string& path) const {
  struct stat status {};
  return ::stat(place_of(path).c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool Files::is_executable(const std::string& path) const {
  return is_file(path) && ::access(place_of(path).c_str(), X_OK) == 0;
}

bool Files::exists(const std::string& path) const {
  struct stat status {};
  return ::lstat((root_ + path).c_str(), &status) == 0;
}

bool Files::is_link_to(const std::string& path, std::string_view target) const {
  return target_of(root_ + path) == target;
}

std::vector<std::string> Files::names_in(const std::string& folder) const {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entries(place_of(folder), error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
    names.push_back(entries->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void Files::warn(const std::string& path, int line, std::string message) {
  if (problems_.size() >= kMaxWarnings) return;
  // It may show what the file holds.
  if (message.size() > kLongestMessage) message = message.substr(0, kLongestMessage) + "…";
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  config::Problem problem{config::Problem::Severity::warning, config::Location{root_ + path, line},
                          std::move(message)};
  if (line == 0) {  // the file as a whole
    problem.location.reset();
    problem.message = fmt::format("{}{}: {}", root_, path, problem.message);
  }
  const auto same = [&](const config::Problem& other) { return format(other) == format(problem); };
  if (std::none_of(problems_.begin(), problems_.end(), same)) problems_.push_back(std::move(problem));
}

std::optional<std::string> Files::plain(const std::string& path, int line, std::string_view what,
                                        std::string text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
  if (!control && is_utf8(text)) return text;
  warn(path, line, fmt::format("{} is not used: it has bytes that are no text", what));
  return std::nullopt;
}

}  // namespace milter_manager::detect
