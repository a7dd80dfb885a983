// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/session_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace milter_manager::proxy {

session::Fallback fallback_of(config::FallbackStatus status) {
  switch (status) {
    case config::FallbackStatus::accept:
      return session::Fallback::accept;
    case config::FallbackStatus::reject:
      return session::Fallback::reject;
    case config::FallbackStatus::temporary_failure:
      return session::Fallback::temporary_failure;
    case config::FallbackStatus::discard:
      return session::Fallback::discard;
  }
  return session::Fallback::accept;
}

namespace {

static_assert(static_cast<int>(config::Stage::end_of_message) ==
                  static_cast<int>(session::Stage::end_of_message),
              "sets of stages are taken over as they are");

session::ChildSettings child_settings(const config::Configuration& configuration,
                                      const config::Milter& milter, session::Settings& settings) {
  session::ChildSettings child;
  child.name = milter.name;
  child.fallback = fallback_of(milter.fallback_status);
  child.evaluation = milter.evaluation_mode;
  child.enforcement_share = milter.enforcement_share;
  child.deferring = milter.deferring;
  child.connection_timeout = milter.connection_timeout;
  child.writing_timeout = milter.writing_timeout;
  child.reading_timeout = milter.reading_timeout;
  child.end_of_message_timeout = milter.end_of_message_timeout;
  for (const auto& name : milter.applicable_conditions) {
    const auto* condition = config::find_condition(configuration, name);
    if (condition == nullptr) continue;
    child.condition_stages |= condition->stages;
    settings.rejected_recipients |= condition->refused_recipients;
  }
  return child;
}

}  // namespace

SessionSettings make_session_settings(const config::Configuration& configuration) {
  SessionSettings result;
  auto settings = std::make_shared<session::Settings>();
  const auto& manager = configuration.manager;
  settings->fallback = fallback_of(manager.fallback_status);
  settings->reply_deadline = manager.reply_deadline;
  settings->condition_timeout = manager.condition_timeout;
  settings->session_deadline = manager.session_deadline;
  settings->chunk_size = std::clamp<std::size_t>(manager.chunk_size, 1, 65535);
  settings->checks_client = manager.connection_check_interval > 0 && !manager.connection_checkers.empty();
  settings->message_events = true;  // [milter][load] counts messages also where no line is written for them

  for (const auto& milter : configuration.milters) {
    if (!milter.enabled) continue;
    if (!milter.connection_spec) {
      result.notes.push_back(fmt::format("[milter][error] must set connection spec: {}", milter.name));
      continue;
    }
    const auto spec = net::parse_connection_spec(*milter.connection_spec);
    if (!spec) {
      result.notes.push_back(fmt::format("[milter][error] {}: {}", spec.error().message, milter.name));
      continue;
    }
    result.specs.push_back(*spec);
    settings->children.push_back(child_settings(configuration, milter, *settings));
    const auto longest = std::max(milter.reading_timeout, milter.writing_timeout);
    if (longest > settings->reply_deadline) {
      settings->reply_deadline = longest;
      result.notes.push_back(fmt::format(
          "[milter][deadline] the MTA may wait for an answer up to {:g} seconds, as {} may take so long",
          longest.count(), milter.name));
    }
  }
  result.settings = std::move(settings);
  return result;
}

}  // namespace milter_manager::proxy
