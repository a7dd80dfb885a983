// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <uv.h>

namespace milter_manager::net {

// Closes a handle that is the member `handle` of a heap object; the object dies when libuv is done with it.
template <typename State>
void close_and_delete(State* state) {
  state->handle.data = state;
  uv_close(reinterpret_cast<uv_handle_t*>(&state->handle),
           [](uv_handle_t* handle) { delete static_cast<State*>(handle->data); });
}

}  // namespace milter_manager::net
