// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/hosts.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "core/archive/layout.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

// A log may claim hosts of any name, at any time.
std::optional<std::chrono::sys_seconds> seconds_of(const std::optional<double>& time) {
  constexpr double kLatest = 253402300799;  // the end of the year 9999
  if (!time || !(*time >= 0 && *time <= kLatest)) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(*time)));
}

}  // namespace

LogHosts hosts_of(const maillog::ReadState& state) {
  std::set<std::string_view> managers;
  for (const maillog::ProcessState& process : state.processes) managers.insert(process.host);
  LogHosts hosts;
  for (const maillog::HostState& host : state.hosts) {
    const auto newest = seconds_of(host.clock.newest);
    if (newest) hosts.newest = std::max(hosts.newest.value_or(*newest), *newest);
    hosts.shown.push_back({shown_name(archive::safe_name(host.name)), newest, managers.count(host.name) > 0});
  }
  std::sort(hosts.shown.begin(), hosts.shown.end(), [](const LogHost& a, const LogHost& b) {
    return std::tuple(!a.has_manager, std::string_view(a.name)) <
           std::tuple(!b.has_manager, std::string_view(b.name));
  });
  if (hosts.shown.size() > LogHosts::kMaximum) {
    hosts.more = hosts.shown.size() - LogHosts::kMaximum;
    hosts.shown.resize(LogHosts::kMaximum);
  }
  return hosts;
}

}  // namespace milter_manager::log_analyzer
