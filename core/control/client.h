// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/control/message.h"
#include "core/net/connection_spec.h"
#include "core/net/frame.h"
#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/result.h"

namespace milter_manager::control {

// Asks a manager's controller one thing, over a connection of its own. On the loop's thread.
class Client final : net::StreamEvents {
 public:
  using Answer = std::function<void(Result<Reply>)>;

  // `answer` is called once, never from within the constructor, at the latest after `limit`; it may destroy the client.
  // Destroying it earlier gives up. An `error` or `failure` of the manager is a Reply, no Error.
  Client(net::Loop& loop, const net::ConnectionSpec& place, const Command& command,
         std::chrono::duration<double> limit, Answer answer);

 private:
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void finish(Result<Reply> result);

  const std::string place_;
  Answer answer_;
  net::FrameReader reader_{kMostReplyBytes};
  net::Stream stream_;
  net::Timer limit_;
};

// The same for a program that has nothing else to do: waits.
Result<Reply> ask(const net::ConnectionSpec& place, const Command& command,
                  std::chrono::duration<double> limit);

}  // namespace milter_manager::control
