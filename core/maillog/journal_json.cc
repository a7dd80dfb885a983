// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/journal_json.h"

namespace milter_manager::maillog {
namespace {

// UTF-8 (RFC 3629). `code` is below 0x110000.
void append_utf8(unsigned code, std::string& out) {
  const auto append = [&](unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    append(code);
  } else if (code < 0x800) {
    append(0xc0 | code >> 6);
    append(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    append(0xe0 | code >> 12);
    append(0x80 | (code >> 6 & 0x3f));
    append(0x80 | (code & 0x3f));
  } else {
    append(0xf0 | code >> 18);
    append(0x80 | (code >> 12 & 0x3f));
    append(0x80 | (code >> 6 & 0x3f));
    append(0x80 | (code & 0x3f));
  }
}

int hex_digit(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

}  // namespace

bool JournalJson::read(std::string_view line, JournalEntry& entry) {
  text_ = line;
  at_ = 0;
  entry.clear();
  if (!take('{')) return false;
  if (!take('}')) {
    do {
      if (!read_member(entry)) return false;
    } while (take(','));
    if (!take('}')) return false;
  }
  skip_space();
  return at_ == text_.size();
}

bool JournalJson::read_member(JournalEntry& entry) {
  std::string_view name, value;
  bool is_null = false;
  skip_space();
  if (!read_string(true, name_, name) || !take(':')) return false;
  const bool wanted = JournalEntry::wants(name);
  if (!read_value(wanted, is_null, value)) return false;
  if (wanted && !is_null) entry.set(name, value);
  if (is_null && name == "MESSAGE") entry.text_left_out = true;
  return true;
}

bool JournalJson::read_value(bool wanted, bool& is_null, std::string_view& value) {
  skip_space();
  if (at_ == text_.size()) return false;
  if (text_[at_] == '"') return read_string(wanted, value_, value);
  if (text_[at_] == '[') return read_array(wanted, value);
  if (take_word("null")) {
    is_null = true;
    return true;
  }
  // No journal writes other values, but they are JSON.
  const std::size_t begin = at_;
  at_ = text_.find_first_not_of("+-.0123456789abcdefghijklmnopqrstuvwxyzE", at_);
  if (at_ == std::string_view::npos || at_ == begin) return false;
  value = text_.substr(begin, at_ - begin);
  return true;
}

// A string without escapes is a part of the line, others are put together in `scratch`.
bool JournalJson::read_string(bool wanted, std::string& scratch, std::string_view& value) {
  if (at_ == text_.size() || text_[at_] != '"') return false;
  std::size_t begin = ++at_;
  bool escaped = false;
  for (;;) {
    at_ = text_.find_first_of("\"\\", at_);
    if (at_ == std::string_view::npos) return false;
    if (text_[at_] == '"') break;
    if (!escaped) scratch.clear();
    escaped = true;
    if (wanted) scratch.append(text_, begin, at_ - begin);
    ++at_;
    if (!read_escape(scratch)) return false;
    begin = at_;
  }
  value = text_.substr(begin, at_ - begin);
  ++at_;
  if (escaped && wanted) value = scratch.append(value);
  return true;
}

bool JournalJson::read_escape(std::string& out) {
  if (at_ == text_.size()) return false;
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
  const char name = text_[at_++];
  if (name != 'u') {
    const std::size_t which = kNames.find(name);
    if (which == std::string_view::npos) return false;
    out += kBytes[which];
    return true;
  }
  unsigned code = 0;
  if (!read_code_unit(code)) return false;
  const bool is_high = code >= 0xd800 && code < 0xdc00;
  if (is_high && text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    unsigned low = 0;
    if (!read_code_unit(low) || low < 0xdc00 || low > 0xdfff) return false;
    code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
  } else if (code >= 0xd800 && code < 0xe000) {
    return false;
  }
  append_utf8(code, out);
  return true;
}

bool JournalJson::read_code_unit(unsigned& unit) {
  if (text_.size() - at_ < 4) return false;
  unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(text_[at_++]);
    if (digit < 0) return false;
    unit = unit << 4 | static_cast<unsigned>(digit);
  }
  return true;
}

bool JournalJson::read_array(bool wanted, std::string_view& value) {
  ++at_;
  skip_space();
  if (at_ == text_.size()) return false;
  if (text_[at_] != '"' && text_[at_] != '[') {
    value_.clear();
    if (!read_bytes(value_)) return false;
    value = value_;
    return true;
  }
  // Several values. The first is taken, the others are passed over.
  if (text_[at_] == '"') {
    if (!read_string(wanted, value_, value)) return false;
  } else {
    ++at_;
    value_.clear();
    if (!read_bytes(value_)) return false;
    value = value_;
  }
  return skip_array();
}

// The numbers up to the array's end, which is taken too.
bool JournalJson::read_bytes(std::string& out) {
  if (take(']')) return true;
  do {
    skip_space();
    unsigned byte = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && byte <= 255) {
      byte = byte * 10 + static_cast<unsigned>(text_[at_++] - '0');
    }
    if (at_ == begin || byte > 255) return false;
    out += static_cast<char>(static_cast<unsigned char>(byte));
  } while (take(','));
  return take(']');
}

// The values behind the first, and the array's end.
bool JournalJson::skip_array() {
  while (take(',')) {
    skip_space();
    std::string_view ignored;
    if (at_ < text_.size() && text_[at_] == '[') {
      ++at_;
      ignored_.clear();
      if (!read_bytes(ignored_)) return false;
    } else if (!take_word("null") && !read_string(false, ignored_, ignored)) {
      return false;
    }
  }
  return take(']');
}

bool JournalJson::take(char byte) {
  skip_space();
  if (at_ == text_.size() || text_[at_] != byte) return false;
  ++at_;
  return true;
}

bool JournalJson::take_word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void JournalJson::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

}  // namespace milter_manager::maillog
