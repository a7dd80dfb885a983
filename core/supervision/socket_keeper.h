// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/net/work.h"
#include "core/result.h"
#include "core/supervision/listening_sockets.h"

namespace milter_manager::supervision {

// Keeps the manager's listening sockets as the configuration wants them, in the main process and on its loop, which never waits for
// a resolver on the way.
class SocketKeeper {
 public:
  // `pass_on` gives those who accept the sockets that there are now; they are to accept at those before for kAcceptorsLinger more.
  SocketKeeper(net::Loop& loop, log::Logger& logger, ListeningSockets sockets,
               std::function<void(const ListeningSockets&)> pass_on);

  const ListeningSockets& sockets() const { return sockets_; }

  // Another configuration holds. Told, perhaps within this call, when the sockets are what it wants; an error: they stay where they
  // were. One that comes while another one is on its way waits for it.
  using Answer = std::function<void(Result<void>)>;
  void follow(std::shared_ptr<const config::Configuration> configuration, Answer answer);

  // Nobody finds us any more.
  void close();

 private:
  struct Wish {
    std::shared_ptr<const config::Configuration> configuration;
    Answer answer;
  };

  void go_on();
  void begin(Wish wish);
  void moved();
  Result<void> move_to(Result<ListeningSockets>& others);

  net::Loop& loop_;
  log::Logger& logger_;
  ListeningSockets sockets_;
  const std::function<void(const ListeningSockets&)> pass_on_;
  net::Timer linger_;
  std::deque<Wish> waiting_;
  bool is_opening_ = false;
  net::Work opening_;
};

}  // namespace milter_manager::supervision
