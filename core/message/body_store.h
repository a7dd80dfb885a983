// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace milter_manager::message {

// Where a message's body waits for the milters that see it later: memory or a spool file, the session does not
// care. No call waits for a disk: what can't be done at once is `pending`; the owner of the store then calls
// Session::body_progressed(), and the session makes the same call again.
class BodyStore {
 public:
  enum class Progress { done, pending, failed };
  struct Read {
    Progress progress = Progress::done;
    std::string_view bytes;  // valid until the next call on this store; empty at the end of the body
  };

  virtual ~BodyStore() = default;
  // Adds to the end. After `pending` the bytes are taken: nothing may be appended until the owner has said that the
  // store has progressed, and `append({})` then gives done or failed.
  virtual Progress append(std::string_view bytes) = 0;
  // At most max_bytes from `offset` on.
  virtual Read read(std::uint64_t offset, std::size_t max_bytes) = 0;
  virtual std::uint64_t size_bytes() const = 0;
};

}  // namespace milter_manager::message
