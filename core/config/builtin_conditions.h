// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::config {

// What a list of hosts, domains or addresses holds: decided by `case text when matcher` in Ruby's sense.
struct Matcher {
  enum class Kind : std::uint8_t {
    text,  // equals
    regexp,  // an RE2 pattern, which Ruby's was translated to: for subjects of plain ASCII without a line end only
    ruby,  // to be asked of Ruby
  };
  Kind kind = Kind::text;
  std::string pattern;  // text, or RE2's syntax
  // Its number in this configuration, by which core/ruby finds the Ruby object; with regexp: who decides other
  // subjects.
  std::uint32_t ruby = 0;

  friend bool operator==(const Matcher&, const Matcher&) = default;
};

// What Condition::builtin may be: "s25r", "remote_network", … in the order of the manual.
const std::vector<std::string>& builtin_names();
// The stages (a StageSet) at which that one decides; nullopt: there is none of that name.
std::optional<std::uint32_t> builtin_stages(std::string_view builtin);

// The settings of the conditions that the manager decides by itself. The initialisers are what holds without any
// statement; lists are filled by the Ruby library and the configuration's files.
struct BuiltinConditions {
  struct S25r {
    bool only_check_ipv4 = true;
    std::vector<Matcher> white, black;
  } s25r;

  struct RemoteNetwork {
    std::vector<std::string> local, remote;  // addresses and networks: "192.0.2.0/24"
  } remote_network;

  struct Stress {
    std::optional<std::uint32_t>
        threshold_n_connections;  // nullopt: found when first asked; 0: never in stress
  } stress;

  struct Trust {
    std::vector<Matcher> envelope_from_domains;  // subjects in lower case
  } trust;

  struct Dnsbl {
    struct Service {
      std::string domain;
      std::optional<std::string> expected;  // an address or network; nullopt: any answer lists
    };
    std::vector<Service> services;
    std::vector<std::string> name_servers;  // empty: the system's
  } dnsbl;
};

}  // namespace milter_manager::config
