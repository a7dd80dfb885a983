// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/milter.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <thread>
#include <variant>

#include "core/protocol/reply.h"

namespace milter_manager::bench {
namespace {

using protocol::CommandKind;
namespace reply = protocol::reply;
namespace step = protocol::step;

std::string encoded(const protocol::Reply& reply) {
  std::string bytes;
  protocol::encode(reply, bytes);
  return bytes;
}

// The step with which the milter has said that it does not answer a command.
std::uint32_t no_reply_step(CommandKind command) {
  switch (command) {
    case CommandKind::connect:
      return step::kNoReplyConnect;
    case CommandKind::helo:
      return step::kNoReplyHelo;
    case CommandKind::mail:
      return step::kNoReplyMail;
    case CommandKind::recipient:
      return step::kNoReplyRecipient;
    case CommandKind::data:
      return step::kNoReplyData;
    case CommandKind::header:
      return step::kNoReplyHeader;
    case CommandKind::end_of_header:
      return step::kNoReplyEndOfHeader;
    case CommandKind::body:
      return step::kNoReplyBody;
    case CommandKind::unknown:
      return step::kNoReplyUnknown;
    default:
      return 0;
  }
}

int signals_to_read() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

}  // namespace

struct Milter::Connection {
  int socket = -1;
  std::uint32_t steps = 0;  // agreed
  bool writing = false;     // epoll watches for room to write
  protocol::Framer framer;
  Outbox out;
};

Result<std::string> encode_reply(std::string_view text) {
  const std::map<std::string_view, protocol::Reply> words = {
      {"accept", reply::Accept{}},   {"continue", reply::Continue{}},
      {"discard", reply::Discard{}}, {"reject", reply::Reject{}},
      {"skip", reply::Skip{}},       {"temporary-failure", reply::TemporaryFailure{}}};
  if (const auto word = words.find(text); word != words.end()) return encoded(word->second);
  if (const auto valid = protocol::check_reply_code(text); !valid) return tl::unexpected(valid.error());
  return encoded(reply::ReplyCode{text});
}

Milter::Milter(Conduct conduct)
    : conduct_(std::move(conduct)),
      continue_(encoded(reply::Continue{})),
      accept_(encoded(reply::Accept{})),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      signals_(signals_to_read()),
      buffer_(256 * 1024) {
  watch(signals_, EPOLL_CTL_ADD, false);
}

Milter::~Milter() {
  for (const auto& [socket, connection] : connections_) close(socket);
  for (const int socket : listeners_) close(socket);
  close(signals_);
  close(epoll_);
}

void Milter::add_listener(int socket) {
  listeners_.push_back(socket);
  watch(socket, EPOLL_CTL_ADD, false);
}

void Milter::run() {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == signals_) return;
      if (is_listener(event.data.fd)) {
        accept_from(event.data.fd);
      } else {
        serve(event.data.fd, event.events);
      }
    }
  }
}

void Milter::watch(int socket, int operation, bool writing) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? std::uint32_t{EPOLLOUT} : 0);
  event.data.fd = socket;
  epoll_ctl(epoll_, operation, socket, &event);
}

bool Milter::is_listener(int socket) const {
  return std::find(listeners_.begin(), listeners_.end(), socket) != listeners_.end();
}

void Milter::accept_from(int listener) {
  for (;;) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on);  // fails for unix sockets, which have no delay
    auto connection = std::make_unique<Connection>();
    connection->socket = socket;
    connections_[socket] = std::move(connection);
    watch(socket, EPOLL_CTL_ADD, false);
    ++counters_.connections;
    counters_.most_open = std::max<std::uint64_t>(counters_.most_open, connections_.size());
  }
}

void Milter::serve(int socket, std::uint32_t events) {
  const auto known = connections_.find(socket);
  if (known == connections_.end()) return;
  auto& connection = *known->second;
  const bool readable = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
  const bool stays = !readable || receive(connection);
  if (!flush(connection) || !stays) drop(socket);
}

// False: the connection is over.
bool Milter::receive(Connection& connection) {
  const auto got = read(connection.socket, buffer_.data(), buffer_.size());
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  counters_.bytes += static_cast<std::uint64_t>(got);
  bool stays = true;
  const auto taken =
      connection.framer.feed({buffer_.data(), static_cast<std::size_t>(got)}, [&](protocol::Packet packet) {
        ++counters_.packets;
        return stays = take(connection, packet);
      });
  if (!taken) ++counters_.protocol_errors;
  return taken && stays;
}

// False: the MTA has said QUIT, or nonsense.
bool Milter::take(Connection& connection, protocol::Packet packet) {
  const auto command = static_cast<CommandKind>(packet.kind());
  switch (command) {
    case CommandKind::negotiate:
      return negotiate(connection, packet);
    case CommandKind::quit:
      ++counters_.quits;
      return false;
    case CommandKind::quit_new_connection:
      ++counters_.quits;
      return true;
    case CommandKind::abort:
      ++counters_.aborts;
      return true;
    case CommandKind::define_macro:
      return true;
    case CommandKind::end_of_message:
      ++counters_.messages;
      break;
    case CommandKind::connect:
    case CommandKind::helo:
    case CommandKind::mail:
    case CommandKind::recipient:
    case CommandKind::data:
    case CommandKind::header:
    case CommandKind::end_of_header:
    case CommandKind::body:
    case CommandKind::unknown:
      break;
    default:
      ++counters_.protocol_errors;
      return false;
  }
  if ((connection.steps & no_reply_step(command)) != 0) return true;
  if (conduct_.delay.count() > 0) std::this_thread::sleep_for(conduct_.delay);
  auto& out = connection.out.back();
  const bool last = command == CommandKind::end_of_message;
  if (last) out += conduct_.edits;
  const auto chosen = conduct_.replies.empty() ? conduct_.replies.end() : conduct_.replies.find(command);
  out += chosen != conduct_.replies.end() ? chosen->second : last ? accept_ : continue_;
  return true;
}

bool Milter::negotiate(Connection& connection, protocol::Packet packet) {
  const auto command = decode_command(packet);
  if (!command) {
    ++counters_.protocol_errors;
    return false;
  }
  const auto& offer = std::get<protocol::command::Negotiate>(*command).option;
  const auto& wanted = conduct_.wanted;
  connection.steps = offer.steps & wanted.steps;
  protocol::encode(
      reply::Negotiate{
          {std::min(offer.version, wanted.version), offer.actions & wanted.actions, connection.steps}, {}},
      connection.out.back());
  return true;
}

bool Milter::flush(Connection& connection) {
  if (!connection.out.flush(connection.socket)) return false;
  if (connection.out.empty() == connection.writing) {
    connection.writing = !connection.writing;
    watch(connection.socket, EPOLL_CTL_MOD, connection.writing);
  }
  return true;
}

void Milter::drop(int socket) {
  close(socket);
  connections_.erase(socket);
}

}  // namespace milter_manager::bench
