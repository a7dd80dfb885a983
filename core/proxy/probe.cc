// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/probe.h"

#include <string>
#include <utility>
#include <variant>

#include "core/protocol/command.h"
#include "core/protocol/reply.h"

namespace milter_manager::proxy {

Probe::Probe(net::Loop& loop, const net::ConnectionSpec& spec, std::chrono::duration<double> limit,
             Found found)
    : found_(std::move(found)),
      stream_(loop, spec, *this),
      limit_(loop, [this] { finish({failure("no answer in time")}); }) {
  limit_.start_after(limit);
}

void Probe::connected() {
  const protocol::command::Negotiate offer{
      {protocol::kMaxVersion, protocol::action::kAll, protocol::step::kAll}};
  std::string packet;
  protocol::encode(offer, packet);
  stream_.write(packet);
}

void Probe::received(std::string_view bytes) {
  milter_manager::Result<session::KnownChildren::Knowledge> result;
  bool complete = false;
  const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
    complete = true;
    const auto reply = protocol::decode_reply(packet);
    const auto* answer = reply ? std::get_if<protocol::reply::Negotiate>(&*reply) : nullptr;
    if (answer != nullptr) {
      result->option = answer->option;
      result->symbols = answer->symbols.bytes();
    } else {
      result = failure(reply ? "it did not answer the negotiation" : reply.error().message);
    }
    return false;
  });
  if (!fed) result = tl::unexpected(fed.error());
  if (complete || !fed) finish({std::move(result)});
}

void Probe::ended() { finish({failure("it closed the connection")}); }

void Probe::failed(const net::StreamError& error) {
  using Kind = net::StreamError::Kind;
  finish({failure(error.message), error.kind == Kind::connect || error.kind == Kind::resolve});
}

void Probe::finish(Result result) {
  limit_.stop();
  if (result.knowledge) {
    std::string quit;
    protocol::append_packet(quit, static_cast<char>(protocol::CommandKind::quit));
    stream_.write(quit);
    stream_.close();
  } else {
    stream_ = net::Stream();
  }
  // The one who is called may destroy us.
  const auto found = std::move(found_);
  found(std::move(result));
}

}  // namespace milter_manager::proxy
