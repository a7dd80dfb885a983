// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/file_destination.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <system_error>
#include <utility>

namespace milter_manager::log {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

class File final : public Destination {
 public:
  using ReopenFailed = std::function<std::string(std::string_view)>;
  File(std::string path, int descriptor, ReopenFailed reopen_failed)
      : path_(std::move(path)), reopen_failed_(std::move(reopen_failed)) {
    use_descriptor(descriptor);
  }
  ~File() override { close_file(); }

  std::size_t write(const Lines& lines, std::size_t first) override {
    std::size_t next = first;
    while (next < lines.count()) {
      const ssize_t result = write_some(lines.from(next).substr(of_first_line_));
      if (result < 0 && (errno == EPIPE || errno == EBADF)) {
        of_first_line_ = 0;  // forgotten with the line
        forgotten_ += lines.count() - next;
        return lines.count() - first;
      }
      if (result <= 0) {
        error_ = errno;
        break;
      }
      next += whole_lines(lines, next, static_cast<std::size_t>(result));
    }
    return next - first;
  }

  void reopen() override {
    if (path_.empty() || path_ == "-") return;
    close_file();
    of_first_line_ = 0;
    // A named pipe that nobody reads must not hold the thread.
    const int opened = open_path(path_, O_NONBLOCK);
    if (opened >= 0) {
      fcntl(opened, F_SETFL, fcntl(opened, F_GETFL) & ~O_NONBLOCK);
      use_descriptor(opened);
      return;
    }
    const auto line = reopen_failed_(fmt::format("{}: {}", path_, reason(errno)));
    Lines lines;
    lines.add(line);
    write(lines, 0);
  }

  std::uint64_t forgotten() const override { return forgotten_; }

  std::string problem() const override {
    return fmt::format("{}: {}", path_.empty() || path_ == "-" ? "standard output" : path_,
                       error_ == EAGAIN ? "nobody reads it" : reason(error_));
  }

  static int open_path(const std::string& path, int more_flags = 0) {
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | more_flags, 0644);
  }

 private:
  // A pipe that is not read, or a terminal that is stopped, must not hold the thread, and with it the program's end:
  // these get no more than what they say they have room for.
  ssize_t write_some(std::string_view bytes) const {
    if (!is_plain_file_) {
      pollfd writable{descriptor_, POLLOUT, 0};
      if (poll(&writable, 1, 100) == 0) {
        errno = EAGAIN;
        return -1;
      }
      bytes = bytes.substr(0, PIPE_BUF);
    }
    ssize_t result = 0;
    do {
      // SIGPIPE is blocked on the writer's thread.
      result = ::write(descriptor_, bytes.data(), bytes.size());
    } while (result < 0 && errno == EINTR);
    return result;
  }

  void use_descriptor(int descriptor) {
    struct stat about {};
    descriptor_ = descriptor;
    is_plain_file_ = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
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
    use_descriptor(STDOUT_FILENO);
  }

  const std::string path_;
  int descriptor_ = STDOUT_FILENO;
  bool is_plain_file_ = false;
  const ReopenFailed reopen_failed_;
  int error_ = 0;  // of the last write
  std::uint64_t forgotten_ = 0;
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
  // A daemon's working directory will be another one when the file is opened anew.
  std::error_code unknown;
  const auto whole = std::filesystem::absolute(path, unknown);
  return std::make_unique<File>(unknown ? path : whole.string(), descriptor, std::move(reopen_failed));
}

}  // namespace milter_manager::log
