// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace milter_manager::protocol {

// Numbers on the wire are big-endian. Precondition: at least four bytes.
inline std::uint32_t read_number(std::string_view bytes) {
  const auto at = [&](std::size_t index) { return std::uint32_t{static_cast<unsigned char>(bytes[index])}; };
  return at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3);
}

inline void append_number(std::string& out, std::uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  out.append(bytes, sizeof bytes);
}

// Writes one packet part by part; its length is filled in at the end.
class PacketWriter {
 public:
  PacketWriter(std::string& out, char kind) : out_(out), begin_(out.size()) {
    out_.append(4, '\0');
    out_.push_back(kind);
  }
  ~PacketWriter() {
    std::string length;
    append_number(length, static_cast<std::uint32_t>(out_.size() - begin_ - 4));
    out_.replace(begin_, 4, length);
  }
  PacketWriter(const PacketWriter&) = delete;
  PacketWriter& operator=(const PacketWriter&) = delete;

  void byte(char value) { out_.push_back(value); }
  void bytes(std::string_view value) { out_.append(value); }
  void number(std::uint32_t value) { append_number(out_, value); }
  void text(std::string_view value) {
    assert(value.find('\0') == std::string_view::npos);
    out_.append(value);
    out_.push_back('\0');
  }

 private:
  std::string& out_;
  std::size_t begin_;
};

// Reads a payload part by part. Each call says whether it was there; after one that was not, nothing is to be read.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : rest_(payload) {}

  bool byte(char& value) {
    if (rest_.empty()) return false;
    value = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  bool port(std::uint16_t& value) {
    char high, low;
    if (rest_.size() < 2 || !byte(high) || !byte(low)) return false;
    value =
        static_cast<std::uint16_t>(static_cast<unsigned char>(high) << 8 | static_cast<unsigned char>(low));
    return true;
  }
  bool number(std::uint32_t& value) {
    if (rest_.size() < 4) return false;
    value = read_number(rest_);
    rest_.remove_prefix(4);
    return true;
  }
  // A string up to its NUL.
  bool text(std::string_view& value) {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) return false;
    value = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  // All that is left, if that is strings which end in NUL, or nothing.
  bool texts(std::string_view& value) {
    if (!rest_.empty() && rest_.back() != '\0') return false;
    value = rest_;
    rest_ = {};
    return true;
  }
  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// "<text>" for a message: control bytes, marks and what is not ASCII as \xHH, long text cut.
std::string quote(std::string_view text);

}  // namespace milter_manager::protocol
