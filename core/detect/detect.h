// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/config/check.h"

namespace milter_manager::detect {

// Which host is looked at, and as what.
struct Host {
  std::string platform;  // as of config::detect_platform(): "debian", "redhat9", "freebsd"
  std::map<std::string, std::string> options;  // package.options. pkgsrc: "prefix", "rcddir"
  std::string root;                            // where its file tree is; "": this host
};

// A milter as its host starts it.
struct Milter {
  std::string name;
  bool enabled = false;  // the host starts it, and it is known where it listens
  std::optional<std::string> description;
  std::optional<std::string> connection_spec;
  std::string command;
  std::string command_options;
  long tarpit = 0;  // seconds that it may take longer to answer, on purpose
};

struct Detection {
  std::vector<Milter> milters;  // none: not installed. Several: a service with profiles
  // Warnings only, with file and line: what couldn't be understood. Paths have the root before them.
  std::vector<config::Problem> problems;
};

// Looks for the milter that the platform's service `name` starts, in systemd units, init scripts, rc.d scripts and what configures
// them. Reads files and runs nothing; what they hold may be anything. On a platform that isn't known nothing is found.
//
//   detect_milter({"debian", {}, ""}, "opendkim").milters[0].connection_spec == "unix:/run/opendkim/opendkim.sock"
Detection detect_milter(const Host& host, const std::string& name);

}  // namespace milter_manager::detect
