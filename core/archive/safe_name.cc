// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "core/archive/layout.h"

namespace milter_manager::archive {
namespace {

constexpr std::size_t kLongest = 200;
constexpr std::size_t kKept = 180;  // of a longer one, before "%~" and the hash
constexpr std::size_t kHashDigits = 16;
constexpr std::string_view kHashMark = "%~";
constexpr std::string_view kEllipsis = "…";

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

// The length of the UTF-8 character that `text` begins with; 0 if it begins with none (RFC 3629: no surrogates,
// no longer form than needed) or with a control character.
std::size_t character_length(std::string_view text) {
  const std::uint8_t first = byte(text[0]);
  if (first < 0x80) return first < 0x20 || first == 0x7f ? 0 : 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text[i]) & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(text[1]);
  if (first == 0xc2 && second < 0xa0) return 0;  // U+0080 to U+009F: controls
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return length;
}

bool is_special(char c) { return c == '/' || c == '\\' || c == ':' || c == '%'; }

std::string encode(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t length = is_special(name[0]) ? 0 : character_length(name);
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), "%{:02X}", byte(name[0]));
      name.remove_prefix(1);
    } else {
      out += name.substr(0, length);
      name.remove_prefix(length);
    }
  }
  return out;
}

// FNV-1a. It need not withstand an attacker: who can choose a name can write the other name as well.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t value = 0xcbf29ce484222325u;
  for (char c : bytes) value = (value ^ byte(c)) * 0x100000001b3u;
  return value;
}

// Where to cut so that neither a character nor an escape is torn.
std::size_t cut_position(std::string_view encoded, std::size_t limit) {
  std::size_t at = 0;
  while (true) {
    const std::size_t length = encoded[at] == '%' ? 3 : character_length(encoded.substr(at));
    if (at + length > limit) return at;
    at += length;
  }
}

std::optional<std::string> decode(std::string_view encoded) {
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (encoded[at] != '%') {
      out += encoded[at];
      continue;
    }
    unsigned value = 0;
    const char* digits = encoded.data() + at + 1;
    if (at + 2 >= encoded.size() || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
      return std::nullopt;
    }
    out += static_cast<char>(value);
    at += 2;
  }
  return out;
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string safe_name(std::string_view name) {
  std::string encoded = encode(name);
  if (encoded.size() <= kLongest) return encoded;
  encoded.resize(cut_position(encoded, kKept));
  return fmt::format("{}{}{:016x}", encoded, kHashMark, hash(name));
}

std::optional<std::string> original_name(std::string_view safe) {
  if (const auto mark = safe.rfind(kHashMark); mark != safe.npos) {
    if (!is_hash(safe.substr(mark + kHashMark.size()))) return std::nullopt;
    auto kept = decode(safe.substr(0, mark));
    // A name of exactly this beginning would have been written out.
    if (!kept || mark < kKept - 4 || encode(*kept) != safe.substr(0, mark)) return std::nullopt;
    return *kept + std::string(kEllipsis);
  }
  auto name = decode(safe);
  if (!name || encode(*name) != safe || safe.size() > kLongest) return std::nullopt;
  return name;
}

}  // namespace milter_manager::archive
