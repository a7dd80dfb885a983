// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/session/actions.h"
#include "test/simulation/play.h"

namespace milter_manager::simulation {

// Writes down what happened as a scenario (test/session/scenarios/README.md). What its format can't say stands in
// comments.
class Record {
 public:
  explicit Record(const Play& play);

  void line(std::string_view text) { text_.append(text).push_back('\n'); }
  void child(std::size_t index, std::string_view text);
  void mta_says(std::string_view packet);
  void mta_hears(std::string_view packet);
  void child_says(std::size_t index, std::string_view packet);
  void child_hears(std::size_t index, std::string_view packet);
  void waits(session::Time::duration time);
  void condition(std::size_t index, session::Stage stage, bool stops, bool refused_recipient);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace milter_manager::simulation
