// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/file_destination.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace milter_manager::log {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

class File final : public Destination {
 public:
  using ReopenFailed = std::function<std::string(std::string_view)>;
  File(std::string path, int descriptor, ReopenFailed reopen_failed)
      : path_(std::move(path)), descriptor_(descriptor), reopen_failed_(std::move(reopen_failed)) {}
  ~File() override { close_file(); }

  std::size_t write(const Lines& lines, std::size_t first) override {
    const auto bytes = lines.from(first).substr(of_first_line_);
    const ssize_t result = write_some(bytes);
    if (result < 0 && (errno == EPIPE || errno == EBADF)) return lines.count() - first;
    if (result < 0) return 0;
    return whole_lines(lines, first, static_cast<std::size_t>(result));
  }

  void reopen() override {
    if (descriptor_ == STDOUT_FILENO) return;
    close_file();
    const int opened = open_path(path_);
    if (opened >= 0) {
      descriptor_ = opened;
      return;
    }
    const auto line = reopen_failed_(fmt::format("{}: {}", path_, reason(errno)));
    Lines lines;
    lines.add(line);
    write(lines, 0);
  }

  static int open_path(const std::string& path) {
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
  }

 private:
  ssize_t write_some(std::string_view bytes) const {
    for (;;) {
      // SIGPIPE is blocked on the writer's thread.
      const ssize_t result = ::write(descriptor_, bytes.data(), bytes.size());
      if (result >= 0 || (errno != EINTR && errno != EAGAIN)) return result;
      if (errno == EAGAIN) {
        pollfd writable{descriptor_, POLLOUT, 0};
        if (poll(&writable, 1, 100) == 0) {
          errno = EAGAIN;
          return -1;
        }
      }
    }
  }

  // How many lines are complete after `written` more bytes from `first` on.
  std::size_t whole_lines(const Lines& lines, std::size_t first, std::size_t written) {
    written += std::exchange(of_first_line_, 0);
    std::size_t next = first;
    while (next < lines.count() && written >= lines.line(next).size()) written -= lines.line(next++).size();
    of_first_line_ = written;
    return next - first;
  }

  void close_file() {
    if (descriptor_ != STDOUT_FILENO) close(descriptor_);
    descriptor_ = STDOUT_FILENO;
  }

  const std::string path_;
  int descriptor_;
  const ReopenFailed reopen_failed_;
  std::size_t of_first_line_ = 0;  // bytes of it that are written already
};

}  // namespace

Result<std::unique_ptr<Destination>> open_file_destination(
    const std::string& path, std::function<std::string(std::string_view)> reopen_failed) {
  if (path.empty() || path == "-")
    return std::make_unique<File>(path, STDOUT_FILENO, std::move(reopen_failed));
  const int descriptor = File::open_path(path);
  if (descriptor < 0)
    return failure(fmt::format("failed to set log output path: <{}>: {}", path, reason(errno)));
  return std::make_unique<File>(path, descriptor, std::move(reopen_failed));
}

}  // namespace milter_manager::log
