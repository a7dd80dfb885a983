// SPDX-License-Identifier: GPL-3.0-or-later
// Milter::Manager::Native, the part that platform files are written on. As in native.cc: arguments first, then C++ that
// does not raise, then the Ruby object of the answer.
#include <ruby.h>

#include "core/detect/detect.h"
#include "core/ruby/conversion.h"
#include "core/ruby/native.h"
#include "core/ruby/reading.h"

namespace milter_manager::ruby {
namespace {

config::Scalar scalar(const std::optional<std::string>& text) {
  return text ? config::Scalar(*text) : config::Scalar();
}

config::Value table_of(const detect::Milter& milter) {
  return config::Table{
      {"name", milter.name},
      {"enabled", milter.enabled},
      {"description", scalar(milter.description)},
      {"connection_spec", scalar(milter.connection_spec)},
      {"command", milter.command.empty() ? config::Scalar() : config::Scalar(milter.command)},
      {"command_options",
       milter.command_options.empty() ? config::Scalar() : config::Scalar(milter.command_options)},
      {"tarpit", std::int64_t{milter.tarpit}},
  };
}

// What files say that can't be understood is a warning; where the host keeps them: package.options' "root".
VALUE builder_detect_milter(VALUE self, VALUE name) {
  Reading& reading = writable(self);
  want_text(name);
  [&]() noexcept {
    const config::Package& package = reading.builder.configuration().package;
    const auto root = package.options.find("root");
    detect::Detection detection =
        detect::detect_milter({package.platform.value_or(""), package.options,
                               root == package.options.end() ? std::string() : root->second},
                              to_text(name));
    reading.answers.clear();
    for (const detect::Milter& milter : detection.milters) reading.answers.push_back(table_of(milter));
    for (config::Problem& problem : detection.problems) reading.problems.push_back(std::move(problem));
  }();
  const VALUE list = rb_ary_new();
  for (const config::Value& milter : reading.answers) rb_ary_push(list, to_ruby(milter));
  return list;
}

}  // namespace

void define_detection_functions(VALUE builder) {
  rb_define_method(builder, "detect_milter", builder_detect_milter, 1);
}

}  // namespace milter_manager::ruby
