// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

// For the .cc files that put what the processes tell each other into bytes (RFC 8949).
namespace milter_manager::supervision {

std::string to_cbor(const nlohmann::json& value);

// Whether the bytes are CBOR of a modest depth: a reader that calls itself for each list within a list must not be led to the end of its stack
// by a worker that somebody has taken over.
bool is_shallow_cbor(std::string_view bytes);

// What `read` makes of the bytes; the library's complaints become an error: "a worker's status can't be read: …".
template <typename Read>
auto read_cbor(std::string_view bytes, std::string_view what, Read read)
    -> Result<decltype(read(nlohmann::json()))> {
  try {
    if (!is_shallow_cbor(bytes)) return failure(fmt::format("{} can't be read: it is broken", what));
    return read(nlohmann::json::from_cbor(bytes));
  } catch (const nlohmann::json::exception& error) {
    return failure(fmt::format("{} can't be read: {}", what, error.what()));
  }
}

}  // namespace milter_manager::supervision
