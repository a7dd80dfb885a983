// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ruby.h>

#include <string>

namespace milter_manager::ruby {

// Calls `function` so that a Ruby exception, throw or kill in it comes back as false instead of jumping over C++
// frames. What the function holds when it calls Ruby must have no destructor.
//
//   VALUE list = Qnil;
//   protect([&] { list = rb_ary_new(); }, error)
template <typename Function>
bool protect(Function&& function, std::string& error);

// The class and message of the exception that protect() met, with its place if it has one; forgets the exception.
std::string take_exception();

template <typename Function>
bool protect(Function&& function, std::string& error) {
  int state = 0;
  rb_protect(
      [](VALUE argument) -> VALUE {
        (*reinterpret_cast<std::remove_reference_t<Function>*>(argument))();
        return Qnil;
      },
      reinterpret_cast<VALUE>(&function), &state);
  if (state == 0) return true;
  error = take_exception();
  return false;
}

}  // namespace milter_manager::ruby
