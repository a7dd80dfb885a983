// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "core/archive/samples.h"

namespace milter_manager::report {
namespace {

constexpr const char* kLockName = ".milter-report-processes.lock";
constexpr mode_t kLockMode = 0600;  // who may open it may keep us out

}  // namespace

Result<ProcessArchives> ProcessArchives::open(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(fmt::format("cannot make the folder {}: {}", directory, error.message()));
  const std::string path = fmt::format("{}/{}", directory, kLockName);
  ProcessArchives archives(directory,
                           ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockMode));
  if (archives.lock_ < 0) return failure(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  if (::flock(archives.lock_, LOCK_EX | LOCK_NB) == 0) return archives;
  if (errno != EWOULDBLOCK) return failure(fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
  return failure(fmt::format("another run stores processes in {}; nothing was done", directory));
}

ProcessArchives::ProcessArchives(ProcessArchives&& other) noexcept
    : directory_(std::move(other.directory_)), lock_(std::exchange(other.lock_, -1)) {}

ProcessArchives::~ProcessArchives() {
  if (lock_ >= 0) ::close(lock_);
}

ProcessArchives::Stored ProcessArchives::store(const std::vector<processes::ProcessRow>& rows) const {
  constexpr auto kKind = archive::Kind::process;
  Stored stored;
  for (const processes::ProcessRow& one : rows) {
    const std::string path = fmt::format("{}/{}", directory_, archive::file_name(kKind, one.name));
    auto changes = archive::store_samples(path, archive::layout(kKind), std::span(&one.row, 1));
    if (changes) {
      stored.notes.insert(stored.notes.end(), changes->begin(), changes->end());
    } else {
      stored.notes.push_back(std::move(changes.error().message));
      stored.all = false;
    }
  }
  return stored;
}

}  // namespace milter_manager::report
