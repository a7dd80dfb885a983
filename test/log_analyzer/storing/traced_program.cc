// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/storing/traced_program.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>

namespace milter_manager::log_analyzer {
namespace {

// Newer machines have only the calls with "at".
constexpr long kNeedRoom[] = {SYS_write,           SYS_pwrite64,  SYS_writev, SYS_ftruncate,
                              SYS_copy_file_range, SYS_fallocate,
#ifdef SYS_mkdir
                              SYS_mkdir,           SYS_link,
#endif
                              SYS_mkdirat,         SYS_linkat};
constexpr long kOthers[] = {SYS_fsync,    SYS_fdatasync, SYS_msync, SYS_renameat2, SYS_unlinkat,
#ifdef SYS_rename
                            SYS_rename,   SYS_unlink,    SYS_chmod,
#endif
#ifdef SYS_renameat
                            SYS_renameat,
#endif
                            SYS_fchmod,   SYS_fchown};

void trap_changes() {
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  std::vector<long> numbers(std::begin(kNeedRoom), std::end(kNeedRoom));
  numbers.insert(numbers.end(), std::begin(kOthers), std::end(kOthers));
  for (const long number : numbers) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    ::_exit(126);
  }
}

[[noreturn]] void become_analyzer(const ScratchDirectory& directory,
                                  const std::vector<std::string>& arguments) {
  const int errors = ::open((directory / "errors").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int nothing = ::open("/dev/null", O_RDWR);
  if (::chdir(directory.path().c_str()) != 0 || ::dup2(nothing, 0) < 0 || ::dup2(nothing, 1) < 0 ||
      ::dup2(errors, 2) < 0) {
    ::_exit(126);
  }
  ::setenv("TZ", "UTC", 1);
  ::setenv("LC_ALL", "C", 1);
  ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // the leak checker needs to trace the process itself
  std::vector<char*> argv;
  std::string program = ANALYZER;
  argv.push_back(program.data());
  std::vector<std::string> words = arguments;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || ::raise(SIGSTOP) != 0) ::_exit(126);
  trap_changes();
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

long number_of_call(pid_t pid) {
#if defined(__x86_64__)
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  return static_cast<long>(registers.orig_rax);
#elif defined(__aarch64__)
  user_regs_struct registers{};
  iovec area{&registers, sizeof registers};
  ::ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area);
  return static_cast<long>(registers.regs[8]);
#else
#error "how a system call is skipped is not known for this machine"
#endif
}

void let_fail(pid_t pid, int error) {
#if defined(__x86_64__)
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  registers.orig_rax = static_cast<unsigned long long>(-1);
  registers.rax = static_cast<unsigned long long>(-error);
  ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
#elif defined(__aarch64__)
  int none = -1;
  iovec call{&none, sizeof none};
  ::ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &call);
  user_regs_struct registers{};
  iovec area{&registers, sizeof registers};
  ::ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area);
  registers.regs[0] = static_cast<unsigned long long>(-error);
  ::ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &area);
#endif
}

bool needs_room(pid_t pid) {
  return std::find(std::begin(kNeedRoom), std::end(kNeedRoom), number_of_call(pid)) != std::end(kNeedRoom);
}

// The file descriptor that a call of write() has; -1 for other calls.
int written_descriptor(pid_t pid) {
#if defined(__x86_64__)
  user_regs_struct registers{};
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  return registers.orig_rax == SYS_write ? static_cast<int>(registers.rdi) : -1;
#else
  user_regs_struct registers{};
  iovec area{&registers, sizeof registers};
  ::ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &area);
  return registers.regs[8] == SYS_write ? static_cast<int>(registers.regs[0]) : -1;
#endif
}

// Not to the disk: to standard error, which the tests want to read, or through a pipe, by which a sanitizer finds
// out what memory it may read.
bool is_no_change(pid_t pid) {
  const int descriptor = written_descriptor(pid);
  if (descriptor == -1) return false;
  std::error_code error;
  const auto target = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", pid, descriptor), error);
  return descriptor == 2 || target.native().compare(0, 5, "pipe:") == 0;
}

}  // namespace

TracedRun analyze_with(const Accident& accident, const ScratchDirectory& directory,
                       const std::vector<std::string>& arguments) {
  const pid_t pid = ::fork();
  if (pid == 0) become_analyzer(directory, arguments);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(::ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) == 0);
  TracedRun run;
  int signal = 0;
  while (::ptrace(PTRACE_CONT, pid, nullptr, signal) == 0 && ::waitpid(pid, &status, 0) == pid &&
         WIFSTOPPED(status)) {
    signal = WSTOPSIG(status);
    if (signal != SIGTRAP) continue;
    signal = 0;
    if (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) || is_no_change(pid)) continue;
    ++run.calls;
    const bool is_now = run.calls == accident.at;
    if (is_now && accident.error == 0) {
      ::kill(pid, SIGKILL);
      REQUIRE(::waitpid(pid, &status, 0) == pid);
      break;
    } else if (is_now ||
               (accident.from_then_on && accident.at > 0 && run.calls > accident.at && needs_room(pid))) {
      let_fail(pid, accident.error);
    }
  }
  run.was_killed = WIFSIGNALED(status);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run.errors = read_file(directory / "errors");
  std::filesystem::remove(directory / "errors");
  return run;
}

}  // namespace milter_manager::log_analyzer
