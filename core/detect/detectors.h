// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/detect/detect.h"
#include "core/detect/shell.h"

namespace milter_manager::detect {

// Where a platform's milters have their own configuration.
struct Layout {
  std::string clamav;
  std::string greylist;
  std::string opendkim;
  std::string opendmarc;
  std::string enma;
  std::string rspamd;  // a folder
};

// What is known so far of a service.
struct Guess {
  std::string name;
  bool starts = false;   // the host starts it
  bool refuses = false;  // its own configuration keeps it from starting
  std::optional<Setting> description;
  std::optional<Setting> socket;  // as the host's files write it
  std::string command;
  std::string command_options = "start";
  long tarpit = 0;
};

enum class Application : unsigned char { other, clamav, greylist, opendkim, opendmarc, enma, rspamd };
Application application_of(std::string_view name);

// Where the application's configuration is, but for a service that names another file. "": it has none that tells.
std::string usual_file(const Layout& layout, Application application);
// The letter of the option that names it.
char file_flag(Application application);
// Takes what that file says. A socket that is known already stays.
void read_milter_file(Files& files, Application application, const std::string& path, Guess& guess);

// Whether the host has systemd, so that a unit hides a script of the same name.
bool has_systemd(const Files& files);
// A unit of systemd. nullopt: there is none.
std::optional<Guess> guess_by_systemd(Files& files, const std::string& name, const Layout& layout);

// The value of the last -x VALUE (see command_line.h) in a variable that holds arguments. nullptr: in none.
std::optional<Setting> flag_of(const Setting* arguments, char flag, std::string_view long_name = {});

// Whether runlevels 2 to 5 start the script; nullopt: the host has no folders of runlevels.
std::optional<bool> started_by_runlevels(const Files& files, const std::string& name);

std::vector<Guess> guess_on_debian(Files& files, const std::string& name);
std::vector<Guess> guess_on_redhat(Files& files, const std::string& name);
// Of a FreeBSD, or of pkgsrc with its prefix.
struct RcSystem {
  std::string scripts;  // the folder
  Layout layout;
  std::string enabling_suffix;        // "_enable": NAME_enable=YES
  std::vector<std::string> settings;  // files
  std::vector<std::string> folders;   // then of each of these the service's file
};
std::vector<Guess> guess_by_rc(Files& files, const std::string& name, const RcSystem& system);

}  // namespace milter_manager::detect
