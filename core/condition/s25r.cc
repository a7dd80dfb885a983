// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/s25r.h"

#include <utility>

#include "core/condition/address.h"

namespace milter_manager::condition {
namespace {

Outcome stopped(bool stop) {
  Outcome outcome;
  outcome.stop = stop;
  return outcome;
}

bool is_ipv4(const protocol::command::Connect& client) {
  if (client.family == protocol::command::Family::inet) return true;
  if (client.family != protocol::command::Family::inet6) return false;
  const auto address = Address::parse(client.address);
  return address && address->is_ipv4();
}

}  // namespace

S25r::S25r(const config::BuiltinConditions::S25r& settings, std::uint64_t generation, RubyMatchers& ruby)
    : only_check_ipv4_(settings.only_check_ipv4),
      white_(settings.white, generation, ruby),
      black_(settings.black, generation, ruby) {}

std::optional<Outcome> S25r::ask(const Question& question, Later later) {
  const auto* client = question.session->client();
  if (!client || (only_check_ipv4_ && !is_ipv4(*client))) return stopped(true);
  const auto white = white_.match(client->host);
  if (white == true) return stopped(true);
  const auto black = black_.match(client->host);
  if (black == false) return stopped(true);  // whatever the white list says
  if (white == false && black == true) return stopped(false);

  std::string host(client->host);
  if (white == false) {
    ask_black(std::move(host), std::move(later));
    return std::nullopt;
  }
  white_.ask(host, [this, host, black, later = std::move(later)](bool is_white) {
    if (is_white || black == true) {
      later(stopped(is_white));
    } else {
      ask_black(host, later);
    }
  });
  return std::nullopt;
}

void S25r::ask_black(std::string host, Later later) const {
  black_.ask(std::move(host), [later = std::move(later)](bool is_black) { later(stopped(!is_black)); });
}

}  // namespace milter_manager::condition
