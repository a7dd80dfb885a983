// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/maillog/journal_entry.h"

namespace milter_manager::maillog {

// Reads entries as `journalctl -o json` writes them, an object a line:
//
//   {"__REALTIME_TIMESTAMP":"1789344804135747","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"milter-manager","MESSAGE":"…"}
//
// A value that is not UTF-8 is an array of its bytes, [50,70,…]; a field that the entry has several times is
// an array of
// values, of which the first counts; a value of more than 4 KiB is null (unless journalctl was called with
// --all).
// Cost: one pass over the line; no allocation once its strings have grown.
class JournalJson {
 public:
  // False for what is no such object; `entry` is undefined then.
  bool read(std::string_view line, JournalEntry& entry);

 private:
  bool read_member(JournalEntry& entry);
  bool read_value(bool wanted, bool& is_null, std::string_view& value);
  bool read_string(bool wanted, std::string& scratch, std::string_view& value);
  bool read_escape(std::string& out);
  bool read_code_unit(unsigned& unit);
  bool read_array(bool wanted, std::string_view& value);
  bool read_bytes(std::string& out);
  bool skip_array();
  bool take(char byte);
  bool take_word(std::string_view word);
  void skip_space();

  std::string_view text_;
  std::size_t at_ = 0;
  std::string name_, value_, ignored_;
};

}  // namespace milter_manager::maillog
