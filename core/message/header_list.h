// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::message {

// Whose list it is: MTAs differ in what edits mean.
//   sendmail: an added header goes before the first of that name, else to the end; deleted headers are still counted.
//   postfix: an added header goes to the end; deleted headers are not counted.
enum class ListRules : std::uint8_t { sendmail, postfix };

// The MTA's list of a message's headers while milters edit it one after another: kept only to show the next milter
// what the MTA would show it. The MTA's own "Received:" stands on top, is never shown and never changed, but counts as
// position 0 for inserts (Postfix: milter8_header() and cleanup_milter.c; Sendmail: insheader() likewise).
class HeaderList {
 public:
  struct Header {
    std::string name;
    std::string value;
    bool deleted = false;
  };

  explicit HeaderList(ListRules rules = ListRules::sendmail) : rules_(rules) {}
  void set_rules(ListRules rules) { rules_ = rules; }

  // As it comes from the sender.
  void append(std::string_view name, std::string_view value);
  // The milters' edits. Names compare without case.
  void add(std::string_view name, std::string_view value);
  void insert(std::uint32_t position, std::string_view name, std::string_view value);
  // The nth (from 1; 0 counts as 1) of that name; an empty value deletes it. Without such a header the value is added.
  void change(std::uint32_t nth, std::string_view name, std::string_view value);

  void clear();

  // All headers in order; deleted ones are not to be shown.
  const std::vector<Header>& headers() const { return headers_; }
  // What they take in memory, roughly: of a short one more than its text.
  std::size_t bytes() const { return bytes_; }

 private:
  bool counts(const Header& header) const { return rules_ == ListRules::sendmail || !header.deleted; }
  void place(std::size_t at, std::string_view name, std::string_view value);

  ListRules rules_;
  std::vector<Header> headers_;
  std::size_t hidden_at_ = 0;  // the MTA's own header stands before headers_[hidden_at_]
  std::size_t bytes_ = 0;
};

bool same_name(std::string_view a, std::string_view b);

}  // namespace milter_manager::message
