// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/proxy/body_store.h"
#include "core/proxy/child_connector.h"
#include "core/proxy/condition_evaluator.h"
#include "core/proxy/connection_checker.h"
#include "core/proxy/load.h"
#include "core/session/session.h"

namespace milter_manager::proxy {

// What all connections of a process share.
struct Surroundings {
  net::Loop& loop;
  log::Logger& logger;
  const session::Clock& clock;
  session::TagSource& tags;
  ConditionEvaluator& conditions;
  BodyBudget& bodies;
  std::string spool_directory;
  // Has the milter's command started; false where that is not possible.
  std::function<bool(const config::Milter&)> start_milter;
  ConnectionChecker* connection_checker = nullptr;  // none: nobody looks whether SMTP clients are still there
  std::function<void(const statistics::Event&)> on_event =
      nullptr;                                       // sees what sessions report; may be empty
  std::chrono::duration<double> packet_timeout{60};  // see ServerOptions
};

// One configuration in force, with what is known of its milters. A reload makes a new one; sessions keep
// theirs.
struct Generation {
  // Takes over from the one `before` what is known of the milters that stay; null: there is none.
  Generation(const Surroundings& surroundings, LoadMeters& meters,
             std::shared_ptr<const config::Configuration> its_configuration, Generation* before);

  // Learns what the milters want.
  void probe();
  // No new session uses it, but `next`.
  void retire(const Generation& next);

  const std::shared_ptr<const config::Configuration> configuration;
  std::shared_ptr<const session::Settings> settings;
  std::vector<std::string> notes;  // for the log
  session::KnownChildren known;
  // By index of settings->children.
  struct Milter {
    std::shared_ptr<ChildConnector> connector;
    LoadMeter* meter;
    const config::Milter* definition;
  };
  std::vector<Milter> milters;

 private:
  // The index of the milter of that name and place; -1: there is none.
  int find(const std::string& name, const net::ConnectionSpec& spec) const;
};

}  // namespace milter_manager::proxy
