// SPDX-License-Identifier: GPL-3.0-or-later
// Milter::Manager::Native::Exchange and ::Call: what the Ruby threads are written on. As in native.cc, what may raise
// and what has a destructor never stand in one frame; a call's lock is never held while something may raise.
#include "core/ruby/native_evaluation.h"

#include <ruby.h>
#include <ruby/thread.h>

#include "core/ruby/call.h"
#include "core/ruby/conversion.h"
#include "core/ruby/native.h"

namespace milter_manager::ruby {
namespace {

using ExchangePointer = std::shared_ptr<Exchange>;
using CallPointer = std::shared_ptr<Call>;
using condition::Snapshot;

template <typename Held>
void free_held(void* held) {
  delete static_cast<Held*>(held);
}
std::size_t size_of_exchange(const void*) { return sizeof(Exchange); }
std::size_t size_of_call(const void* held) {
  return *static_cast<const CallPointer*>(held) ? sizeof(Call) + sizeof(Snapshot) : 0;
}

const rb_data_type_t kExchangeType = {
    "Milter::Manager::Native::Exchange",
    {nullptr, free_held<ExchangePointer>, size_of_exchange, nullptr, {nullptr}},
    nullptr,
    nullptr,
    RUBY_TYPED_FREE_IMMEDIATELY,
};
const rb_data_type_t kCallType = {
    "Milter::Manager::Native::Call",
    {nullptr, free_held<CallPointer>, size_of_call, nullptr, {nullptr}},
    nullptr,
    nullptr,
    RUBY_TYPED_FREE_IMMEDIATELY,
};

// Ruby has no "exactly one C++ object" in allocation: memory first, then its owner.
VALUE allocate_call(VALUE type) {
  const VALUE object = TypedData_Wrap_Struct(type, &kCallType, nullptr);
  RTYPEDDATA_DATA(object) = new CallPointer();
  return object;
}

ExchangePointer& exchange_of(VALUE self) {
  auto* held = static_cast<ExchangePointer*>(rb_check_typeddata(self, &kExchangeType));
  if (!held) rb_raise(rb_eArgError, "not made by the manager");
  return *held;
}

CallPointer& pointer_of(VALUE self) {
  return *static_cast<CallPointer*>(rb_check_typeddata(self, &kCallType));
}

Call& call_of(VALUE self) {
  const CallPointer& call = pointer_of(self);
  if (!call)
    rb_raise(rb_eRuntimeError,
             "the context belongs to a call that is over: take what you need during the call");
  return *call;
}

const Snapshot& snapshot_of(VALUE self) { return *call_of(self).snapshot; }

const Snapshot::Child& child_of(VALUE self, VALUE index) {
  const Snapshot& snapshot = snapshot_of(self);
  const std::size_t number = NUM2SIZET(index);
  if (number >= snapshot.children.size()) rb_raise(rb_eArgError, "no such milter");
  return snapshot.children[number];
}

std::string_view view_of(VALUE text) {
  return {RSTRING_PTR(text), static_cast<std::size_t>(RSTRING_LEN(text))};
}

VALUE list_of(const std::vector<std::string>& texts) {
  const VALUE list = rb_ary_new_capa(static_cast<long>(texts.size()));
  for (const std::string& text : texts) rb_ary_push(list, to_ruby(text));
  return list;
}

// --- Waiting, without Ruby's lock

struct CallWait {
  CallWait(const ExchangePointer& exchange, std::uint64_t its_slot, CallPointer& target)
      : wait(*exchange), slot(its_slot), call(target) {}
  Exchange::Wait wait;
  const std::uint64_t slot;
  CallPointer& call;
};
struct OrderWait {
  explicit OrderWait(const ExchangePointer& exchange) : wait(*exchange) {}
  Exchange::Wait wait;
  std::optional<Order> order;
};

template <typename Waiting>
void interrupt(void* waiting) {
  static_cast<Waiting*>(waiting)->wait.interrupt();
}

// Waits in its own frame: what is interrupted by a kill raises only in the caller's, where nothing is lost.
// rb_thread_call_without_gvl2() raises nothing by itself.
void wait_for_call(const ExchangePointer& exchange, std::uint64_t slot, CallPointer& call) {
  CallWait waiting(exchange, slot, call);
  rb_thread_call_without_gvl2(
      [](void* argument) -> void* {
        auto& one = *static_cast<CallWait*>(argument);
        one.call = one.wait.call(one.slot);
        return nullptr;
      },
      &waiting, interrupt<CallWait>, &waiting);
}

std::optional<Order> wait_for_order(const ExchangePointer& exchange) {
  OrderWait waiting(exchange);
  rb_thread_call_without_gvl2(
      [](void* argument) -> void* {
        auto& one = *static_cast<OrderWait*>(argument);
        one.order = one.wait.order();
        return nullptr;
      },
      &waiting, interrupt<OrderWait>, &waiting);
  return waiting.order;
}

// True once the call is there, false when this thread is wanted no more.
VALUE exchange_take(VALUE self, VALUE target, VALUE number) {
  const ExchangePointer& exchange = exchange_of(self);
  const std::uint64_t slot = NUM2ULL(number);
  CallPointer& call = pointer_of(target);
  for (;;) {
    exchange->leave_if_forked();
    if (!exchange->wants_thread(slot)) return Qfalse;
    wait_for_call(exchange, slot, call);
    if (call) return Qtrue;
    rb_thread_check_ints();
  }
}

VALUE exchange_next_order(VALUE self) {
  constexpr const char* kNames[] = {"threads", "interrupt", "kill", "abandon", "maintain"};
  const ExchangePointer& exchange = exchange_of(self);
  for (;;) {
    exchange->leave_if_forked();
    if (exchange->closed()) return Qnil;
    if (const std::optional<Order> order = wait_for_order(exchange)) {
      return rb_assoc_new(ID2SYM(rb_intern(kNames[static_cast<std::size_t>(order->kind)])),
                          ULL2NUM(order->number));
    }
    rb_thread_check_ints();
  }
}

VALUE exchange_wants(VALUE self, VALUE slot) {
  const ExchangePointer& exchange = exchange_of(self);
  return exchange->wants_thread(NUM2ULL(slot)) ? Qtrue : Qfalse;
}

VALUE exchange_set_threads(VALUE self, VALUE number) {
  exchange_of(self)->has_threads(NUM2ULL(number));
  return number;
}

VALUE exchange_closed(VALUE self) { return exchange_of(self)->closed() ? Qtrue : Qfalse; }

// The call's objects mean nothing from now on.
VALUE exchange_finish(VALUE self, VALUE target, VALUE killed) {
  const ExchangePointer& exchange = exchange_of(self);
  exchange->leave_if_forked();
  CallPointer& call = pointer_of(target);
  if (!call) return Qfalse;
  bool first = false;
  [&]() noexcept {
    first = exchange->finished(call, RTEST(killed));
    call.reset();
  }();
  return first ? Qtrue : Qfalse;
}

// --- What is asked

VALUE call_number(VALUE self) { return ULL2NUM(call_of(self).number); }
VALUE call_generation(VALUE self) { return ULL2NUM(call_of(self).generation); }
VALUE call_kind(VALUE self) {
  constexpr const char* kNames[] = {"conditions", "matcher", "connection_checkers"};
  return ID2SYM(rb_intern(kNames[static_cast<std::size_t>(call_of(self).kind)]));
}
VALUE call_matcher(VALUE self) { return UINT2NUM(call_of(self).matcher); }
VALUE call_subject(VALUE self) { return to_ruby(call_of(self).subject); }
VALUE call_conditions(VALUE self) { return list_of(call_of(self).conditions); }

// --- The session as it stands

VALUE call_stage(VALUE self) { return INT2FIX(static_cast<int>(snapshot_of(self).stage)); }
VALUE call_milter(VALUE self) { return SIZET2NUM(snapshot_of(self).milter); }
VALUE call_n_children(VALUE self) { return SIZET2NUM(snapshot_of(self).children.size()); }
VALUE call_n_sessions(VALUE self) { return SIZET2NUM(snapshot_of(self).n_sessions); }
VALUE call_text(VALUE self) { return to_ruby(snapshot_of(self).text); }
VALUE call_value(VALUE self) { return to_ruby(snapshot_of(self).value); }
VALUE call_arguments(VALUE self) { return list_of(snapshot_of(self).arguments); }
VALUE call_refused_recipient(VALUE self) { return snapshot_of(self).refused_recipient ? Qtrue : Qfalse; }
VALUE call_client_host(VALUE self) { return to_ruby(snapshot_of(self).client_host); }
VALUE call_client_address(VALUE self) { return to_ruby(snapshot_of(self).client_address); }
VALUE call_mta_address(VALUE self) { return to_ruby(snapshot_of(self).mta_address); }
VALUE call_client_port(VALUE self) { return INT2FIX(snapshot_of(self).client_port); }
VALUE call_client_family(VALUE self) {
  const char code = static_cast<char>(snapshot_of(self).client_family);
  return rb_utf8_str_new(&code, 1);
}

VALUE call_child_name(VALUE self, VALUE index) { return to_ruby(child_of(self, index).name); }
VALUE call_child_quitted(VALUE self, VALUE index) { return child_of(self, index).quitted ? Qtrue : Qfalse; }
VALUE call_child_answer(VALUE self, VALUE index) {
  constexpr const char* kNames[] = {"none", "accept", "reject", "temporary_failure", "discard"};
  return ID2SYM(rb_intern(kNames[static_cast<std::size_t>(child_of(self, index).answer)]));
}

// --- Effects. Only this thread changes them while the call runs, so reading needs no lock here.

VALUE call_macro(VALUE self, VALUE name) {
  Call& call = call_of(self);
  StringValue(name);
  const std::string* value = call.macro(view_of(name));
  RB_GC_GUARD(name);
  return value ? to_ruby(*value) : Qnil;
}

VALUE call_set_macro(VALUE self, VALUE name, VALUE value) {
  Call& call = call_of(self);
  StringValue(name);
  StringValue(value);
  [&]() noexcept {
    const std::lock_guard lock(call.mutex);
    if (call.state == Call::State::running) call.macros.push_back({to_text(name), to_text(value)});
  }();
  return Qnil;
}

VALUE call_shelved(VALUE self, VALUE key) {
  Call& call = call_of(self);
  StringValue(key);
  const std::string* value = call.shelved(view_of(key));
  RB_GC_GUARD(key);
  return value ? rb_str_new(value->data(), static_cast<long>(value->size())) : Qnil;
}

VALUE call_shelve(VALUE self, VALUE key, VALUE value) {
  Call& call = call_of(self);
  StringValue(key);
  if (!NIL_P(value)) StringValue(value);
  [&]() noexcept {
    const std::lock_guard lock(call.mutex);
    if (call.state != Call::State::running) return;
    call.shelf_changes.emplace_back(to_text(key),
                                    NIL_P(value) ? std::nullopt : std::optional<std::string>(to_text(value)));
  }();
  return Qnil;
}

VALUE call_shelf_keys(VALUE self) {
  const Call& call = call_of(self);
  const VALUE keys = rb_ary_new();
  if (call.shelf) {
    for (const auto& one : *call.shelf) rb_ary_push(keys, to_ruby(one.first));
  }
  for (const auto& change : call.shelf_changes) rb_ary_push(keys, to_ruby(change.first));
  return rb_funcall(keys, rb_intern("uniq"), 0);
}

// --- The answer

VALUE call_begin(VALUE self, VALUE place) {
  Call& call = call_of(self);
  StringValue(place);
  [&]() noexcept {
    const std::lock_guard lock(call.mutex);
    call.place = to_text(place);
  }();
  return Qnil;
}

VALUE call_answer(VALUE self, VALUE condition) {
  Call& call = call_of(self);
  if (!NIL_P(condition)) StringValue(condition);
  [&]() noexcept {
    const std::lock_guard lock(call.mutex);
    if (call.state != Call::State::running) return;
    call.yes = true;
    call.condition = to_text(condition);
  }();
  return Qnil;
}

VALUE call_over(VALUE self) {
  Call& call = call_of(self);
  const std::lock_guard lock(call.mutex);
  return call.state == Call::State::running ? Qfalse : Qtrue;
}

VALUE exchange_class() { return rb_define_class_under(native_module(), "Exchange", rb_cObject); }

}  // namespace

void define_native_evaluation() {
  const VALUE exchange = exchange_class();
  rb_undef_alloc_func(exchange);
  rb_define_method(exchange, "take", exchange_take, 2);
  rb_define_method(exchange, "finish", exchange_finish, 2);
  rb_define_method(exchange, "next_order", exchange_next_order, 0);
  rb_define_method(exchange, "wants?", exchange_wants, 1);
  rb_define_method(exchange, "threads=", exchange_set_threads, 1);
  rb_define_method(exchange, "closed?", exchange_closed, 0);

  const VALUE call = rb_define_class_under(native_module(), "Call", rb_cObject);
  rb_define_alloc_func(call, allocate_call);
  rb_define_method(call, "number", call_number, 0);
  rb_define_method(call, "generation", call_generation, 0);
  rb_define_method(call, "kind", call_kind, 0);
  rb_define_method(call, "matcher", call_matcher, 0);
  rb_define_method(call, "subject", call_subject, 0);
  rb_define_method(call, "conditions", call_conditions, 0);
  rb_define_method(call, "stage", call_stage, 0);
  rb_define_method(call, "milter", call_milter, 0);
  rb_define_method(call, "n_children", call_n_children, 0);
  rb_define_method(call, "n_sessions", call_n_sessions, 0);
  rb_define_method(call, "text", call_text, 0);
  rb_define_method(call, "value", call_value, 0);
  rb_define_method(call, "arguments", call_arguments, 0);
  rb_define_method(call, "refused_recipient?", call_refused_recipient, 0);
  rb_define_method(call, "client_host", call_client_host, 0);
  rb_define_method(call, "client_family", call_client_family, 0);
  rb_define_method(call, "client_address", call_client_address, 0);
  rb_define_method(call, "mta_address", call_mta_address, 0);
  rb_define_method(call, "client_port", call_client_port, 0);
  rb_define_method(call, "child_name", call_child_name, 1);
  rb_define_method(call, "child_answer", call_child_answer, 1);
  rb_define_method(call, "child_quitted?", call_child_quitted, 1);
  rb_define_method(call, "macro", call_macro, 1);
  rb_define_method(call, "set_macro", call_set_macro, 2);
  rb_define_method(call, "shelved", call_shelved, 1);
  rb_define_method(call, "shelve", call_shelve, 2);
  rb_define_method(call, "shelf_keys", call_shelf_keys, 0);
  rb_define_method(call, "begin", call_begin, 1);
  rb_define_method(call, "answer", call_answer, 1);
  rb_define_method(call, "over?", call_over, 0);
}

VALUE wrap_exchange(std::shared_ptr<Exchange>* exchange) {
  return TypedData_Wrap_Struct(exchange_class(), &kExchangeType, exchange);
}

}  // namespace milter_manager::ruby
