// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/condition/builtin.h"
#include "core/condition/connection_table.h"

namespace milter_manager::net {
class Resolver;
}

namespace milter_manager::condition {

// Never stops; gives milters that were written for Sendmail the macros that Postfix does not send, as far as they are
// missing: at CONNECT if_addr, if_name and daemon_port, the SMTP server's own address, name and port in this connection; at
// MAIL the queue identifier i, "dummy-id", since Postfix has none yet.
//
// The SMTP connection is looked up among those of this host by the client's address and port; where the SMTP server is on another
// host, nothing is set. Names come from reverse DNS and are kept; one that can't be found is logged and left out.
class SendmailCompatible final : public Builtin {
 public:
  // Of a question for a name: less than a condition is given, so that what is known by then still counts.
  static constexpr std::chrono::milliseconds kNameLimit{3000};

  explicit SendmailCompatible(const Surroundings& surroundings, ConnectionTable::Sources sources = {},
                              std::vector<std::string> name_servers = {},
                              std::chrono::milliseconds name_limit = kNameLimit);
  // Questions under way get no answer.
  ~SendmailCompatible() override;
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  class Lookup;
  struct Name {
    std::string text;  // empty: none was found
    std::chrono::steady_clock::time_point good_until;
  };
  std::optional<Outcome> ask_at_connect(const SessionView& session, Later later);
  const Name* known_name(const std::string& address) const;
  void keep_name(const std::string& address, std::string name);
  net::Resolver& resolver();
  void finished(std::uint64_t lookup);

  Surroundings surroundings_;
  ConnectionTable connections_;
  std::vector<std::string> name_servers_;
  std::chrono::milliseconds name_limit_;
  std::unique_ptr<net::Resolver> resolver_;  // made with the first question
  std::map<std::string, Name> names_;
  std::map<std::uint64_t, std::unique_ptr<Lookup>> lookups_;
  std::uint64_t last_lookup_ = 0;
};

}  // namespace milter_manager::condition
