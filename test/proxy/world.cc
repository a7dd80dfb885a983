// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/proxy/world.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace milter_manager::proxy {

namespace command = protocol::command;
namespace reply = protocol::reply;

TemporaryDirectory::TemporaryDirectory() {
  auto name = (std::filesystem::temp_directory_path() / "milter-manager-proxy-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path_); }

void run_until(net::Loop& loop, const std::function<bool()>& condition) {
  bool late = false;
  net::Timer limit(loop, [&] { late = true; });
  limit.start_after(std::chrono::seconds(60));
  net::Timer look(loop, [&] {
    if (late || condition()) loop.stop();
  });
  look.start_every(std::chrono::milliseconds(1));
  if (!condition()) loop.run();
  REQUIRE_FALSE(late);
}

net::ConnectionSpec spec(const std::string& text) {
  auto parsed = net::parse_connection_spec(text);
  REQUIRE(parsed);
  return *parsed;
}

// --- Milters

void MilterPeer::received(std::string_view bytes) {
  const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
    if (packet.kind() != 'D') kinds += packet.kind();
    if (packet.kind() == 'B') body += packet.payload();
    negotiated_by_probe = kinds == "OQ";
    script_(*this, packet);
    return static_cast<bool>(stream_);
  });
  CHECK(fed);
}

MilterPeer::MilterPeer(net::Loop& loop, net::Descriptor socket, const Script& script)
    : script_(script), stream_(loop, std::move(socket), *this), slow_timer_(loop, [this] {
        if (stream_) stream_.write(slow_.substr(0, 1));
        slow_.erase(0, 1);
        if (slow_.empty()) slow_timer_.stop();
      }) {}

void MilterPeer::reply(const protocol::Reply& answer) {
  std::string packet;
  protocol::encode(answer, packet);
  write_raw(packet);
}

void MilterPeer::write_raw(std::string_view bytes) {
  if (one_byte_at_a_time) {
    slow_ += bytes;
    slow_timer_.start_every(std::chrono::milliseconds(1));
  } else if (stream_) {
    stream_.write(bytes);
  }
}

void FakeMilter::obedient(MilterPeer& peer, protocol::Packet packet) {
  switch (packet.kind()) {
    case 'O': {
      const auto offer = protocol::decode_command(packet);
      REQUIRE(offer);
      auto option = std::get<command::Negotiate>(*offer).option;
      option.steps &= protocol::step::kSkip;
      peer.reply(reply::Negotiate{option, {}});
      break;
    }
    case 'A':
    case 'D':
      break;
    case 'Q':
      peer.close();
      break;
    default:
      peer.reply(reply::Continue{});
  }
}

FakeMilter::FakeMilter(net::Loop& loop, const std::string& place, Script its_script)
    : script(std::move(its_script)) {
  auto socket = net::open_listening_socket(spec(place));
  REQUIRE(socket);
  listener_ = std::make_unique<net::Listener>(
      loop, std::move(*socket),
      [this, &loop](net::Descriptor accepted) {
        peers.push_back(std::make_unique<MilterPeer>(loop, std::move(accepted), script));
      },
      true);
}

std::vector<MilterPeer*> FakeMilter::sessions() const {
  std::vector<MilterPeer*> result;
  for (const auto& peer : peers) {
    if (!peer->negotiated_by_probe) result.push_back(peer.get());
  }
  return result;
}

// --- The MTA

void FakeMta::received(std::string_view bytes) {
  const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
    CHECK(protocol::decode_reply(packet));
    replies.emplace_back(packet.raw);
    return true;
  });
  CHECK(fed);
}

void FakeMta::send(const protocol::Command& sent) {
  std::string packet;
  protocol::encode(sent, packet);
  write(packet);
}

char FakeMta::reply() {
  run_until(loop_, [&] { return !replies.empty() || ended_; });
  if (replies.empty()) return 0;
  const std::string packet = std::move(replies.front());
  replies.pop_front();
  if (packet[4] == 'O') {
    const auto answer = protocol::decode_reply(protocol::Packet{packet});
    REQUIRE(answer);
    told = std::get<reply::Negotiate>(*answer).option;
  }
  return packet[4];
}

void FakeMta::negotiate(std::uint32_t steps) {
  REQUIRE(ask(command::Negotiate{{6, protocol::action::kAll, steps}}) == 'O');
}

void FakeMta::begin_mail() {
  negotiate();
  REQUIRE(ask(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"}) == 'c');
  REQUIRE(ask(command::Helo{"client.example.org"}) == 'c');
  REQUIRE(ask(command::Mail{"<from@example.org>", {}}) == 'c');
  REQUIRE(ask(command::Recipient{"<to@example.net>", {}}) == 'c');
}

char send_message(FakeMta& mta, std::string_view body) {
  mta.send(command::Data{});
  if (mta.reply() != 'c') return 0;
  mta.send(command::Header{"Subject", "hello"});
  if ((mta.told.steps & protocol::step::kNoReplyHeader) == 0 && mta.reply() != 'c') return 0;
  if (mta.ask(command::EndOfHeader{}) != 'c') return 0;
  for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 65535))) {
    if (mta.ask(command::Body{body.substr(0, 65535)}) != 'c') return 0;
  }
  return mta.ask(command::EndOfMessage{});
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::string whole_mail() {
  std::string bytes;
  for (const protocol::Command& sent : std::initializer_list<protocol::Command>{
           command::Negotiate{{6, protocol::action::kAll, protocol::step::kAll & ~protocol::step::kNoReply}},
           command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"},
           command::Helo{"client.example.org"}, command::Mail{"<from@example.org>", {}},
           command::Recipient{"<to@example.net>", {}}, command::Data{}, command::Header{"Subject", "hello"},
           command::EndOfHeader{}, command::Body{"a body\r\n"}, command::EndOfMessage{}, command::Quit{}}) {
    protocol::encode(sent, bytes);
  }
  return bytes;
}

// --- The world

World::World(std::size_t count) {
  log::Settings settings;
  settings.path = directory.file("log");
  settings.items = 0;
  logger = std::make_unique<log::Logger>(settings);
  configuration.manager.connection_spec = mta_place();
  options.spool_directory = directory.file("");
  options.heartbeat_interval = std::chrono::hours(1);
  for (std::size_t i = 0; i < count; ++i) {
    milters.push_back(std::make_unique<FakeMilter>(loop, milter_place(i)));
    config::Milter milter;
    milter.name = "milter" + std::to_string(i);
    milter.connection_spec = milter_place(i);
    configuration.milters.push_back(milter);
  }
}

World::~World() {
  server.reset();
  milters.clear();
  // Two timers are run_until()'s own.
  proxy::run_until(loop, [&] { return loop.handle_count() == 2; });
}

void World::start() {
  server = std::make_unique<Server>(loop, *logger, std::make_shared<config::Configuration>(configuration),
                                    options);
  listen_on(*configuration.manager.connection_spec);
}

void World::listen_on(const std::string& place, std::chrono::duration<double> linger) {
  auto socket = net::open_listening_socket(spec(place));
  if (!socket) FAIL(socket.error().message);
  std::vector<net::Descriptor> sockets;
  sockets.push_back(std::move(*socket));
  server->listen_on(std::move(sockets), linger);
}

void World::wait_for_sessions(std::uint64_t finished) {
  run_until([&] { return server->counters().sessions_finished == finished; });
  CHECK(server->counters().children_open == 0);
}

std::string World::log() {
  REQUIRE(logger->flush(std::chrono::seconds(60)));
  std::ifstream file(directory.file("log"));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace milter_manager::proxy
