// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "milter-report/processes/process.h"
#include "milter-report/processes/selection.h"

namespace milter_manager::report::processes {

// A moment on two clocks: the wall's, for people, and the kernel's since the boot, which processes' starts are told in.
struct Moment {
  std::chrono::sys_seconds wall;
  std::chrono::duration<double> uptime{};

  static Moment now();
};

struct Measured {
  Process process;
  std::string name;  // as asked for; of one that was asked for by number its own name
  std::optional<double>
      cpu_percent;  // of one CPU, between the sample before and this one; none for who was not seen then
  double cpu_seconds = 0;  // since its start
};

struct Sample {
  Moment moment;
  std::vector<Measured> processes;    // in order of their pids
  std::vector<std::string> problems;  // what could not be read, a sentence each
};

// Looks at the selected processes again and again.
//
//   Sampler sampler(ProcessTable(), std::move(selection), true);
//   sampler.sample(Moment::now());  …  auto sample = sampler.sample(Moment::now());
//
// CPU percent is the CPU time between two samples divided by the time between them:
//   100 * (ticks now - ticks before) / ticks a second / (uptime now - uptime before)
// For a process that started in between, all its CPU time counts: it used it in between. A pid that is given to a new process is a new process.
// Memory: an entry for each selected process of the last sample.
class Sampler {
 public:
  Sampler(ProcessTable table, Selection selection, bool with_proportional)
      : table_(std::move(table)), selection_(std::move(selection)), with_proportional_(with_proportional) {}

  const Selection& selection() const { return selection_; }

  // Error: the list of processes can't be read. Processes that end meanwhile are left out.
  Result<Sample> sample(Moment moment);

 private:
  using Identity = std::pair<int, std::uint64_t>;  // pid and start

  void measure(Process process, std::string name, Sample& sample) const;

  ProcessTable table_;
  Selection selection_;
  bool with_proportional_;
  std::optional<Moment> before_;
  std::map<Identity, std::uint64_t> ticks_before_;
};

}  // namespace milter_manager::report::processes
