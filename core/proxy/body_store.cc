// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/body_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

namespace milter_manager::proxy {
namespace {

// As long as the body pieces that MTAs send and milters are sent: a read then gives a whole one. (With one byte more,
// every other piece that a milter is shown would be that one byte.)
constexpr std::size_t kPiece = 65535;

// On a thread of the pool. -1 when there is no room or no right.
int open_nameless_file(const std::string& directory) {
#ifdef MILTER_MANAGER_HAVE_O_TMPFILE
  const int descriptor = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  // Not every file system has it.
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return descriptor;
#endif
  std::string path = directory + "/milter-manager-XXXXXX";
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

// Touched on the threads of the pool only, by one job at a time, and closed there: freeing the blocks of a
// big file takes time.
struct SpooledBody::File {
  int descriptor = -1;
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
};

struct SpooledBody::Job {
  std::shared_ptr<File> file;
  std::string directory;
  std::vector<std::string> to_write;
  std::string to_read;  // of the size that is to be read
  std::uint64_t offset = 0;
  bool failed = false;
  int error = 0;  // errno's value

  void run() {
    if (file->descriptor < 0) file->descriptor = open_nameless_file(directory);
    failed = file->descriptor < 0;
    for (const auto& piece : to_write) failed = failed || !write_all(file->descriptor, piece);
    for (std::size_t at = 0; !failed && at < to_read.size();) {
      const auto result =
          pread(file->descriptor, to_read.data() + at, to_read.size() - at, static_cast<off_t>(offset + at));
      if (result < 0 && errno == EINTR) continue;
      failed = result <= 0;
      if (result == 0) errno = EIO;  // somebody has shortened it
      at += failed ? 0 : static_cast<std::size_t>(result);
    }
    error = errno;
    file.reset();  // if this is the last reference, the file is closed here and not on the loop
  }
};

SpooledBody::SpooledBody(net::Loop& loop, BodyBudget& budget, std::string directory,
                         std::function<void()> progressed, Failed failed)
    : loop_(loop),
      budget_(budget),
      directory_(std::move(directory)),
      progressed_(std::move(progressed)),
      told_failure_(std::move(failed)) {}

SpooledBody::~SpooledBody() {
  budget_.give_back(budgeted_);
  if (file_ == nullptr) return;
  auto file = std::make_shared<std::shared_ptr<File>>(std::move(file_));
  const net::Work closing(
      loop_, [file] { file->reset(); }, [] {});
}

message::BodyStore::Progress SpooledBody::append(std::string_view bytes) {
  if (failed_) return Progress::failed;
  if (bytes.empty()) return busy_ ? Progress::pending : Progress::done;
  size_ += bytes.size();
  if (busy_) {
    assert(behind_read_.empty());
    behind_read_ = bytes;
    return Progress::pending;
  }
  if (file_ == nullptr && budget_.take(bytes.size())) {
    budgeted_ += bytes.size();
    keep(bytes);
    return Progress::done;
  }
  auto pieces = std::move(pieces_);
  pieces_.clear();
  pieces.emplace_back(bytes);
  return write(std::move(pieces));
}

void SpooledBody::keep(std::string_view bytes) {
  while (!bytes.empty()) {
    if (pieces_.empty() || pieces_.back().size() == kPiece) pieces_.emplace_back();
    auto& last = pieces_.back();
    const auto count = std::min(bytes.size(), kPiece - last.size());
    // A long body's pieces are filled up: growing them by doubling would copy them and take twice the memory.
    if (last.size() + bytes.size() > kPiece / 2) last.reserve(kPiece);
    last.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
}

message::BodyStore::Progress SpooledBody::write(std::vector<std::string> pieces) {
  if (file_ == nullptr) file_ = std::make_shared<File>();
  auto job = std::make_shared<Job>();
  job->to_write = std::move(pieces);
  start(std::move(job), [this](Job&) {
    // What moved to the file has left the memory.
    budget_.give_back(std::exchange(budgeted_, 0));
  });
  return Progress::pending;
}

void SpooledBody::start(std::shared_ptr<Job> job, std::function<void(Job&)> finished) {
  assert(!busy_);
  busy_ = true;
  job->file = file_;
  job->directory = directory_;
  work_ = net::Work(
      loop_, [job] { job->run(); },
      [this, job, finished = std::move(finished)] {
        busy_ = false;
        if (job->failed && !std::exchange(failed_, true))
          told_failure_(directory_ + ": " + std::generic_category().message(job->error));
        finished(*job);
        if (!behind_read_.empty()) write({std::exchange(behind_read_, {})});
        // A copy: who is told may be done with this body.
        const auto progressed = progressed_;
        progressed();
      });
}

message::BodyStore::Read SpooledBody::read(std::uint64_t offset, std::size_t max_bytes) {
  if (failed_) return {Progress::failed, {}};
  if (busy_) return {Progress::pending, {}};
  if (offset >= size_ || max_bytes == 0) return {};
  if (file_ == nullptr) return read_memory(offset, max_bytes);
  if (offset >= read_offset_ && offset < read_offset_ + read_.size()) {
    return {Progress::done, std::string_view(read_).substr(offset - read_offset_, max_bytes)};
  }
  auto job = std::make_shared<Job>();
  job->offset = offset;
  job->to_read.resize(static_cast<std::size_t>(std::min<std::uint64_t>(max_bytes, size_ - offset)));
  read_.clear();
  start(std::move(job), [this](Job& read) {
    read_ = std::move(read.to_read);
    read_offset_ = read.offset;
  });
  return {Progress::pending, {}};
}

message::BodyStore::Read SpooledBody::read_memory(std::uint64_t offset, std::size_t max_bytes) const {
  const std::string_view piece = pieces_[offset / kPiece];
  return {Progress::done, piece.substr(offset % kPiece, max_bytes)};
}

}  // namespace milter_manager::proxy
