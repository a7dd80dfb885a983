// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/socket_keeper.h"

#include <fmt/format.h>

#include <utility>

namespace milter_manager::supervision {

SocketKeeper::SocketKeeper(net::Loop& loop, log::Logger& logger, ListeningSockets sockets,
                           std::function<void(const ListeningSockets&)> pass_on)
    : loop_(loop),
      logger_(logger),
      sockets_(std::move(sockets)),
      pass_on_(std::move(pass_on)),
      linger_(loop, [this] { sockets_.end_lingering(); }) {}

void SocketKeeper::follow(std::shared_ptr<const config::Configuration> configuration, Answer answer) {
  if (!sockets_.wants_other_place(*configuration)) return answer(sockets_.set_mode(*configuration));
  if (sockets_.return_to_lingering(*configuration)) {
    moved();
    return answer(sockets_.set_mode(*configuration));
  }
  // A host's name may have to be resolved. The thread has a view of our sockets of its own: these may be closed meanwhile.
  struct Opening {
    std::shared_ptr<const config::Configuration> configuration;
    ListeningSockets beside;
    Result<ListeningSockets> opened;
  };
  const auto opening = std::make_shared<Opening>();
  opening->configuration = std::move(configuration);
  if (auto ours = sockets_.duplicates()) opening->beside = ListeningSockets::inherited(std::move(*ours));
  opening_ = net::Work(
      loop_, [opening] { opening->opened = opening->beside.open_other(*opening->configuration); },
      [this, opening, answer = std::move(answer)] { answer(move_to(std::move(opening->opened))); });
}

Result<void> SocketKeeper::move_to(Result<ListeningSockets> others) {
  if (sockets_.empty()) return failure("the manager is stopping");
  if (!others) {
    return failure(fmt::format("{}; still listening on {}", others.error().message, sockets_.spec()));
  }
  const std::string before = sockets_.spec();
  sockets_.move_to(std::move(*others));
  logger_.log(log::Level::message, fmt::format("[client][listen] listening on {}; no more on {} in {:g} s",
                                               sockets_.spec(), before, ListeningSockets::kLinger.count()));
  moved();
  return {};
}

void SocketKeeper::moved() {
  pass_on_(sockets_);
  linger_.start_after(ListeningSockets::kLinger);
}

void SocketKeeper::close() {
  linger_.stop();
  sockets_.close();
}

}  // namespace milter_manager::supervision
