// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace milter_manager::tools {
namespace {

auto system_failure(std::string_view what) {
  return failure(fmt::format("failed to {}: {}", what, std::strerror(errno)));
}

std::optional<unsigned> parse_number(std::string_view text, int base = 10) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<void> set_groups(const std::string& group, const passwd* user) {
  gid_t id = user ? user->pw_gid : getgid();
  if (!group.empty()) {
    const auto number = parse_number(group);
    const struct group* const found = number ? nullptr : getgrnam(group.c_str());
    if (!number && !found) return failure(fmt::format("no such group: <{}>", group));
    id = number ? gid_t{*number} : found->gr_gid;
  }
  if (setgid(id) != 0) return system_failure("change the group");
  const int result = user ? initgroups(user->pw_name, id) : setgroups(1, &id);
  if (result != 0) return system_failure("change the groups");
  return {};
}

}  // namespace

Result<void> become(const Identity& identity, const std::string& path) {
  if (geteuid() != 0 || (identity.user.empty() && identity.group.empty())) return {};
  const passwd* user = nullptr;
  std::optional<uid_t> id;
  if (!identity.user.empty()) {
    const auto number = parse_number(identity.user);
    user = number ? getpwuid(*number) : getpwnam(identity.user.c_str());
    if (!user && !number) return failure(fmt::format("no such user: <{}>", identity.user));
    id = user ? user->pw_uid : uid_t{*number};
  }
  if (id && !path.empty() && lchown(path.c_str(), *id, static_cast<gid_t>(-1)) != 0) {
    return system_failure("change the owner of " + path);
  }
  if (const auto changed = set_groups(identity.group, user); !changed) return changed;
  if (id && setuid(*id) != 0) return system_failure("change the user");
  return {};
}

Result<void> become_daemon() {
  if (daemon(/*nochdir=*/0, /*noclose=*/0) != 0) return system_failure("run in the background");
  return {};
}

Result<unsigned> parse_socket_mode(std::string_view text) {
  const std::string whole(text);
  const auto wrong = [&] { return failure(fmt::format("invalid mode: <{}>", whole)); };
  if (const auto octal = parse_number(text, 8)) {
    if (*octal > 0777) return wrong();
    return *octal;
  }
  unsigned mode = 0;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == part.size()) return wrong();
    unsigned who = 0, what = 0;
    for (const char c : part.substr(0, equals)) {
      const unsigned bits = c == 'u' ? 0700u : c == 'g' ? 0070u : c == 'o' ? 0007u : c == 'a' ? 0777u : 0u;
      if (bits == 0) return wrong();
      who |= bits;
    }
    for (const char c : part.substr(equals + 1)) {
      const unsigned bits = c == 'r' ? 0444u : c == 'w' ? 0222u : c == 'x' ? 0111u : 0u;
      if (bits == 0) return wrong();
      what |= bits;
    }
    mode = (mode & ~who) | (who & what);
    text.remove_prefix(part.size());
    if (text == ",") return wrong();
    if (!text.empty()) text.remove_prefix(1);
  }
  return whole.empty() ? Result<unsigned>(wrong()) : mode;
}

Result<void> PidFile::write(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return system_failure("write " + path);
  path_ = path;
  const std::string text = fmt::format("{}\n", getpid());
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const auto result = written ? Result<void>() : Result<void>(system_failure("write " + path));
  close(file);
  return result;
}

PidFile::~PidFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace milter_manager::tools
