// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::report::processes {

// What Linux counts in.
struct Units {
  std::uint64_t page_bytes = 4096;
  double ticks_per_second = 100;

  static Units of_this_system();
};

// A process as /proc shows it at one moment. Everything here is chosen by whoever started it: nothing is safe to print
// (format.h makes it so).
struct Process {
  int pid = 0;
  std::string title;                // the kernel's short name of it, 15 bytes
  std::vector<std::string> words;   // the command line; empty for threads of the kernel. 4 KiB at most
  std::uint64_t started_ticks = 0;  // after the boot: with the pid it tells this process from a later one
  std::uint64_t cpu_ticks = 0;      // user and system, since the start
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_bytes = 0;
  unsigned threads = 0;
  // Only the process' own user and root may see these.
  std::optional<std::uint64_t> proportional_bytes;  // PSS: shared pages divided among those that share them
  std::optional<unsigned> descriptors;

  // The last part of the program's path, "smtpd", without the "lt-" of libtool's wrappers; of a thread of the kernel its title.
  std::string name() const;
  // "smtpd -n smtp -t inet", or "[kworker/0:1]".
  std::string command() const;
  // Whether it goes by this name: name(), its first word (processes that call themselves "spamd child" or "nginx: master"
  // are "spamd" and "nginx"), or its title (a script that its "#!" line started goes by the script's name there).
  bool is_called(std::string_view name) const;
};

// /proc, or a folder that looks like it.
class ProcessTable {
 public:
  explicit ProcessTable(std::string path = "/proc", Units units = Units::of_this_system())
      : path_(std::move(path)), units_(units) {}

  const Units& units() const { return units_; }

  // Those that run now, in order. Error: the folder can't be read.
  Result<std::vector<int>> pids() const;
  // Title, command line, start and CPU time, threads. No value where there is no such process, it is dead and not yet buried, or
  // what is there makes no sense. Cost: two small files.
  std::optional<Process> look(int pid) const;
  // Adds memory, and descriptors and (if wanted) PSS as far as they may be seen. Returns false where the process has ended.
  // Cost: an entry a descriptor; for PSS the kernel walks all of the process' memory, milliseconds a GiB.
  bool look_closer(Process& process, bool with_proportional) const;

 private:
  std::string path_;
  Units units_;
};

}  // namespace milter_manager::report::processes
