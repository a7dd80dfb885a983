// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/configuration.h"
#include "core/config/value.h"
#include "core/result.h"

namespace milter_manager::config {

// What a text must be, beyond being a text.
enum class Syntax : std::uint8_t { any, connection_spec, inet_connection_spec, log_level };

// How a value is shown.
enum class Style : std::uint8_t { plain, octal, nil_when_zero, secret, log_level };

struct Limits {
  double least = 0;
  double most = std::numeric_limits<std::uint32_t>::max();
  bool clamp = false;     // what is too big becomes `most` instead of being refused
  bool zero_too = false;  // 0 is allowed although it is less than `least`
};

// One row of the tables that the configuration language, the dump and the manual are made from.
// Target is Configuration, with names as in "manager.daemon", or Milter, with names as in "command".
template <typename Target>
struct Setting {
  std::string_view name;
  // Sets it to `value`; nil sets it as in `defaults`. The error says what was wanted, and starts with `label`.
  Result<void> (*set)(const Setting&, std::string_view label, const Value& value, Target&,
                      const Target& defaults);
  Value (*get)(const Target&);
  Syntax syntax = Syntax::any;
  Limits limits{};
  Style style = Style::plain;
  bool shown_only_when_set = false;  // younger than the files that people have
};

// In the order in which they are shown; a group's settings stand together.
const std::vector<Setting<Configuration>>& settings();
const std::vector<Setting<Milter>>& milter_settings();

// nullptr if there is none of that name. Cost: one pass over the table.
const Setting<Configuration>* find_setting(std::string_view name);
const Setting<Milter>* find_milter_setting(std::string_view name);

}  // namespace milter_manager::config
