// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/message/header_list.h"

#include <strings.h>

#include <algorithm>

namespace milter_manager::message {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void HeaderList::append(std::string_view name, std::string_view value) {
  place(headers_.size(), name, value);
}

void HeaderList::place(std::size_t at, std::string_view name, std::string_view value) {
  headers_.insert(headers_.begin() + static_cast<std::ptrdiff_t>(at),
                  Header{std::string(name), std::string(value)});
  bytes_ += sizeof(Header) + name.size() + value.size();
}

void HeaderList::add(std::string_view name, std::string_view value) {
  std::size_t at = headers_.size();
  if (rules_ == ListRules::sendmail) {
    auto same = std::find_if(headers_.begin(), headers_.end(),
                             [&](const Header& header) { return same_name(header.name, name); });
    at = static_cast<std::size_t>(same - headers_.begin());
  }
  if (at < hidden_at_) ++hidden_at_;
  place(at, name, value);
}

void HeaderList::insert(std::uint32_t position, std::string_view name, std::string_view value) {
  std::uint32_t passed = 0;
  std::size_t at = 0;
  bool before_hidden = true;
  while (passed < position) {
    if (before_hidden && at == hidden_at_) {
      before_hidden = false;
      ++passed;
      continue;
    }
    if (at == headers_.size()) break;
    if (counts(headers_[at])) ++passed;
    ++at;
  }
  // Behind the hidden header when that was passed; before it otherwise.
  if (before_hidden) ++hidden_at_;
  place(at, name, value);
}

void HeaderList::change(std::uint32_t nth, std::string_view name, std::string_view value) {
  std::uint32_t seen = 0;
  for (Header& header : headers_) {
    if (!same_name(header.name, name) || !counts(header)) continue;
    if (++seen < std::max<std::uint32_t>(nth, 1)) continue;
    if (value.empty()) {
      header.deleted = true;
    } else {
      header.value = value;
      header.deleted = false;
    }
    return;
  }
  if (!value.empty()) add(name, value);
}

void HeaderList::clear() {
  headers_.clear();
  hidden_at_ = 0;
  bytes_ = 0;
}

}  // namespace milter_manager::message
