// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <string>

namespace milter_manager::session {

// Counts statistics lines: what must hold for every connection, whatever happens in it.
class OnceCounter {
 public:
  void take(const std::string& line);
  // To be called when `sessions` connections are over, of which `negotiated` have `children` each. "" or what is wrong.
  std::string fault(std::size_t sessions, std::size_t negotiated, std::size_t children) const;

 private:
  std::map<std::string, int> session_ends_, milter_ends_, message_ends_, milter_messages_;  // by "(…)"
};

}  // namespace milter_manager::session
