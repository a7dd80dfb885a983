// SPDX-License-Identifier: GPL-3.0-or-later
// Milter::Manager::Native, the part that the settings of built-in conditions are written on. As in native.cc:
// arguments first, then C++ that does not raise, then the Ruby object of the answer.
#include <ruby.h>
#include <ruby/thread.h>

#include <new>

#include "core/condition/address.h"
#include "core/condition/dnsbl.h"
#include "core/condition/regexp_translation.h"
#include "core/condition/remote_network.h"
#include "core/condition/stress_threshold.h"
#include "core/ruby/conversion.h"
#include "core/ruby/native.h"
#include "core/ruby/reading.h"

namespace milter_manager::ruby {
namespace {

void want_text_or_nil(VALUE text) {
  if (!NIL_P(text)) Check_Type(text, T_STRING);
}

// `text`: the matcher is one that compares with it; `source` and `options`: it is a regular expression.
config::Matcher matcher_of(std::uint32_t number, VALUE text, VALUE source, int options) noexcept {
  config::Matcher matcher;
  matcher.ruby = number;
  matcher.kind = config::Matcher::Kind::ruby;
  if (!NIL_P(text)) {
    matcher.kind = config::Matcher::Kind::text;
    matcher.pattern = to_text(text);
  } else if (!NIL_P(source)) {
    if (auto pattern = condition::translate_regexp(to_text(source), options)) {
      matcher.kind = config::Matcher::Kind::regexp;
      matcher.pattern = std::move(*pattern);
    }
  }
  return matcher;
}

std::vector<config::Matcher>* matchers_named(config::BuiltinConditions& settings, VALUE list) noexcept {
  const std::string name = to_text(list);
  if (name == "s25r.white") return &settings.s25r.white;
  if (name == "s25r.black") return &settings.s25r.black;
  if (name == "trust.envelope_from_domains") return &settings.trust.envelope_from_domains;
  return nullptr;
}

std::vector<config::Matcher>& wanted_matchers(Reading& reading, VALUE list) {
  want_text(list);
  auto* matchers = matchers_named(reading.builder.builtin_conditions(), list);
  if (!matchers) rb_raise(rb_eArgError, "there is no such list");
  return *matchers;
}

VALUE builder_add_matcher(VALUE self, VALUE list, VALUE number, VALUE text, VALUE source, VALUE options) {
  auto& matchers = wanted_matchers(writable(self), list);
  want_text_or_nil(text);
  want_text_or_nil(source);
  const std::uint32_t its_number = NUM2UINT(number);
  const int its_options = NUM2INT(options);
  [&]() noexcept { matchers.push_back(matcher_of(its_number, text, source, its_options)); }();
  return Qnil;
}

VALUE builder_clear_matchers(VALUE self, VALUE list) {
  wanted_matchers(writable(self), list).clear();
  return Qnil;
}

// nil when all went well, else the message.
VALUE builder_add_account(VALUE self, VALUE condition, VALUE number, VALUE text, VALUE source,
                          VALUE options) {
  Reading& reading = writable(self);
  want_text(condition);
  want_text_or_nil(text);
  want_text_or_nil(source);
  const std::uint32_t its_number = NUM2UINT(number);
  const int its_options = NUM2INT(options);
  [&]() noexcept {
    const auto done =
        reading.builder.add_account(to_text(condition), matcher_of(its_number, text, source, its_options));
    reading.answer = done ? config::Value{} : config::Value{done.error().message};
  }();
  return to_ruby(reading.answer);
}

VALUE builder_set_s25r_only_check_ipv4(VALUE self, VALUE only) {
  writable(self).builder.builtin_conditions().s25r.only_check_ipv4 = RTEST(only);
  return Qnil;
}

VALUE add_network(VALUE self, VALUE text,
                  std::vector<std::string> config::BuiltinConditions::RemoteNetwork::*list) {
  Reading& reading = writable(self);
  want_text(text);
  [&]() noexcept {
    const auto network = condition::Network::parse(to_text(text));
    reading.answer = network ? config::Value{} : config::Value{network.error().message};
    if (network) (reading.builder.builtin_conditions().remote_network.*list).push_back(to_text(text));
  }();
  return to_ruby(reading.answer);
}

VALUE builder_add_local_network(VALUE self, VALUE text) {
  return add_network(self, text, &config::BuiltinConditions::RemoteNetwork::local);
}
VALUE builder_add_remote_network(VALUE self, VALUE text) {
  return add_network(self, text, &config::BuiltinConditions::RemoteNetwork::remote);
}

// nil for what is no address.
VALUE builder_local_address(VALUE self, VALUE text) {
  Reading& reading = readable(self);
  want_text(text);
  VALUE local = Qnil;
  [&]() noexcept {
    const auto address = condition::Address::parse(to_text(text));
    if (!address) return;
    const condition::LocalNetworks networks(reading.builder.builtin_conditions().remote_network);
    local = networks.contain(*address) ? Qtrue : Qfalse;
  }();
  return local;
}

VALUE builder_set_stress_threshold(VALUE self, VALUE threshold) {
  Reading& reading = writable(self);
  auto& stress = reading.builder.builtin_conditions().stress;
  if (NIL_P(threshold)) {
    stress.threshold_n_connections.reset();
  } else {
    stress.threshold_n_connections = NUM2UINT(threshold);
  }
  return Qnil;
}

// nil when all went well, else the message. A service that is there already gets the new expectation.
VALUE builder_add_dnsbl_service(VALUE self, VALUE domain, VALUE expected) {
  Reading& reading = writable(self);
  want_text(domain);
  want_text_or_nil(expected);
  [&]() noexcept {
    reading.answer = {};
    config::BuiltinConditions::Dnsbl::Service service{to_text(domain), std::nullopt};
    if (!condition::is_service_domain(service.domain)) {
      reading.answer = "not the domain of a service: <" + service.domain + ">";
      return;
    }
    if (!NIL_P(expected)) {
      service.expected = to_text(expected);
      if (const auto network = condition::Network::parse(*service.expected); !network) {
        reading.answer = network.error().message;
        return;
      }
    }
    auto& services = reading.builder.builtin_conditions().dnsbl.services;
    for (auto& known : services) {
      if (known.domain != service.domain) continue;
      known = std::move(service);
      return;
    }
    services.push_back(std::move(service));
  }();
  return to_ruby(reading.answer);
}

VALUE builder_clear_dnsbl_services(VALUE self) {
  writable(self).builder.builtin_conditions().dnsbl.services.clear();
  return Qnil;
}

// nil when all went well, else the message.
VALUE builder_set_dnsbl_name_servers(VALUE self, VALUE servers) {
  Reading& reading = writable(self);
  Check_Type(servers, T_ARRAY);
  [&]() noexcept {
    reading.answer = {};
    std::vector<std::string> name_servers;
    for (long i = 0; i < RARRAY_LEN(servers); ++i) {
      name_servers.push_back(to_text(rb_ary_entry(servers, i)));
      if (condition::is_name_server(name_servers.back())) continue;
      reading.answer = "not the address of a name server: <" + name_servers.back() + ">";
      return;
    }
    reading.builder.builtin_conditions().dnsbl.name_servers = std::move(name_servers);
  }();
  return to_ruby(reading.answer);
}

VALUE builder_note_statement(VALUE self, VALUE statement, VALUE only_told, VALUE replaced, VALUE file,
                             VALUE line) {
  Reading& reading = writable(self);
  want_text(statement);
  want_text(replaced);
  [&]() noexcept {
    reading.builder.note_statement({to_text(statement), location_of(file, line), RTEST(only_told)},
                                   to_text(replaced));
  }();
  return Qnil;
}

// Starts postconf, so other Ruby threads run meanwhile. [threshold, level, text].
VALUE native_find_stress_threshold(VALUE) {
  auto* found = new (std::nothrow) condition::StressThreshold;
  if (!found) rb_memerror();
  rb_thread_call_without_gvl(
      [](void* argument) -> void* {
        *static_cast<condition::StressThreshold*>(argument) = condition::find_stress_threshold({});
        return nullptr;
      },
      found, nullptr, nullptr);
  // What is made next may raise: the object on the heap would be lost with it, so its contents are short-lived.
  const std::uint32_t connections = found->n_connections;
  char text[512];
  const std::size_t length = found->log_text.copy(text, sizeof text);
  const bool warning = found->is_warning;
  delete found;
  return rb_ary_new_from_args(3, UINT2NUM(connections), rb_utf8_str_new_cstr(warning ? "warning" : "info"),
                              rb_utf8_str_new(text, static_cast<long>(length)));
}

}  // namespace

void define_condition_functions(VALUE native, VALUE builder) {
  rb_define_method(builder, "add_matcher", builder_add_matcher, 5);
  rb_define_method(builder, "clear_matchers", builder_clear_matchers, 1);
  rb_define_method(builder, "add_account", builder_add_account, 5);
  rb_define_method(builder, "s25r_only_check_ipv4=", builder_set_s25r_only_check_ipv4, 1);
  rb_define_method(builder, "add_local_network", builder_add_local_network, 1);
  rb_define_method(builder, "add_remote_network", builder_add_remote_network, 1);
  rb_define_method(builder, "local_address?", builder_local_address, 1);
  rb_define_method(builder, "stress_threshold=", builder_set_stress_threshold, 1);
  rb_define_method(builder, "add_dnsbl_service", builder_add_dnsbl_service, 2);
  rb_define_method(builder, "clear_dnsbl_services", builder_clear_dnsbl_services, 0);
  rb_define_method(builder, "set_dnsbl_name_servers", builder_set_dnsbl_name_servers, 1);
  rb_define_method(builder, "note_statement", builder_note_statement, 5);
  rb_define_singleton_method(native, "find_stress_threshold", native_find_stress_threshold, 0);
}

}  // namespace milter_manager::ruby
