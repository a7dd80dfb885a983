// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/dnsbl.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/net/resolver.h"
#include "core/net/timer.h"

namespace milter_manager::condition {

struct Dnsbl::Service {
  std::string domain;
  std::optional<Network> expected;
  bool told_refusal = false;
  bool told_failure = false;
};

namespace {

// Where services say why they do not answer.
const Network& refusals() {
  static const Network network = *Network::parse("127.255.255.0/24");
  return network;
}

Address address_of(const net::SocketAddress& address) {
  return Address::from_ipv4(&reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr);
}

}  // namespace

// One client, asked of all services.
class Dnsbl::Lookup {
 public:
  Lookup(Dnsbl& owner, std::uint64_t number, const Address& client, Later later)
      : owner_(owner),
        number_(number),
        later_(std::move(later)),
        limit_(owner.surroundings_.loop, [this] { give_up(); }) {
    limit_.start_after(owner.limit_);
    const std::string reversed = client.reversed();
    waiting_ = owner.services_.size();
    has_answered_.resize(waiting_);
    for (std::size_t i = 0; i < owner.services_.size(); ++i) {
      const std::string name = fmt::format("{}.{}", reversed, owner.services_[i].domain);
      questions_.push_back(owner.resolver_->lookup_ipv4(
          name, [this, i](const Result<std::vector<net::SocketAddress>>& answer) { answered(i, answer); }));
    }
  }

  Later take_later() { return std::move(later_); }

 private:
  void answered(std::size_t index, const Result<std::vector<net::SocketAddress>>& answer) {
    --waiting_;
    has_answered_[index] = true;
    const bool listed = is_listed(owner_.services_[index], answer);
    if (listed || waiting_ == 0) owner_.finished(number_, listed);  // ends this object
  }

  void give_up() {
    for (std::size_t i = 0; i < has_answered_.size(); ++i) {
      Service& service = owner_.services_[i];
      if (!has_answered_[i])
        tell_once(service.told_failure, fmt::format("{}: no answer in time", service.domain));
    }
    owner_.finished(number_, false);  // ends this object
  }

  bool is_listed(Service& service, const Result<std::vector<net::SocketAddress>>& answer) {
    if (!answer) {
      tell_once(service.told_failure, answer.error().message);
      return false;
    }
    bool listed = false;
    for (const net::SocketAddress& one : *answer) {
      const Address address = address_of(one);
      if (refusals().contains(address)) {
        tell_once(service.told_refusal,
                  fmt::format("{} does not serve this host: it answers {}", service.domain, address.text()));
      } else if (!service.expected || service.expected->contains(address)) {
        listed = true;
      }
    }
    return listed;
  }

  void tell_once(bool& told, const std::string& text) {
    if (std::exchange(told, true) || !owner_.surroundings_.log) return;
    owner_.surroundings_.log("warning", fmt::format("[dnsbl] {}", text));
  }

  Dnsbl& owner_;
  const std::uint64_t number_;
  Later later_;
  std::size_t waiting_ = 0;
  std::vector<bool> has_answered_;  // by service
  net::Timer limit_;
  std::vector<net::Resolver::Question> questions_;
};

Dnsbl::Dnsbl(Wanted wanted, const config::BuiltinConditions::Dnsbl& settings,
             const Surroundings& surroundings, std::chrono::milliseconds limit)
    : wanted_(wanted), surroundings_(surroundings), limit_(limit), name_servers_(settings.name_servers) {
  for (const auto& service : settings.services) {
    std::optional<Network> expected;
    if (service.expected) {
      const auto network = Network::parse(*service.expected);
      if (!network) continue;  // who wrote it has been told
      expected = *network;
    }
    services_.push_back({service.domain, expected});
  }
}

Dnsbl::~Dnsbl() = default;

bool is_service_domain(std::string_view text) {
  // A name has 253 characters at most, of which an IPv6 address takes 64: 32 digits and as many dots.
  constexpr std::size_t kMostLength = 253 - 64;
  if (text.empty() || text.size() > kMostLength || text.front() == '.') return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return std::all_of(text.begin(), text.end(), allowed) && text.find("..") == std::string_view::npos;
}

bool is_name_server(std::string_view text) {
  if (Address::parse(text)) return text.find('%') == std::string_view::npos;
  const bool bracketed = text.substr(0, 1) == "[";
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (end == std::string_view::npos) return false;
  const auto address = Address::parse(text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end));
  if (!address || address->is_ipv4() == bracketed) return false;
  std::string_view port = text.substr(bracketed ? end + 1 : end);
  if (bracketed && port.empty()) return true;
  if (port.substr(0, 1) != ":") return false;
  port.remove_prefix(1);
  std::uint16_t number = 0;
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && rest == port.data() + port.size() && number != 0;
}

std::optional<Outcome> Dnsbl::ask(const Question& question, Later later) {
  const auto* client = question.session->client();
  const auto address = client ? Address::parse(client->address) : std::nullopt;
  if (!address || services_.empty()) return outcome(false);
  if (!resolver_) {
    // Two tries with one server, or one with each of two, before the limit.
    net::Resolver::Options options;
    options.name_servers = name_servers_;
    options.timeout = limit_ * 3 / 10;
    options.tries = 2;
    resolver_ = std::make_unique<net::Resolver>(surroundings_.loop, options);
  }
  const std::uint64_t number = ++last_lookup_;
  lookups_.emplace(number, std::make_unique<Lookup>(*this, number, *address, std::move(later)));
  return std::nullopt;
}

Outcome Dnsbl::outcome(bool listed) const {
  Outcome outcome;
  outcome.stop = listed != (wanted_ == Wanted::listed);
  return outcome;
}

void Dnsbl::finished(std::uint64_t lookup, bool listed) {
  const auto found = lookups_.find(lookup);
  const Later later = found->second->take_later();
  const Outcome result = outcome(listed);
  lookups_.erase(found);
  later(result);  // may end this object
}

}  // namespace milter_manager::condition
