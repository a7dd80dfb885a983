// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ruby.h>

#include <string>
#include <vector>

#include "core/config/builder.h"
#include "core/config/check.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::ruby {

// One reading of the configuration, as the Ruby library sees it: the object of class Milter::Manager::Native::Builder
// owns it and lives as long as the blocks of that configuration do.
struct Reading {
  explicit Reading(config::Configuration defaults) : builder(std::move(defaults)) {}

  config::Builder builder;
  std::vector<config::Configuration> checkpoints;
  std::vector<config::Problem> problems;
  bool open = true;  // once closed, it can be read only

  // What a call of the library returns is kept here: making the Ruby object may raise, and nothing that has a
  // destructor may stand on the stack then.
  config::Value answer;
  std::vector<config::Value> answers;
};

// Defines Milter::Manager::Native. Raises what Ruby raises; call within protect().
void define_native(const LogSink* log, const std::string* prefix);

// Of the object that owns it. Raise when it is another object; when the reading is over.
Reading& readable(VALUE self);
Reading& writable(VALUE self);

// native_conditions.cc: what the settings of built-in conditions need. Raises as define_native() does.
void define_condition_functions(VALUE native, VALUE builder);

// native_detection.cc: what platform files need. Raises as define_native() does.
void define_detection_functions(VALUE builder);

// The Ruby object that owns `reading` from now on. Raises only before it has taken it.
VALUE wrap_reading(Reading* reading);

}  // namespace milter_manager::ruby
