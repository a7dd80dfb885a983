// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/packet.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "test/protocol/allocations.h"
#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

namespace {

struct Stream {
  std::string bytes;
  std::vector<std::string> packets;
};

Stream random_stream(std::mt19937& random, int count) {
  Stream stream;
  for (int i = 0; i < count; ++i) {
    std::string packet;
    const std::size_t size = random() % 8 == 0 ? random() % 2000 : random() % 10;
    append_packet(packet, static_cast<char>('A' + i % 26),
                  std::string(size, static_cast<char>(random() % 256)));
    stream.bytes += packet;
    stream.packets.push_back(packet);
  }
  return stream;
}

}  // namespace

TEST_CASE("a packet is its length, its kind and its payload") {
  std::string out = "before";
  append_packet(out, 'H', bytes("mx\0"));
  CHECK(out == bytes("before\0\0\0\x04Hmx\0"));
  out.clear();
  append_packet(out, 'Q');
  CHECK(out == bytes("\0\0\0\x01Q"));
  out.clear();
  append_packet(out, 'D', "C", bytes("j\0mx\0"));
  CHECK(out == packet_of(bytes("DCj\0mx\0")));

  const Packet packet{out};
  CHECK(packet.kind() == 'D');
  CHECK(packet.payload() == bytes("Cj\0mx\0"));
}

TEST_CASE("a stream gives the same packets however it is cut") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Stream stream = random_stream(random, 1 + static_cast<int>(random() % 30));
    const std::size_t longest_piece = round == 0 ? 1 : 1 + random() % 700;
    const unsigned stop_one_in = round % 2 == 0 ? 0 : 1 + static_cast<unsigned>(random() % 4);
    Framer framer;
    std::vector<std::string> packets;
    const auto take = [&](Packet packet) {
      packets.emplace_back(packet.raw);
      return stop_one_in == 0 || random() % stop_one_in != 0;
    };
    for (std::size_t at = 0; at < stream.bytes.size();) {
      const std::size_t size = 1 + random() % longest_piece;
      REQUIRE(framer.feed(std::string_view(stream.bytes).substr(at, size), take));
      at += size;
    }
    while (framer.buffered_bytes() > 0) {
      const std::size_t before = packets.size();
      REQUIRE(framer.resume(take));
      REQUIRE(packets.size() > before);
    }
    CHECK(packets == stream.packets);
  }
}

TEST_CASE("whole packets are taken where they lie, without any memory") {
  const std::string bytes = packet_of("A") + packet_of("Bbody") + packet_of("Q");
  Framer framer;
  std::size_t at = 0;
  const auto before = allocations();
  bool ok = true, in_place = true;
  for (int round = 0; round < 10; ++round) {
    at = 0;
    ok = ok && framer
                   .feed(bytes,
                         [&](Packet packet) {
                           in_place = in_place && packet.raw.data() == bytes.data() + at;
                           at += packet.raw.size();
                           return true;
                         })
                   .has_value();
  }
  const auto after = allocations();
  CHECK(ok);
  CHECK(in_place);
  CHECK(after.count == before.count);
}

TEST_CASE("only the packet that straddles two reads is copied") {
  const std::string bytes = packet_of("A" + std::string(50, 'x')) + packet_of("B" + std::string(50, 'y'));
  Framer framer;
  std::vector<bool> in_place;
  const std::string_view first = std::string_view(bytes).substr(0, 20),
                         second = std::string_view(bytes).substr(20);
  const auto take = [&](Packet packet) {
    in_place.push_back(packet.raw.data() >= bytes.data() && packet.raw.data() < bytes.data() + bytes.size());
    return true;
  };
  REQUIRE(framer.feed(first, take));
  CHECK(framer.buffered_bytes() == 20);
  REQUIRE(framer.feed(second, take));
  CHECK(in_place == std::vector<bool>{false, true});
  CHECK(framer.buffered_bytes() == 0);
}

