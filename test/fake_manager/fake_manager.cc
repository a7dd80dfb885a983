// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/fake_manager/fake_manager.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "core/metrics/event_counter.h"
#include "core/metrics/total.h"

namespace milter_manager {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

void count_mail(metrics::EventCounter& counter, Status status, Group group, double waited, int times) {
  for (int i = 0; i < times; ++i) {
    statistics::MilterMessage verdict;
    verdict.state = State::end_of_message;
    verdict.status = status;
    verdict.group = group;
    verdict.recipients = 2;
    verdict.rejected = status == Status::reject ? 1 : 0;
    verdict.waited = waited;
    verdict.name = group == Group::enforced ? "clamav-milter" : "milter-greylist";
    counter.count(verdict);
    statistics::MilterEnd part;
    part.state = State::quit;
    part.status = status;
    part.name = verdict.name;
    counter.count(part);
    statistics::MessageEnd message;
    message.state = State::end_of_message;
    message.status = group == Group::enforced ? status : Status::pass;
    message.elapsed = waited + 0.5;
    message.bytes = 2048;
    message.recipients = 2;
    message.refused = group == Group::enforced ? verdict.rejected : 0;
    counter.count(message);
    counter.count(statistics::SessionEnd{State::quit, message.status, waited + 1, 1});
  }
}

supervision::ProcessStatus process(std::uint32_t worker) {
  using MilterState = supervision::MilterStatus::State;
  supervision::ProcessStatus status;
  status.worker = worker;
  status.pid = 1000 + static_cast<int>(worker);
  status.started_at = 1'700'000'000 + worker;
  status.sessions_open = worker;
  status.sessions_finished = 10 * worker;
  status.children_open = 2 * worker;
  status.max_connections = 500;
  status.accepting = worker == 1;
  status.milters = {{"clamav-milter", MilterState::reachable, 2, "", 0},
                    {"milter-greylist", worker == 1 ? MilterState::reachable : MilterState::unreachable, 0,
                     worker == 1 ? "" : "connection refused", worker == 1 ? 0.0 : 1'700'003'000.0},
                    {"sampled", MilterState::stopped, 0, "", 0}};
  metrics::EventCounter counter;
  count_mail(counter, Status::pass, Group::enforced, 0.04, 20);
  count_mail(counter, Status::reject, Group::enforced, 1.5, 1);
  count_mail(counter, Status::temporary_failure, Group::evaluated, 0.002, 3);
  metrics::Counts counts = counter.counts();
  proxy::MilterStanding standing;
  standing.name = "clamav-milter";
  standing.open = 2;
  standing.busy = 1;
  standing.errors = 3;
  standing.timeouts = 2;
  standing.reply_deadline_hits = 1;
  metrics::Standing all;
  all.server.sessions_open = worker;
  all.server.accepting = status.accepting;
  all.milters = {standing};
  metrics::add_standing(all, counts);
  status.measurements = metrics::encode(counts);
  return status;
}

}  // namespace

log::Settings silent() {
  log::Settings settings;
  settings.use_output = false;
  settings.use_syslog = false;
  return settings;
}

config::Configuration example_configuration() {
  config::Configuration configuration;
  configuration.conditions.resize(2);
  configuration.conditions[0].name = "S25R";
  configuration.conditions[0].description = "Selective SMTP Rejection <dynamic> & \"dial-up\"";
  configuration.conditions[1].name = "Remote Network";
  configuration.milters.resize(4);
  configuration.milters[0].name = "clamav-milter";
  configuration.milters[0].connection_spec = "unix:/run/clamav/milter.sock";
  configuration.milters[0].fallback_status = config::FallbackStatus::temporary_failure;
  configuration.milters[0].command = "/etc/init.d/clamav-milter";
  configuration.milters[0].command_options = "start";
  configuration.milters[1].name = "milter-greylist";
  configuration.milters[1].description = "delays";
  configuration.milters[1].connection_spec = "inet:11125@localhost";
  configuration.milters[1].evaluation_mode = true;
  configuration.milters[1].applicable_conditions = {"S25R", "Remote Network"};
  configuration.milters[2].name = "sampled";
  configuration.milters[2].connection_spec = "inet:11126";
  configuration.milters[3].name = "off";
  configuration.milters[3].enabled = false;
  return configuration;
}

supervision::Snapshot example_snapshot() {
  supervision::Snapshot snapshot;
  snapshot.pid = 1000;
  snapshot.started_at = 1'700'000'000;
  snapshot.n_workers = 2;
  snapshot.worker_restarts = 1;
  snapshot.reloads = 4;
  snapshot.failed_reloads = 1;
  snapshot.configured_at = 1'700'003'000;
  snapshot.connection_spec = "unix:/run/milter-manager/milter-manager.sock";
  snapshot.processes = {process(1), process(2)};
  snapshot.breakers = {{"clamav-milter", true, 2}};
  snapshot.log_waiting = 4096;
  snapshot.sessions_finished = 48;
  snapshot.log_lines = 1234;
  snapshot.log_dropped = 5;
  snapshot.sessions_open = 3;
  snapshot.children_open = 6;
  const auto measured = metrics::measurements();
  snapshot.measurements =
      measured.add(snapshot.processes[0].measurements, snapshot.processes[1].measurements);
  return snapshot;
}

void check_golden(const std::string& path, const std::string& text) {
  if (std::getenv("MILTER_MANAGER_ACCEPT_GOLDEN") != nullptr) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
    REQUIRE(file);
    std::fwrite(text.data(), 1, text.size(), file.get());
    return;
  }
  CHECK(read_file(path) == text);
}

}  // namespace milter_manager
