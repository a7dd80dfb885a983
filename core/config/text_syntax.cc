// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/text_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/log/level.h"
#include "core/net/connection_spec.h"

namespace milter_manager::config {
namespace {

std::optional<std::uint32_t> symbolic_part(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == 0 || equals == std::string_view::npos || equals + 1 == part.size()) return std::nullopt;
  std::uint32_t bits = 0;
  for (const char c : part.substr(equals + 1)) {
    const auto bit = std::string_view("xwr").find(c);
    if (bit == std::string_view::npos) return std::nullopt;
    bits |= 1u << bit;
  }
  std::uint32_t mode = 0;
  for (const char c : part.substr(0, equals)) {
    if (c == 'u' || c == 'a') mode |= bits << 6;
    if (c == 'g' || c == 'a') mode |= bits << 3;
    if (c == 'o' || c == 'a') mode |= bits;
    if (std::string_view("ugoa").find(c) == std::string_view::npos) return std::nullopt;
  }
  return mode;
}

}  // namespace

Result<std::string> check_syntax(Syntax syntax, std::string_view label, std::string_view text) {
  switch (syntax) {
    case Syntax::any:
      break;
    case Syntax::connection_spec:
    case Syntax::inet_connection_spec: {
      const auto spec = net::parse_connection_spec(text);
      if (!spec) return failure(fmt::format("{}: invalid connection spec: {}", label, spec.error().message));
      if (syntax == Syntax::inet_connection_spec && spec->family == net::ConnectionSpec::Family::unix) {
        return failure(fmt::format("{}: invalid connection spec: protocol must be 'inet' or 'inet6': <{}>",
                                   label, text));
      }
      break;
    }
    case Syntax::log_level: {
      const auto level = canonical_log_level(text);
      if (!level) return failure(fmt::format("{}: {}", label, level.error().message));
      if (text.empty()) return "default";
      break;
    }
  }
  return std::string(text);
}

Result<std::string> canonical_log_level(std::string_view text) {
  if (text.empty() || text == "default") return "default";
  const auto levels = log::parse_levels(text);
  if (!levels) return tl::unexpected(levels.error());
  return log::level_names(*levels);
}

Result<std::uint32_t> parse_mode(std::string_view text) {
  const auto invalid = [&] { return failure(fmt::format("invalid mode: <{}>", text)); };
  std::string_view digits = text;
  if (digits.size() == 4 && digits[0] == '0') digits.remove_prefix(1);
  std::uint32_t mode = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mode, 8);
  if (error == std::errc{} && end == digits.data() + digits.size() && digits.size() <= 3) return mode;

  mode = 0;
  std::string_view rest = text;
  for (;;) {
    const std::size_t comma = rest.find(',');
    const auto part = symbolic_part(rest.substr(0, comma));
    if (!part) return invalid();
    mode |= *part;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return mode;
}

bool is_syslog_facility(std::string_view name) {
  constexpr std::array<std::string_view, 19> kNames = {
      "auth",   "authpriv", "cron",   "daemon", "ftp", "kern", "local0", "local1", "local2", "local3",
      "local4", "local5",   "local6", "local7", "lpr", "mail", "news",   "user",   "uucp"};
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

}  // namespace milter_manager::config
