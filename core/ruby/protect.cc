// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/protect.h"

namespace milter_manager::ruby {
namespace {

// The exception's message and all that are asked for it are the user's code and may raise themselves.
VALUE text_of(VALUE exception) { return rb_obj_as_string(rb_funcall(exception, rb_intern("message"), 0)); }

std::string protected_text(VALUE (*function)(VALUE), VALUE argument) {
  int state = 0;
  const VALUE text = rb_protect(function, argument, &state);
  if (state != 0) {
    rb_set_errinfo(Qnil);
    return {};
  }
  if (!RB_TYPE_P(text, T_STRING)) return {};
  return std::string(RSTRING_PTR(text), static_cast<std::size_t>(RSTRING_LEN(text)));
}

}  // namespace

std::string take_exception() {
  const VALUE exception = rb_errinfo();
  rb_set_errinfo(Qnil);
  // A kill of the thread leaves no exception behind.
  if (!RTEST(rb_obj_is_kind_of(exception, rb_eException))) return "the Ruby thread was killed";
  std::string text = rb_obj_classname(exception);
  const std::string message = protected_text(text_of, exception);
  if (!message.empty()) text += ": " + message;
  return text;
}

}  // namespace milter_manager::ruby
