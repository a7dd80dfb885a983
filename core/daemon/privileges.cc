// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/privileges.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/net/socket_file.h"

namespace milter_manager::daemon {
namespace {

tl::unexpected<Error> system_failure(std::string_view what) {
  const int error = errno;
  return failure(fmt::format("failed to {}: {}", what, std::strerror(error)));
}

}  // namespace

Result<std::optional<Identity>> find_identity(const std::optional<std::string>& user,
                                              const std::optional<std::string>& group) {
  if (::geteuid() != 0) return std::nullopt;
  Identity identity;
  identity.user_name = user.value_or("nobody");
  const passwd* account = ::getpwnam(identity.user_name.c_str());
  if (!account) return failure(fmt::format("failed to find the effective user: <{}>", identity.user_name));
  identity.user = account->pw_uid;
  identity.group = account->pw_gid;
  if (group) {
    const ::group* found = ::getgrnam(group->c_str());
    if (!found) return failure(fmt::format("failed to find the effective group: <{}>", *group));
    identity.group = found->gr_gid;
  }
  return identity;
}

Result<void> give_file(const Identity& identity, const std::string& path) {
  // O_NONBLOCK: a fifo without a reader would keep us waiting.
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const int descriptor = ::open(path.c_str(), flags, 0644);
  // What can't be opened is told by whoever opens it for writing.
  if (descriptor < 0) return {};
  struct stat about {};
  Result<void> given;
  if (::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink == 1 &&
      ::fchown(descriptor, identity.user, identity.group) != 0) {
    given = system_failure(fmt::format("give {} to the effective user <{}>", path, identity.user_name));
  }
  ::close(descriptor);
  return given;
}

Result<void> give_socket(const Identity& identity, const std::string& path) {
  const net::Descriptor file = net::open_socket_file(path);
  if (!file) return {};
  if (!net::set_owner(file, identity.user, static_cast<gid_t>(-1))) {
    return system_failure(fmt::format("give {} to the effective user <{}>", path, identity.user_name));
  }
  return {};
}

Result<void> become(const Identity& identity) {
  if (::initgroups(identity.user_name.c_str(), identity.group) != 0)
    return system_failure("set supplementary groups");
  if (::setgid(identity.group) != 0) return system_failure("change the effective group");
  if (::setuid(identity.user) != 0) return system_failure("change the effective user");
  if (::getuid() != identity.user || ::geteuid() != identity.user || ::getgid() != identity.group ||
      ::getegid() != identity.group) {
    return failure("the effective user or group is not what it was set to");
  }
  if (identity.user != 0 && ::setuid(0) == 0) return failure("root's rights could not be given up");
  return {};
}

Result<void> limit_descriptors(std::uint32_t number) {
  const rlimit limit{number, number};
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return system_failure(fmt::format("set the limit of open files to {}", number));
  }
  return {};
}

}  // namespace milter_manager::daemon
