// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/net/descriptor.h"
#include "core/net/frame.h"
#include "core/net/loop.h"
#include "core/net/stream.h"

namespace milter_manager::supervision {

// One message of a Channel: what it is, and bytes that only its receiver understands.
struct Message {
  std::uint8_t kind = 0;
  std::string_view payload;
};

// More than any message of ours has: a configuration's files are the longest.
inline constexpr std::size_t kMostMessageBytes = std::size_t{64} << 20;

// Appends a whole message to `bytes`: a frame (core/net/frame.h) of the kind, one byte, and the payload.
void append_message(std::uint8_t kind, std::string_view payload, std::string& bytes);

// Messages both ways between two processes of the manager, over a socket pair. On the loop's thread.
class Channel final : net::StreamEvents {
 public:
  struct Events {
    std::function<void(const Message&)> received;
    // The other process has gone, or has sent what is no message. The last call; may destroy the channel.
    std::function<void()> ended;
  };

  // `socket`: one end of a socketpair(AF_UNIX, SOCK_STREAM).
  Channel(net::Loop& loop, net::Descriptor socket, Events events);
  ~Channel() override;

  // Never waits: what the other end does not take stays in memory.
  void send(std::uint8_t kind, std::string_view payload);
  // What it has not taken; nothing once it has gone. Who sends often should leave out what can be left out while this grows.
  std::size_t unsent_bytes() const { return stream_ ? stream_.unwritten_bytes() : 0; }

 private:
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void end();

  Events events_;
  net::FrameReader reader_{kMostMessageBytes};
  bool ended_ = false;
  bool* destroyed_ = nullptr;
  net::Stream stream_;
};

}  // namespace milter_manager::supervision
