// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes/sampler.h"

#include <time.h>

#include <algorithm>

namespace milter_manager::report::processes {

Moment Moment::now() {
  timespec since_boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return {std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
          std::chrono::duration<double>(static_cast<double>(since_boot.tv_sec) +
                                        static_cast<double>(since_boot.tv_nsec) * 1e-9)};
}

void Sampler::measure(Process process, std::string name, Sample& sample) const {
  if (!table_.look_closer(process, with_proportional_)) return;
  const double ticks_per_second = table_.units().ticks_per_second;
  Measured measured;
  measured.cpu_seconds = static_cast<double>(process.cpu_ticks) / ticks_per_second;
  if (before_ && sample.moment.uptime > before_->uptime) {
    const auto seen = ticks_before_.find({process.pid, process.started_ticks});
    const bool is_new =
        static_cast<double>(process.started_ticks) / ticks_per_second >= before_->uptime.count();
    if (seen != ticks_before_.end() || is_new) {
      const std::uint64_t ticks = seen == ticks_before_.end() ? 0 : seen->second;
      // The kernel's sum of user and system time may step back by a tick.
      const std::uint64_t used = process.cpu_ticks - std::min(ticks, process.cpu_ticks);
      measured.cpu_percent = 100 * static_cast<double>(used) / ticks_per_second /
                             (sample.moment.uptime - before_->uptime).count();
    }
  }
  measured.name = std::move(name);
  measured.process = std::move(process);
  sample.processes.push_back(std::move(measured));
}

Result<Sample> Sampler::sample(Moment moment) {
  Sample sample;
  sample.moment = moment;
  const std::vector<int> told = selection_.pids(sample.problems);
  // Without names there is no need to look at the others.
  auto pids = selection_.has_names() ? table_.pids() : Result<std::vector<int>>(told);
  if (!pids) return tl::unexpected(pids.error());
  for (const int pid : *pids) {
    auto process = table_.look(pid);
    if (!process) continue;
    std::string name(selection_.name_of(*process));
    if (name.empty() && !std::binary_search(told.begin(), told.end(), pid)) continue;
    if (!selection_.passes_filters(*process)) continue;
    if (name.empty()) name = process->name();
    measure(std::move(*process), std::move(name), sample);
  }
  ticks_before_.clear();
  for (const Measured& one : sample.processes) {
    ticks_before_[{one.process.pid, one.process.started_ticks}] = one.process.cpu_ticks;
  }
  before_ = moment;
  return sample;
}

}  // namespace milter_manager::report::processes
