// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/option_value.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "core/config/text_syntax.h"
#include "core/net/connection_spec.h"

namespace milter_manager::daemon {
namespace {

constexpr long kMaxWorkers = 1000;

std::optional<long> number(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long parsed = std::strtol(text.c_str(), &end, 0);
  // One that is cut to the bits of a user's number would be another user's, root's say.
  if (text.empty() || *end != '\0' || errno != 0 || parsed < 0 || parsed > UINT32_MAX) return std::nullopt;
  return parsed;
}

std::optional<std::string> user_of(long uid) {
  const passwd* account = ::getpwuid(static_cast<uid_t>(uid));
  if (!account) return std::nullopt;
  return account->pw_name;
}

std::optional<std::string> group_of(long gid) {
  const group* account = ::getgrgid(static_cast<gid_t>(gid));
  if (!account) return std::nullopt;
  return account->gr_name;
}

template <typename Lookup>
Result<config::Value> name_or_number(const std::string& text, Lookup lookup) {
  if (const auto id = number(text)) {
    if (auto name = lookup(*id)) return *name;
  }
  return text;
}

template <typename Lookup>
Result<config::Value> number_only(const std::string& text, std::string_view kind, Lookup lookup) {
  const auto id = number(text);
  if (!id) return failure(fmt::format("invalid {}: <{}>", kind, text));
  if (auto name = lookup(*id)) return *name;
  return failure(fmt::format("invalid {}: <{}>({})", kind, text, *id));
}

}  // namespace

Result<config::Value> connection_spec_value(const std::string& text) {
  if (const auto spec = net::parse_connection_spec(text); !spec) return tl::unexpected(spec.error());
  return text;
}

Result<config::Value> log_level_value(const std::string& text) {
  if (const auto level = config::canonical_log_level(text); !level) return tl::unexpected(level.error());
  return text;
}

Result<config::Value> mode_value(const std::string& text) {
  const auto mode = config::parse_mode(text);
  if (!mode) return tl::unexpected(mode.error());
  return std::int64_t{*mode};
}

Result<config::Value> string_value(const std::string& text) { return text; }

Result<config::Value> integer_value(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long parsed = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') {
    const std::string_view rest = end;
    return failure(fmt::format("invalid integer value: <{}>({}>{}<{})", text,
                               text.substr(0, text.size() - rest.size()), rest.substr(0, 1),
                               rest.empty() ? rest : rest.substr(1)));
  }
  if (errno != 0 || parsed < 0 || parsed > INT32_MAX) return failure(fmt::format("out of range: <{}>", text));
  return std::int64_t{parsed};
}

Result<config::Value> n_workers_value(const std::string& text) {
  auto value = integer_value(text);
  if (!value) return value;
  const auto parsed = std::get<std::int64_t>(*value);
  if (parsed > kMaxWorkers)
    return failure(fmt::format("too big: <{}>: parsed=<{}>, max=<{}>", text, parsed, kMaxWorkers));
  return value;
}

Result<config::Value> user_value(const std::string& text) { return name_or_number(text, user_of); }
Result<config::Value> user_id_value(const std::string& text) { return number_only(text, "UID", user_of); }
Result<config::Value> group_value(const std::string& text) { return name_or_number(text, group_of); }
Result<config::Value> group_id_value(const std::string& text) { return number_only(text, "GID", group_of); }

}  // namespace milter_manager::daemon
