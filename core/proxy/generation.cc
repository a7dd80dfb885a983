// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/generation.h"

#include <utility>

#include "core/proxy/session_settings.h"

namespace milter_manager::proxy {

Generation::Generation(const Surroundings& surroundings, LoadMeters& meters,
                       std::shared_ptr<const config::Configuration> its_configuration)
    : configuration(std::move(its_configuration)), known(0) {
  auto made = make_session_settings(*configuration);
  settings = std::move(made.settings);
  notes = std::move(made.notes);
  known = session::KnownChildren(settings->children.size());
  for (std::size_t i = 0; i < settings->children.size(); ++i) {
    const auto& name = settings->children[i].name;
    auto learnt = [this, i](session::KnownChildren::Knowledge knowledge) {
      known.remember(static_cast<int>(i), std::move(knowledge));
    };
    auto connector = std::make_unique<ChildConnector>(surroundings.loop, surroundings.logger, name,
                                                      std::move(made.specs[i]), std::move(learnt));
    milters.push_back({std::move(connector), &meters.of(name, surroundings.clock.now()),
                       config::find_milter(*configuration, name)});
  }
}

void Generation::probe() {
  for (auto& milter : milters) milter.connector->probe();
}

void Generation::retire() {
  for (auto& milter : milters) milter.connector->retire();
}

}  // namespace milter_manager::proxy
