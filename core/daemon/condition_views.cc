// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/condition_views.h"

#include "core/protocol/macro.h"

namespace milter_manager::daemon {
namespace {

namespace command = protocol::command;
using condition::Snapshot;

std::optional<std::string_view> find(const ConditionMacros& macros, std::string_view name) {
  for (auto one = macros.rbegin(); one != macros.rend(); ++one) {
    if (one->name == name) return one->value;
  }
  return std::nullopt;
}

// Of packets that we have written ourselves.
std::optional<protocol::Command> decode(std::string_view packet) {
  if (packet.empty()) return std::nullopt;
  const auto command = protocol::decode_command({packet});
  return command ? std::optional<protocol::Command>(*command) : std::nullopt;
}

const command::Connect* connect_in(const std::optional<protocol::Command>& command) {
  return command ? std::get_if<command::Connect>(&*command) : nullptr;
}

Snapshot::Child::Answer answer_of(statistics::Status status) {
  switch (status) {
    case statistics::Status::accept:
      return Snapshot::Child::Answer::accept;
    case statistics::Status::reject:
      return Snapshot::Child::Answer::reject;
    case statistics::Status::temporary_failure:
      return Snapshot::Child::Answer::temporary_failure;
    case statistics::Status::discard:
      return Snapshot::Child::Answer::discard;
    default:
      return Snapshot::Child::Answer::none;
  }
}

// The parts of a command that conditions are told.
struct Taker {
  Snapshot& snapshot;

  void operator()(const command::Helo& helo) const { snapshot.text = helo.name; }
  void operator()(const command::Mail& mail) const { address(mail.sender, mail.arguments); }
  void operator()(const command::Recipient& recipient) const {
    address(recipient.recipient, recipient.arguments);
  }
  void operator()(const command::Header& header) const {
    snapshot.text = header.name;
    snapshot.value = header.value;
  }
  void operator()(const command::Body& body) const { snapshot.text = body.chunk; }
  template <typename Other>
  void operator()(const Other&) const {}

 private:
  void address(std::string_view text, const protocol::StringList& arguments) const {
    snapshot.text = text;
    for (const std::string_view argument : arguments) snapshot.arguments.emplace_back(argument);
  }
};

// Whose session it is.
std::shared_ptr<Snapshot> snapshot_of_client(const session::Session& session, std::string_view mta) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->session = session.tag();
  snapshot->message = session.message_number();
  snapshot->mta_address = mta;
  const auto client = decode(session.client());
  if (const auto* connect = connect_in(client)) {
    snapshot->client_host = connect->host;
    snapshot->client_family = connect->family;
    snapshot->client_address = connect->address;
    snapshot->client_port = connect->port;
  }
  return snapshot;
}

}  // namespace

LiveView::LiveView(const session::Session& session, const session::ConditionRequest& request,
                   const ConditionMacros& set, std::string_view mta, std::size_t n_sessions)
    : session_(session), request_(request), set_(set), mta_(mta), n_sessions_(n_sessions) {}

std::optional<std::string_view> LiveView::macro(std::string_view name) const {
  const std::string_view bare = protocol::bare_macro_name(name);
  if (const auto set = find(set_, bare)) return set;
  return session_.macro(request_.child, request_.stage, bare);
}

const command::Connect* LiveView::client() const {
  if (!client_) client_ = decode(session_.client());
  return connect_in(client_);
}

KeptSession keep(const session::Session& session, const session::ConditionRequest& request,
                 std::string_view mta, std::size_t n_sessions) {
  const auto snapshot = snapshot_of_client(session, mta);
  snapshot->milter = static_cast<std::size_t>(request.child);
  snapshot->stage = static_cast<config::Stage>(request.stage);
  for (int i = 0; i < session.child_count(); ++i) {
    const auto child = session.child(i);
    snapshot->children.push_back({std::string(child.name), answer_of(child.status), child.quitted});
  }
  for (const auto& [name, value] : session.macros_seen(request.child, request.stage)) {
    snapshot->macros.emplace_back(name, value);
  }
  snapshot->n_sessions = n_sessions;
  snapshot->refused_recipient = request.refused_recipient;
  std::visit(Taker{*snapshot}, *request.command);

  KeptSession kept;
  kept.client = session.client();
  kept.snapshot = snapshot;
  protocol::encode(*request.command, kept.command);
  return kept;
}

std::shared_ptr<const Snapshot> keep_client(const session::Session& session, std::string_view mta) {
  const auto snapshot = snapshot_of_client(session, mta);
  for (const auto& [name, value] : session.macros_seen()) snapshot->macros.emplace_back(name, value);
  return snapshot;
}

KeptView::KeptView(const KeptSession& session, const ConditionMacros& set)
    : session_(session), set_(set), command_(decode(session.command)), client_(decode(session.client)) {}

std::optional<std::string_view> KeptView::macro(std::string_view name) const {
  const std::string_view bare = protocol::bare_macro_name(name);
  if (const auto set = find(set_, bare)) return set;
  for (const auto& [known, value] : session_.snapshot->macros) {
    if (known == bare) return value;
  }
  return std::nullopt;
}

const command::Connect* KeptView::client() const { return connect_in(client_); }

}  // namespace milter_manager::daemon
