// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/condition/address.h"
#include "core/condition/builtin.h"

namespace milter_manager::condition {

// Which addresses are local: loopback, private (RFC 1918) and link-local ones and those that the settings add, but for
// those that the settings call remote. Unique local IPv6 addresses (fc00::/7) are not, unless added.
class LocalNetworks {
 public:
  // Texts that are no networks are left out: who wrote them has been told.
  explicit LocalNetworks(const config::BuiltinConditions::RemoteNetwork& settings);

  bool contain(const Address& address) const;

 private:
  std::vector<Network> local_, remote_;
};

// Stops where the client isn't known to be at a remote address; a UNIX socket is local.
class RemoteNetwork final : public Builtin {
 public:
  explicit RemoteNetwork(const config::BuiltinConditions::RemoteNetwork& settings) : networks_(settings) {}
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  LocalNetworks networks_;
};

}  // namespace milter_manager::condition
