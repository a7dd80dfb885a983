// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace milter_manager::launcher {
namespace {

struct Pipe {
  net::Descriptor read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure(std::strerror(errno));
  return Pipe{net::Descriptor(ends[0]), net::Descriptor(ends[1])};
}

struct Account {
  std::string name, home;
  uid_t user = 0;
  gid_t group = 0;
};

Result<std::optional<Account>> find_account(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return failure(fmt::format("No password entry: <{}>", name));
  return Account{entry->pw_name, entry->pw_dir, entry->pw_uid, entry->pw_gid};
}

bool become(const Account& account) {
  if (::initgroups(account.name.c_str(), account.group) != 0 || ::setgid(account.group) != 0 ||
      ::setuid(account.user) != 0) {
    return false;
  }
  // What was given up must not be had back.
  if (account.user != 0 && ::setuid(0) == 0) {
    errno = EPERM;
    return false;
  }
  ::setenv("HOME", account.home.c_str(), 1);
  ::setenv("USER", account.name.c_str(), 1);
  ::setenv("LOGNAME", account.name.c_str(), 1);
  return true;
}

// What whoever started the manager had open. Not the pipe for a failure, which exec closes.
void close_all_else() {
#ifdef CLOSE_RANGE_CLOEXEC
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
#endif
  const long most = std::min(::sysconf(_SC_OPEN_MAX), 65536L);
  for (int descriptor = 3; descriptor < most; ++descriptor) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// In the child. Returns only when that fails, with errno.
void run(const std::vector<std::string>& words, const std::optional<Account>& account, int output,
         int complaints) {
  ::setsid();
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input < 0 || ::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(complaints, 2) < 0) return;
  if (::chdir("/") != 0) return;
  ::umask(022);
  close_all_else();
  if (account && !become(*account)) return;
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
}

}  // namespace

Result<Started> start(const std::vector<std::string>& words, const std::string& user) {
  if (words.empty()) return failure("there is no command");
  const auto account = find_account(user);
  if (!account) return tl::unexpected(account.error());
  auto output = make_pipe(), complaints = make_pipe(), problem = make_pipe();
  for (const auto* pipe : {&output, &complaints, &problem}) {
    if (!*pipe) return tl::unexpected(pipe->error());
  }
  const pid_t pid = ::fork();
  if (pid < 0) return failure(std::strerror(errno));
  if (pid == 0) {
    run(words, *account, output->write.get(), complaints->write.get());
    const int number = errno;
    // Nobody can be told should this fail, too.
    [[maybe_unused]] const ssize_t told = ::write(problem->write.get(), &number, sizeof number);
    ::_exit(127);
  }
  problem->write = net::Descriptor();
  int number = 0;
  ssize_t told = 0;
  do told = ::read(problem->read.get(), &number, sizeof number);
  while (told < 0 && errno == EINTR);
  // A child that could not run its program is waited for like all others.
  if (told == sizeof number) return failure(std::strerror(number));
  for (const net::Descriptor* end : {&output->read, &complaints->read})
    ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  return Started{pid, std::move(output->read), std::move(complaints->read)};
}

}  // namespace milter_manager::launcher
