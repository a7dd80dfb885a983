// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes/minutes.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <limits>
#include <utility>

namespace milter_manager::report::processes {
namespace {

template <typename Integer>
std::optional<double> as_double(std::optional<Integer> value) {
  return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

}  // namespace

Minutes::Minutes(const std::vector<std::string>& names) {
  assert(archive::layout(archive::Kind::process).sources.size() == kQuantities);
  for (const std::string& name : names) means_[name];
}

void Minutes::add_to_sums(const Measured& measured, std::map<std::string, Sums>& sums) {
  auto found = sums.find(measured.name);
  if (found == sums.end()) {
    if (sums.size() >= kMostNames) {
      has_left_out_ = true;
      return;
    }
    found = sums.emplace(measured.name, Sums()).first;
    found->second.fill(0.0);
  }
  const Process& process = measured.process;
  const Sums values = {1.0,
                       static_cast<double>(process.virtual_bytes),
                       static_cast<double>(process.resident_bytes),
                       as_double(process.proportional_bytes),
                       measured.cpu_percent,
                       as_double(process.descriptors),
                       static_cast<double>(process.threads)};
  for (std::size_t i = 0; i < kQuantities; ++i) {
    std::optional<double>& sum = found->second[i];
    sum = sum && values[i] ? std::optional<double>(*sum + *values[i]) : std::nullopt;
  }
}

std::vector<ProcessRow> Minutes::add(const Sample& sample) {
  const auto now = std::chrono::floor<std::chrono::minutes>(sample.moment.wall);
  std::vector<ProcessRow> finished;
  if (minute_ && now > *minute_) finished = end();
  minute_ = std::max(minute_.value_or(now), now);
  std::map<std::string, Sums> sums;
  for (const auto& [name, mean] : means_) sums[name].fill(0.0);
  for (const Measured& measured : sample.processes) add_to_sums(measured, sums);
  for (const auto& [name, values] : sums) {
    for (std::size_t i = 0; i < kQuantities; ++i) {
      Mean& mean = means_[name][i];
      mean.was_unknown = mean.was_unknown || !values[i];
      if (!values[i]) continue;
      mean.was_seen = mean.was_seen || *values[0] > 0;
      mean.sum += *values[i];
      ++mean.count;
    }
  }
  return finished;
}

std::vector<ProcessRow> Minutes::end() {
  std::vector<ProcessRow> finished;
  if (!minute_) return finished;
  for (auto& [name, means] : means_) {
    archive::Row row{*minute_, std::vector<double>(kQuantities, std::numeric_limits<double>::quiet_NaN())};
    for (std::size_t i = 0; i < kQuantities; ++i) {
      const bool is_known = means[i].count > 0 && (means[i].was_seen || !means[i].was_unknown);
      if (is_known) row.values[i] = means[i].sum / static_cast<double>(means[i].count);
    }
    means = {};
    finished.push_back({name, std::move(row)});
  }
  minute_.reset();
  return finished;
}

}  // namespace milter_manager::report::processes
