// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/text_syntax.h"

namespace milter_manager::config {
namespace {

class Check {
 public:
  explicit Check(const Configuration& configuration) : configuration_(configuration) {}

  std::vector<Problem> run() {
    const Manager& manager = configuration_.manager;
    if (manager.condition_timeout > manager.reply_deadline) {
      add(Problem::Severity::error,
          is_set("manager.condition_timeout") ? "manager.condition_timeout" : "manager.reply_deadline",
          fmt::format(
              "manager.condition_timeout should be at most manager.reply_deadline ({} s) but was {} s",
              manager.reply_deadline.count(), manager.condition_timeout.count()));
    }
    no_effect("manager.event_loop_backend");
    no_effect("manager.suspend_time_on_unacceptable");
    if (manager.packet_buffer_size > 0) {
      // What it asks for is done anyway: edits wait for the verdict, and go out together with it.
      add(Problem::Severity::warning, "manager.packet_buffer_size",
          "manager.packet_buffer_size has no effect: packets are always collected");
    }
    check_connection_checkers();
    if (!is_syslog_facility(configuration_.log.syslog_facility)) {
      add(Problem::Severity::warning, "log.syslog_facility",
          fmt::format("unknown syslog facility, mail is used: <{}>", configuration_.log.syslog_facility));
    }
    for (const Milter& milter : configuration_.milters) check_milter(milter);
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.severity > b.severity; });
    return std::move(problems_);
  }

 private:
  void check_milter(const Milter& milter) {
    const std::string key = fmt::format("milter[{}]", milter.name);
    if (!milter.enabled) return;
    if (!milter.connection_spec) {
      add(Problem::Severity::warning, key,
          fmt::format("{}: must set connection_spec: the milter is left out", milter.name));
      return;
    }
    const auto longest = std::max(milter.reading_timeout, milter.writing_timeout);
    if (longest > configuration_.manager.reply_deadline) {
      const bool reading = milter.reading_timeout >= milter.writing_timeout;
      const std::string timeout = key + (reading ? ".reading_timeout" : ".writing_timeout");
      add(Problem::Severity::warning, is_set(timeout) ? timeout : "manager.reply_deadline",
          fmt::format(
              "{}: a timeout of {} s is longer than manager.reply_deadline ({} s): the MTA may wait that "
              "long for a reply",
              milter.name, longest.count(), configuration_.manager.reply_deadline.count()));
    }
  }

  // One without the other looks as if clients were checked.
  void check_connection_checkers() {
    const Manager& manager = configuration_.manager;
    const bool any = !manager.connection_checkers.empty();
    if (any && manager.connection_check_interval == 0) {
      add(Problem::Severity::warning,
          is_set("manager.connection_check_interval") ? "manager.connection_check_interval"
                                                      : "manager.connection_checkers",
          "clients are not checked: manager.connection_check_interval is 0 seconds");
    } else if (!any && manager.connection_check_interval > 0) {
      add(Problem::Severity::warning, "manager.connection_check_interval",
          "manager.connection_check_interval has no effect: no connection checker is defined");
    }
  }

  void no_effect(std::string_view key) {
    if (is_set(key)) add(Problem::Severity::warning, key, fmt::format("{} has no effect", key));
  }

  bool is_set(std::string_view key) const {
    return configuration_.locations.find(key) != configuration_.locations.end();
  }

  void add(Problem::Severity severity, std::string_view key, std::string message) {
    Problem problem{severity, std::nullopt, std::move(message)};
    if (const auto found = configuration_.locations.find(key); found != configuration_.locations.end()) {
      problem.location = found->second;
    }
    problems_.push_back(std::move(problem));
  }

  const Configuration& configuration_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string format(const Problem& problem) {
  if (!problem.location) return problem.message;
  return fmt::format("{}:{}: {}", problem.location->file, problem.location->line, problem.message);
}

std::vector<Problem> check(const Configuration& configuration) { return Check(configuration).run(); }

}  // namespace milter_manager::config
