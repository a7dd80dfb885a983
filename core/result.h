// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace milter_manager {

// What a peer, a file or a person did wrong: a sentence for the log or the terminal that says
// what happened and to what. What only a bug can cause is an assertion, never an Error.
struct Error {
  std::string message;
};

template <typename Value>
using Result = tl::expected<Value, Error>;

// `return failure("…")` from a function that returns any Result.
inline tl::unexpected<Error> failure(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace milter_manager
