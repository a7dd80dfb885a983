// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/channel.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/net/descriptor_passing.h"
#include "core/net/timer.h"

using namespace milter_manager;
using supervision::Channel;
using supervision::Message;

namespace {

struct Ends {
  Ends() {
    auto made = net::make_socket_pair(SOCK_STREAM);
    REQUIRE(made);
    pair = std::move(*made);
  }
  net::SocketPair pair;
};

void run_until(net::Loop& loop, const std::function<bool()>& holds) {
  net::Timer tick(loop, [&] {
    if (holds()) loop.stop();
  });
  tick.start_every(std::chrono::milliseconds(1));
  loop.run();
}

}  // namespace

TEST_CASE("messages of any bytes and of no bytes arrive whole and in order") {
  net::Loop loop;
  Ends ends;
  std::vector<std::pair<int, std::string>> received;
  Channel to(loop, std::move(ends.pair.theirs),
             {[&](const Message& message) { received.emplace_back(message.kind, message.payload); }, [] {}});
  Channel from(loop, std::move(ends.pair.ours), {[](const Message&) {}, [] {}});
  const std::string long_one(3 << 20, '\0');
  from.send(1, "");
  from.send(255, std::string("a\0\xff", 3));
  from.send(2, long_one);
  run_until(loop, [&] { return received.size() == 3; });
  CHECK(received[0] == std::pair(1, std::string()));
  CHECK(received[1] == std::pair(255, std::string("a\0\xff", 3)));
  CHECK(received[2].second == long_one);
}

TEST_CASE("what is no message ends the channel, and so does the other end's end") {
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff", 4), std::string("\0\0\0\0", 4), std::string()}) {
    net::Loop loop;
    Ends ends;
    int ended = 0;
    Channel channel(loop, std::move(ends.pair.ours), {[](const Message&) { FAIL(); }, [&] { ++ended; }});
    REQUIRE(::write(ends.pair.theirs.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
    if (bytes.empty()) ends.pair.theirs = net::Descriptor();
    run_until(loop, [&] { return ended > 0; });
    CHECK(ended == 1);
    channel.send(1, "into nowhere");
  }
}

TEST_CASE("whoever receives a message may destroy the channel") {
  net::Loop loop;
  Ends ends;
  std::unique_ptr<Channel> channel;
  int received = 0;
  channel = std::make_unique<Channel>(loop, std::move(ends.pair.ours),
                                      Channel::Events{[&](const Message&) {
                                                        ++received;
                                                        channel.reset();
                                                      },
                                                      [] {}});
  std::string bytes;
  supervision::append_message(1, "one", bytes);
  supervision::append_message(2, "two", bytes);
  REQUIRE(::write(ends.pair.theirs.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  run_until(loop, [&] { return received > 0; });
  CHECK(received == 1);
}

TEST_CASE("descriptors that are passed lead where they did") {
  const auto pair = net::make_socket_pair(SOCK_SEQPACKET);
  REQUIRE(pair);
  CHECK_FALSE(net::receive_descriptors(pair->theirs.get()));
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const net::Descriptor reading(pipe[0]), writing(pipe[1]);
  REQUIRE(net::send_descriptors(pair->ours.get(), {writing.get(), reading.get()}));
  const auto passed = net::receive_descriptors(pair->theirs.get());
  REQUIRE(passed);
  REQUIRE(passed->size() == 2);
  REQUIRE(::write((*passed)[0].get(), "x", 1) == 1);
  char read = 0;
  CHECK(::read(reading.get(), &read, 1) == 1);
  CHECK(read == 'x');
  CHECK_FALSE(net::send_descriptors(pair->ours.get(), {}));
}

TEST_CASE("descriptors for which there is no room are an error, and none of them stays open") {
  const auto pair = net::make_socket_pair(SOCK_SEQPACKET);
  REQUIRE(pair);
  const int one = pair->ours.get();
  REQUIRE(net::send_descriptors(one, {one, one, one}));
  const int lowest = net::Descriptor(::dup(one)).get();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // Room for the first of them.
  const rlimit little{static_cast<rlim_t>(lowest) + 1, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &little) == 0);
  const auto passed = net::receive_descriptors(pair->theirs.get());
  const net::Descriptor next(::dup(one));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(passed);
  CHECK_THAT(passed.error().message, Catch::Contains("too many open files"));
  CHECK(next);
}

TEST_CASE("a channel whose other end has gone has nothing unsent, whatever is sent") {
  net::Loop loop;
  Ends ends;
  bool ended = false;
  Channel channel(loop, std::move(ends.pair.ours), {[](const Message&) {}, [&] { ended = true; }});
  ends.pair.theirs = net::Descriptor();
  run_until(loop, [&] { return ended; });
  channel.send(1, "nobody takes it");
  CHECK(channel.unsent_bytes() == 0);
}
