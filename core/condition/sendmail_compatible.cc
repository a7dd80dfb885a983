// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/sendmail_compatible.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/condition/address.h"
#include "core/net/resolver.h"
#include "core/net/timer.h"

namespace milter_manager::condition {
namespace {

using protocol::command::Family;

constexpr std::size_t kMostNames = 100;
constexpr std::chrono::hours kNameLifetime{1};
constexpr std::chrono::minutes kNoNameLifetime{1};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// /\bPostfix\b/i
bool says_postfix(std::string_view version) {
  constexpr std::string_view kName = "postfix";
  for (std::size_t at = 0; at + kName.size() <= version.size(); ++at) {
    const auto piece = version.substr(at, kName.size());
    if (!std::equal(piece.begin(), piece.end(), kName.begin(), [](char a, char b) { return lower(a) == b; }))
      continue;
    const bool begins = at == 0 || !is_word(version[at - 1]);
    const bool ends = at + kName.size() == version.size() || !is_word(version[at + kName.size()]);
    if (begins && ends) return true;
  }
  return false;
}

net::SocketAddress socket_address(const Address& address) {
  net::SocketAddress result;
  if (address.is_ipv4()) {
    sockaddr_in inet{};
    inet.sin_family = AF_INET;
    std::memcpy(&inet.sin_addr, address.bytes().data() + 12, sizeof inet.sin_addr);
    std::memcpy(&result.storage, &inet, sizeof inet);
    result.length = sizeof inet;
  } else {
    sockaddr_in6 inet6{};
    inet6.sin6_family = AF_INET6;
    std::memcpy(&inet6.sin6_addr, address.bytes().data(), sizeof inet6.sin6_addr);
    std::memcpy(&result.storage, &inet6, sizeof inet6);
    result.length = sizeof inet6;
  }
  return result;
}

}  // namespace

// One session at CONNECT: first the connection, then its name.
class SendmailCompatible::Lookup {
 public:
  Lookup(SendmailCompatible& owner, std::uint64_t number, const SessionView& session, Later later)
      : owner_(owner),
        number_(number),
        later_(std::move(later)),
        limit_(owner.surroundings_.loop, [this] { name_found(failure("no answer in time")); }),
        wants_address_(!session.macro("if_addr")),
        wants_name_(!session.macro("if_name")),
        wants_port_(!session.macro("daemon_port")),
        // Postfix tells it unless milter_connect_macros was changed; a proxy before it may hide the connection.
        told_address_(session.macro("if_addr").value_or(session.macro("daemon_addr").value_or(""))) {}

  bool wants_anything() const { return wants_address_ || wants_name_ || wants_port_; }

  void begin(const protocol::command::Connect& client) {
    connection_ = owner_.connections_.find(std::string(client.address), client.port,
                                           [this](const auto& found) { connection_found(found); });
  }

  std::pair<Later, Outcome> take() { return {std::move(later_), std::move(outcome_)}; }

 private:
  void connection_found(const std::optional<ConnectionTable::Connection>& found) {
    std::string address = told_address_;
    if (found && found->state == ConnectionTable::State::established) {
      address = found->local_address;
      if (wants_port_) outcome_.macros.push_back({"daemon_port", fmt::format("{}", found->local_port)});
    }
    const auto parsed = Address::parse(address);
    if (!parsed) return owner_.finished(number_);
    address_ = parsed->text();
    if (wants_address_) outcome_.macros.push_back({"if_addr", address_});
    if (!wants_name_) return owner_.finished(number_);
    if (const Name* known = owner_.known_name(address_)) return finish_with_name(known->text);

    limit_.start_after(owner_.name_limit_);
    name_ = owner_.resolver().name_of(socket_address(*parsed),
                                      [this](const Result<std::string>& name) { name_found(name); });
  }

  void name_found(const Result<std::string>& name) {
    if (!name && owner_.surroundings_.log) {
      owner_.surroundings_.log(
          "warning", fmt::format("[sendmail-compatible][warning] can't resolve server name: {}: {}", address_,
                                 name.error().message));
    }
    owner_.keep_name(address_, name ? *name : std::string());
    finish_with_name(name ? *name : std::string());
  }

  void finish_with_name(const std::string& name) {
    if (!name.empty()) outcome_.macros.push_back({"if_name", name});
    owner_.finished(number_);  // ends this object
  }

  SendmailCompatible& owner_;
  const std::uint64_t number_;
  Later later_;
  Outcome outcome_;
  net::Timer limit_;
  const bool wants_address_, wants_name_, wants_port_;
  const std::string told_address_;
  std::string address_;  // whose name is wanted
  ConnectionTable::Question connection_;
  net::Resolver::Question name_;
};

SendmailCompatible::SendmailCompatible(const Surroundings& surroundings, ConnectionTable::Sources sources,
                                       std::vector<std::string> name_servers,
                                       std::chrono::milliseconds name_limit)
    : surroundings_(surroundings),
      connections_(surroundings.loop, std::move(sources)),
      name_servers_(std::move(name_servers)),
      name_limit_(name_limit) {}

SendmailCompatible::~SendmailCompatible() = default;

std::optional<Outcome> SendmailCompatible::ask(const Question& question, Later later) {
  const SessionView& session = *question.session;
  const auto version = session.macro("v");
  if (!version || !says_postfix(*version)) return Outcome{};
  if (question.stage == config::Stage::connect) return ask_at_connect(session, std::move(later));
  Outcome outcome;
  if (!session.macro("i")) outcome.macros.push_back({"i", "dummy-id"});
  return outcome;
}

std::optional<Outcome> SendmailCompatible::ask_at_connect(const SessionView& session, Later later) {
  const auto* client = session.client();
  const bool has_address = client && (client->family == Family::inet || client->family == Family::inet6);
  if (!has_address || client->port == 0) return Outcome{};
  const std::uint64_t number = ++last_lookup_;
  auto lookup = std::make_unique<Lookup>(*this, number, session, std::move(later));
  if (!lookup->wants_anything()) return Outcome{};
  lookup->begin(*client);
  lookups_.emplace(number, std::move(lookup));
  return std::nullopt;
}

const SendmailCompatible::Name* SendmailCompatible::known_name(const std::string& address) const {
  const auto found = names_.find(address);
  if (found == names_.end() || found->second.good_until < surroundings_.loop.now()) return nullptr;
  return &found->second;
}

void SendmailCompatible::keep_name(const std::string& address, std::string name) {
  if (names_.size() >= kMostNames) names_.clear();
  const auto lifetime = name.empty() ? std::chrono::steady_clock::duration(kNoNameLifetime) : kNameLifetime;
  names_[address] = {std::move(name), surroundings_.loop.now() + lifetime};
}

net::Resolver& SendmailCompatible::resolver() {
  if (!resolver_) {
    net::Resolver::Options options;
    options.name_servers = name_servers_;
    options.timeout = name_limit_ / 3;
    options.tries = 2;
    resolver_ = std::make_unique<net::Resolver>(surroundings_.loop, options);
  }
  return *resolver_;
}

void SendmailCompatible::finished(std::uint64_t lookup) {
  const auto found = lookups_.find(lookup);
  auto [later, outcome] = found->second->take();
  lookups_.erase(found);
  later(std::move(outcome));  // may end this object
}

}  // namespace milter_manager::condition
