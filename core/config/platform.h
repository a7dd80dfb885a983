// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milter_manager::config {

// The platform's name as in defaults/NAME.conf, from /etc/os-release and its older kin under `root`:
//
//   Debian, Ubuntu and what is like them   debian
//   RHEL, Alma, Rocky, CentOS, Fedora      redhat8, redhat10 (without a version: redhat)
//   FreeBSD   freebsd     NetBSD, DragonFly   pkgsrc     Solaris   solaris
//
// nullopt: none of these. Reads small files only.
std::optional<std::string> detect_platform(const std::string& root = "");

// Where the manager listens when nothing else is said: a UNIX socket where packages prepare its folder,
// otherwise a port of this host.
std::string default_connection_spec(std::string_view platform);

}  // namespace milter_manager::config
