// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/condition/address.h"
#include "core/condition/builtin.h"

namespace milter_manager::net {
class Resolver;
}

namespace milter_manager::condition {

// Is this something that a reversed address may stand before: "zen.spamhaus.org"?
bool is_service_domain(std::string_view text);
// Is this something to ask names of: "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53"?
bool is_name_server(std::string_view text);

// Is the client listed in a DNS black list (RFC 5782)? Stops where it isn't, or where it is.
//
// All services are asked at once; the first that lists the client decides. One that has not answered within `limit`, or can't be
// understood, lists nobody. An answer within 127.255.255.0/24 lists nobody either: so services say that they don't
// serve us (too many questions, a public resolver). The first such answer and the first failure of each service are logged.
// IPv6 clients are looked up by nibbles; what is no IP address is not listed.
class Dnsbl final : public Builtin {
 public:
  enum class Wanted : bool { not_listed, listed };  // which clients the milter is for
  Dnsbl(Wanted wanted, const config::BuiltinConditions::Dnsbl& settings, const Surroundings& surroundings,
        std::chrono::milliseconds limit = std::chrono::seconds(5));
  // Questions under way get no answer.
  ~Dnsbl() override;
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  struct Service;
  class Lookup;

  Outcome outcome(bool listed) const;
  void finished(std::uint64_t lookup, bool listed);

  Wanted wanted_;
  Surroundings surroundings_;
  std::chrono::milliseconds limit_;
  std::vector<Service> services_;
  std::vector<std::string> name_servers_;
  std::unique_ptr<net::Resolver> resolver_;  // made with the first question
  std::map<std::uint64_t, std::unique_ptr<Lookup>> lookups_;
  std::uint64_t last_lookup_ = 0;
};

}  // namespace milter_manager::condition