TEST_CASE("an idle connection holds no memory") {
  const std::string bytes = packet_of("B" + std::string(60000, 'x'));
  Framer framer;
  int packets = 0;
  const auto take = [&](Packet) { return ++packets > 0; };
  const auto before = allocations();
  bool ok = framer.feed(std::string_view(bytes).substr(0, 30000), take).has_value();
  const bool held = allocations().live > before.live;
  ok = ok && framer.feed(std::string_view(bytes).substr(30000), take);
  const auto after = allocations();
  CHECK(ok);
  CHECK(held);
  CHECK(packets == 1);
  CHECK(after.live == before.live);
}

TEST_CASE("packets that are not wanted yet wait in order") {
  Framer framer;
  std::string kinds;
  const auto one = [&](Packet packet) {
    kinds += packet.kind();
    return false;
  };
  REQUIRE(framer.feed(packet_of("A") + packet_of("B") + packet_of("C"), one));
  CHECK(kinds == "A");
  CHECK(framer.buffered_bytes() == 10);
  REQUIRE(framer.feed(packet_of("D").substr(0, 3), one));
  CHECK(kinds == "AB");
  REQUIRE(framer.resume(one));
  CHECK(kinds == "ABC");
  REQUIRE(framer.resume(one));
  CHECK(kinds == "ABC");
  REQUIRE(framer.feed(packet_of("D").substr(3), one));
  CHECK(kinds == "ABCD");
  CHECK(framer.buffered_bytes() == 0);
}

TEST_CASE("many waiting packets cost memory only for what waits") {
  constexpr int kPackets = 20000;
  std::string bytes;
  for (int i = 0; i < kPackets; ++i) append_packet(bytes, 'L', "name");
  Framer framer;
  int packets = 0;
  const auto one = [&](Packet) {
    ++packets;
    return false;
  };
  REQUIRE(framer.feed(bytes, one));
  const std::string next = packet_of("Lname");
  const auto before = allocations();
  // As much comes as is taken: what waits stays the same, so memory does.
  for (int i = 0; i < 3 * kPackets; ++i) REQUIRE(framer.feed(next, one));
  CHECK(packets == 1 + 3 * kPackets);
  CHECK(framer.buffered_bytes() == (kPackets - 1) * next.size());
  CHECK(allocations().bytes - before.bytes < 4 * bytes.size());
}

TEST_CASE("a packet of length 0 is refused") {
  Framer framer;
  int packets = 0;
  const auto result = framer.feed(packet_of("A") + bytes("\0\0\0\0"), [&](Packet) { return ++packets > 0; });
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "a packet of length 0: not even a kind");
  CHECK(packets == 1);
}

TEST_CASE("a length above the limit is refused before memory is taken for it") {
  const std::string announced = bytes(
      "\xff\xff\xff\xff"
      "B");
  for (const std::size_t piece : {announced.size(), std::size_t{1}}) {
    Framer framer;
    milter_manager::Result<void> result;
    const auto before = allocations();
    for (std::size_t at = 0; at < announced.size() && result; at += piece) {
      result = framer.feed(std::string_view(announced).substr(at, piece), [](Packet) { return true; });
    }
    const auto after = allocations();
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "a packet of 4294967299 bytes, above the limit of 1048640");
    CHECK(after.bytes - before.bytes < 4096);
  }
}

TEST_CASE("the longest packet is read, one byte more is not") {
  constexpr std::size_t kLimit = 100;
  for (const std::size_t size : {kLimit, kLimit + 1}) {
    Framer framer(kLimit);
    const std::string packet = packet_of(std::string(size - 4, 'B'));
    REQUIRE(packet.size() == size);
    CHECK(framer.feed(packet, [](Packet) { return true; }).has_value() == (size == kLimit));
  }
}

TEST_CASE("an announced packet takes only the memory of what has come") {
  Framer framer;
  const std::string begin = packet_of("B" + std::string(1000000, 'x')).substr(0, 100);
  const auto before = allocations();
  const bool ok = framer.feed(begin, [](Packet) { return true; }).has_value();
  const auto after = allocations();
  CHECK(ok);
  CHECK(after.bytes - before.bytes < 1000);
}
