// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/channel.h"

#include <utility>

namespace milter_manager::supervision {

void append_message(std::uint8_t kind, std::string_view payload, std::string& bytes) {
  std::string content(1, static_cast<char>(kind));
  content.append(payload);
  net::append_frame(content, bytes);
}

Channel::Channel(net::Loop& loop, net::Descriptor socket, Events events)
    : events_(std::move(events)), stream_(loop, std::move(socket), *this) {}

Channel::~Channel() {
  if (destroyed_ != nullptr) *destroyed_ = true;
}

void Channel::send(std::uint8_t kind, std::string_view payload) {
  if (ended_) return;
  std::string bytes;
  append_message(kind, payload, bytes);
  stream_.write(bytes);
}

void Channel::received(std::string_view bytes) {
  reader_.append(bytes);
  bool destroyed = false;
  destroyed_ = &destroyed;
  while (!ended_) {
    const auto frame = reader_.next();
    if (frame && !*frame) break;
    if (!frame || (*frame)->empty()) {
      destroyed_ = nullptr;
      return end();
    }
    events_.received({static_cast<std::uint8_t>((**frame)[0]), (*frame)->substr(1)});
    if (destroyed) return;
  }
  destroyed_ = nullptr;
}

void Channel::ended() { end(); }

void Channel::failed(const net::StreamError&) { end(); }

void Channel::end() {
  if (std::exchange(ended_, true)) return;
  stream_ = net::Stream();
  // Who is told may destroy us.
  if (const auto ended = std::exchange(events_.ended, nullptr)) ended();
}

}  // namespace milter_manager::supervision
