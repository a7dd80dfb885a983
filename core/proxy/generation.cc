// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/generation.h"

#include <algorithm>
#include <utility>

#include "core/proxy/session_settings.h"

namespace milter_manager::proxy {

Generation::Generation(const Surroundings& surroundings, LoadMeters& meters,
                       std::shared_ptr<const config::Configuration> its_configuration, Generation* before)
    : configuration(std::move(its_configuration)), known(0) {
  auto made = make_session_settings(*configuration);
  settings = std::move(made.settings);
  notes = std::move(made.notes);
  known = session::KnownChildren(settings->children.size());
  for (std::size_t i = 0; i < settings->children.size(); ++i) {
    const auto& name = settings->children[i].name;
    const int same = before == nullptr ? -1 : before->find(name, made.specs[i]);
    std::shared_ptr<ChildConnector> connector;
    if (same >= 0) {
      connector = before->milters[static_cast<std::size_t>(same)].connector;
      if (const auto* knowledge = before->known.find(same)) known.remember(static_cast<int>(i), *knowledge);
    } else {
      connector = std::make_shared<ChildConnector>(surroundings.loop, surroundings.logger, name,
                                                   std::move(made.specs[i]));
    }
    connector->teach([this, i](session::KnownChildren::Knowledge knowledge) {
      known.remember(static_cast<int>(i), std::move(knowledge));
    });
    milters.push_back({std::move(connector), &meters.of(name, surroundings.clock.now()),
                       config::find_milter(*configuration, name)});
  }
}

void Generation::probe() {
  for (auto& milter : milters) milter.connector->probe();
}

void Generation::retire(const Generation& next) {
  for (auto& milter : milters) {
    const auto& connector = milter.connector;
    if (next.find(connector->name(), connector->spec()) < 0) connector->retire();
  }
}

int Generation::find(const std::string& name, const net::ConnectionSpec& spec) const {
  const auto same = [&](const Milter& milter) {
    return milter.connector->name() == name && milter.connector->spec() == spec;
  };
  const auto found = std::find_if(milters.begin(), milters.end(), same);
  return found == milters.end() ? -1 : static_cast<int>(found - milters.begin());
}

}  // namespace milter_manager::proxy
