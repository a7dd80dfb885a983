// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/detect/files.h"
#include "core/detect/shell.h"

namespace milter_manager::detect {

// Where milters' own configuration files say that they listen, and what else of them matters.

// "KEY VALUE" lines, as of opendkim.conf and opendmarc.conf; the last one counts. Keys compare without case; `separator`: what
// stands behind the key beside space.
std::optional<Setting> key_of_file(Files& files, const std::string& path, std::string_view key,
                                   char separator = ' ');

struct ClamavFile {
  std::optional<Setting> socket;  // MilterSocket
  bool is_example = false;        // "Example" still stands there: the milter refuses to start
};
ClamavFile read_clamav_file(Files& files, const std::string& path);

struct GreylistFile {
  std::optional<Setting> socket;
  long tarpit = 0;  // seconds for which it may keep a client waiting before it answers; at most a day
};
GreylistFile read_greylist_file(Files& files, const std::string& path);

// The first socket of rspamd's proxy, if that speaks the milter protocol, as a connection spec. `folder` has rspamd.conf, local.d and
// override.d.
std::optional<Setting> rspamd_socket(Files& files, const std::string& folder);

}  // namespace milter_manager::detect
