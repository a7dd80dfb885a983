// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace milter_manager::protocol {

// Strings that each end in NUL, one after another, as they lie in a packet: MAIL's address and its
// ESMTP arguments. A view; whoever makes one has checked that the last byte is NUL (or that it is empty).
class StringList {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) {}
    std::string_view operator*() const { return rest_.substr(0, rest_.find('\0')); }
    Iterator& operator++() {
      rest_.remove_prefix(rest_.find('\0') + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.rest_.size() == b.rest_.size(); }

   private:
    std::string_view rest_;
  };

  StringList() = default;
  explicit StringList(std::string_view bytes) : bytes_(bytes) {}

  Iterator begin() const { return Iterator(bytes_); }
  Iterator end() const { return Iterator(bytes_.substr(bytes_.size())); }
  bool empty() const { return bytes_.empty(); }
  std::string_view bytes() const { return bytes_; }
  friend bool operator==(const StringList& a, const StringList& b) { return a.bytes_ == b.bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace milter_manager::protocol
