// SPDX-License-Identifier: GPL-3.0-or-later
// Milter::Manager::Native: what the Ruby library is written on. A function here first checks its arguments (which
// may raise), then calls C++ (which must not), then makes the Ruby object of the answer kept in the reading.
#include "core/ruby/native.h"

#include <ruby.h>
#include <unistd.h>

#include "core/config/setting.h"
#include "core/ruby/conversion.h"
#include "core/ruby/reading.h"

namespace milter_manager::ruby {
namespace {

const LogSink* log_sink = nullptr;  // set once at boot; a Ruby function can carry no pointer of its own
const std::string* install_prefix = nullptr;
pid_t own_pid = 0;

void free_reading(void* reading) { delete static_cast<Reading*>(reading); }
std::size_t size_of_reading(const void*) { return sizeof(Reading) + sizeof(config::Configuration); }

const rb_data_type_t kReadingType = {
    "Milter::Manager::Native::Builder",
    {nullptr, free_reading, size_of_reading, nullptr, {nullptr}},
    nullptr,
    nullptr,
    RUBY_TYPED_FREE_IMMEDIATELY,
};

}  // namespace

VALUE native_module() {
  const VALUE manager = rb_define_module_under(rb_define_module("Milter"), "Manager");
  return rb_define_module_under(manager, "Native");
}

void want_text(VALUE text) { Check_Type(text, T_STRING); }

config::Location location_of(VALUE file, VALUE line) noexcept {
  return {to_text(file), FIXNUM_P(line) ? static_cast<int>(FIX2LONG(line)) : 0};
}

Reading& readable(VALUE self) {
  auto* reading = static_cast<Reading*>(rb_check_typeddata(self, &kReadingType));
  if (!reading) rb_raise(rb_eArgError, "not made by the manager");
  return *reading;
}

Reading& writable(VALUE self) {
  Reading& reading = readable(self);
  if (!reading.open)
    rb_raise(rb_eRuntimeError, "the configuration has been read: it can't be changed any more");
  return reading;
}

namespace {

// nil when all went well, else the message.
VALUE answer(Reading& reading) { return to_ruby(reading.answer); }

template <typename Function>
VALUE change(Reading& reading, Function&& function) {
  [&]() noexcept {
    const Result<void> done = function();
    reading.answer = done ? config::Value{} : config::Value{done.error().message};
  }();
  return answer(reading);
}

template <typename Function>
VALUE ask(Reading& reading, Function&& function) {
  bool known = false;
  [&]() noexcept {
    const Result<config::Value> value = function();
    known = value.has_value();
    reading.answer = known ? *value : config::Value{value.error().message};
  }();
  const VALUE result = answer(reading);
  if (!known) rb_raise(rb_eArgError, "%" PRIsVALUE, result);
  return result;
}

VALUE builder_set(VALUE self, VALUE name, VALUE value, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  return change(reading,
                [&] { return reading.builder.set(to_text(name), to_value(value), location_of(file, line)); });
}

VALUE builder_get(VALUE self, VALUE name) {
  Reading& reading = readable(self);
  want_text(name);
  return ask(reading, [&] { return reading.builder.get(to_text(name)); });
}

VALUE builder_define_milter(VALUE self, VALUE name, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  [&]() noexcept { reading.builder.define_milter(to_text(name), location_of(file, line)); }();
  return Qnil;
}

VALUE builder_remove_milter(VALUE self, VALUE name) {
  Reading& reading = writable(self);
  want_text(name);
  [&]() noexcept { reading.builder.remove_milter(to_text(name)); }();
  return Qnil;
}

VALUE builder_milter_names(VALUE self) {
  Reading& reading = readable(self);
  return ask(reading, [&] {
    config::List names;
    for (const auto& milter : reading.builder.configuration().milters) names.push_back(milter.name);
    return Result<config::Value>(std::move(names));
  });
}

VALUE builder_set_milter(VALUE self, VALUE name, VALUE attribute, VALUE value, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  want_text(attribute);
  return change(reading, [&] {
    return reading.builder.set_milter(to_text(name), to_text(attribute), to_value(value),
                                      location_of(file, line));
  });
}

VALUE builder_get_milter(VALUE self, VALUE name, VALUE attribute) {
  Reading& reading = readable(self);
  want_text(name);
  want_text(attribute);
  return ask(reading, [&] { return reading.builder.get_milter(to_text(name), to_text(attribute)); });
}

VALUE builder_add_applicable_condition(VALUE self, VALUE milter, VALUE condition, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(milter);
  want_text(condition);
  return change(reading, [&] {
    return reading.builder.add_applicable_condition(to_text(milter), to_text(condition),
                                                    location_of(file, line));
  });
}

VALUE builder_define_condition(VALUE self, VALUE name, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  [&]() noexcept { reading.builder.define_condition(to_text(name), location_of(file, line)); }();
  return Qnil;
}

VALUE builder_set_condition(VALUE self, VALUE name, VALUE attribute, VALUE value, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  want_text(attribute);
  return change(reading, [&] {
    return reading.builder.set_condition(to_text(name), to_text(attribute), to_value(value),
                                         location_of(file, line));
  });
}

VALUE builder_add_stopper(VALUE self, VALUE name, VALUE stage) {
  Reading& reading = writable(self);
  want_text(name);
  const int number = NUM2INT(stage);
  if (number < 0 || number >= static_cast<int>(config::kNumberOfStages))
    rb_raise(rb_eArgError, "no such stage");
  [&]() noexcept { reading.builder.add_stopper(to_text(name), static_cast<config::Stage>(number)); }();
  return Qnil;
}

VALUE builder_add_connection_checker(VALUE self, VALUE name, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  want_text(name);
  [&]() noexcept { reading.builder.add_connection_checker(to_text(name), location_of(file, line)); }();
  return Qnil;
}

VALUE builder_use_netstat_connection_checker(VALUE self, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  [&]() noexcept { reading.builder.use_netstat_connection_checker(location_of(file, line)); }();
  return Qnil;
}

VALUE builder_report_memory_statistics(VALUE self, VALUE file, VALUE line) {
  Reading& reading = writable(self);
  [&]() noexcept { reading.builder.report_memory_statistics(location_of(file, line)); }();
  return Qnil;
}

VALUE builder_checkpoint(VALUE self) {
  Reading& reading = writable(self);
  [&]() noexcept { reading.checkpoints.push_back(reading.builder.configuration()); }();
  return SIZET2NUM(reading.checkpoints.size() - 1);
}

std::size_t checkpoint_number(const Reading& reading, VALUE mark) {
  const std::size_t number = NUM2SIZET(mark);
  if (number >= reading.checkpoints.size()) rb_raise(rb_eArgError, "no such checkpoint");
  return number;
}

VALUE builder_rollback(VALUE self, VALUE mark) {
  Reading& reading = writable(self);
  const std::size_t number = checkpoint_number(reading, mark);
  [&]() noexcept { reading.builder.restore(reading.checkpoints[number]); }();
  return Qnil;
}

VALUE builder_forget_checkpoint(VALUE self, VALUE mark) {
  Reading& reading = writable(self);
  const std::size_t number = checkpoint_number(reading, mark);
  [&]() noexcept {
    reading.checkpoints.erase(reading.checkpoints.begin() + static_cast<std::ptrdiff_t>(number),
                              reading.checkpoints.end());
  }();
  return Qnil;
}

VALUE tell(VALUE self, config::Problem::Severity severity, VALUE file, VALUE line, VALUE message) {
  Reading& reading = writable(self);
  want_text(message);
  [&]() noexcept {
    config::Problem problem{severity, std::nullopt, to_text(message)};
    if (auto place = location_of(file, line); !place.file.empty()) problem.location = std::move(place);
    reading.problems.push_back(std::move(problem));
  }();
  return Qnil;
}

VALUE builder_report(VALUE self, VALUE file, VALUE line, VALUE message) {
  return tell(self, config::Problem::Severity::error, file, line, message);
}
VALUE builder_warn(VALUE self, VALUE file, VALUE line, VALUE message) {
  return tell(self, config::Problem::Severity::warning, file, line, message);
}

template <typename Settings>
VALUE names_of(const Settings& all) {
  const VALUE names = rb_ary_new();
  for (const auto& setting : all) {
    rb_ary_push(names, rb_utf8_str_new(setting.name.data(), static_cast<long>(setting.name.size())));
  }
  return names;
}

VALUE native_setting_names(VALUE) { return names_of(config::settings()); }
VALUE native_milter_attribute_names(VALUE) { return names_of(config::milter_settings()); }
VALUE native_prefix(VALUE) { return to_ruby(*install_prefix); }

VALUE native_log(VALUE, VALUE level, VALUE text) {
  want_text(level);
  want_text(text);
  // In a child that Ruby code forked, a lock of the log may be held for ever by a thread that is not there.
  if (::getpid() != own_pid) return Qnil;
  [&]() noexcept {
    if (*log_sink) (*log_sink)(to_text(level), to_text(text));
  }();
  return Qnil;
}

VALUE builder_class() { return rb_define_class_under(native_module(), "Builder", rb_cObject); }

}  // namespace

void define_native(const LogSink* log, const std::string* prefix) {
  log_sink = log;
  own_pid = ::getpid();
  install_prefix = prefix;
  const VALUE native = native_module();
  rb_define_singleton_method(native, "setting_names", native_setting_names, 0);
  rb_define_singleton_method(native, "milter_attribute_names", native_milter_attribute_names, 0);
  rb_define_singleton_method(native, "prefix", native_prefix, 0);
  rb_define_singleton_method(native, "log", native_log, 2);

  const VALUE builder = builder_class();
  rb_undef_alloc_func(builder);
  rb_define_method(builder, "set", builder_set, 4);
  rb_define_method(builder, "get", builder_get, 1);
  rb_define_method(builder, "define_milter", builder_define_milter, 3);
  rb_define_method(builder, "remove_milter", builder_remove_milter, 1);
  rb_define_method(builder, "milter_names", builder_milter_names, 0);
  rb_define_method(builder, "set_milter", builder_set_milter, 5);
  rb_define_method(builder, "get_milter", builder_get_milter, 2);
  rb_define_method(builder, "add_applicable_condition", builder_add_applicable_condition, 4);
  rb_define_method(builder, "define_condition", builder_define_condition, 3);
  rb_define_method(builder, "set_condition", builder_set_condition, 5);
  rb_define_method(builder, "add_stopper", builder_add_stopper, 2);
  rb_define_method(builder, "add_connection_checker", builder_add_connection_checker, 3);
  rb_define_method(builder, "use_netstat_connection_checker", builder_use_netstat_connection_checker, 2);
  rb_define_method(builder, "report_memory_statistics", builder_report_memory_statistics, 2);
  rb_define_method(builder, "checkpoint", builder_checkpoint, 0);
  rb_define_method(builder, "rollback", builder_rollback, 1);
  rb_define_method(builder, "forget_checkpoint", builder_forget_checkpoint, 1);
  rb_define_method(builder, "report", builder_report, 3);
  rb_define_method(builder, "warn", builder_warn, 3);
  define_condition_functions(native, builder);
  define_detection_functions(builder);
}

VALUE wrap_reading(Reading* reading) {
  return TypedData_Wrap_Struct(builder_class(), &kReadingType, reading);
}

}  // namespace milter_manager::ruby
