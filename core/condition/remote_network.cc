// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/remote_network.h"

#include <string>
#include <string_view>

namespace milter_manager::condition {
namespace {

constexpr std::string_view kLocal[] = {"127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12",
                                       "192.168.0.0/16", "::1",        "fe80::/10"};

void add(std::string_view text, std::vector<Network>& networks) {
  if (auto network = Network::parse(text)) networks.push_back(*network);
}

}  // namespace

LocalNetworks::LocalNetworks(const config::BuiltinConditions::RemoteNetwork& settings) {
  for (const auto text : kLocal) add(text, local_);
  for (const auto& text : settings.local) add(text, local_);
  for (const auto& text : settings.remote) add(text, remote_);
}

bool LocalNetworks::contain(const Address& address) const {
  return !any_contains(remote_, address) && any_contains(local_, address);
}

std::optional<Outcome> RemoteNetwork::ask(const Question& question, Later) {
  Outcome outcome;
  const auto* client = question.session->client();
  const auto address = client ? Address::parse(client->address) : std::nullopt;
  outcome.stop = !address || networks_.contain(*address);
  return outcome;
}

}  // namespace milter_manager::condition
