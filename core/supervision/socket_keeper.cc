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
  waiting_.push_back({std::move(configuration), std::move(answer)});
  go_on();
}

void SocketKeeper::go_on() {
  while (!is_opening_ && !waiting_.empty()) {
    Wish wish = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(wish));
  }
}

void SocketKeeper::begin(Wish wish) {
  const config::Configuration& configuration = *wish.configuration;
  if (sockets_.empty()) return wish.answer(failure("the manager is stopping"));
  if (!sockets_.wants_other_place(configuration)) return wish.answer(sockets_.set_mode(configuration));
  if (sockets_.return_to_lingering(configuration)) {
    moved();
    return wish.answer(sockets_.set_mode(configuration));
  }
  // A host's name may have to be resolved. The thread has a view of our sockets of its own: these may be closed meanwhile.
  struct Opening {
    std::shared_ptr<const config::Configuration> configuration;
    ListeningSockets beside;
    Result<ListeningSockets> opened;
    // Nobody has taken them: their files must not stay.
    ~Opening() {
      if (opened) opened->close();
    }
  };
  const auto opening = std::make_shared<Opening>();
  opening->configuration = std::move(wish.configuration);
  if (auto ours = sockets_.duplicates()) opening->beside = ListeningSockets::inherited(std::move(*ours));
  is_opening_ = true;
  opening_ = net::Work(
      loop_, [opening] { opening->opened = opening->beside.open_other(*opening->configuration); },
      [this, opening, answer = std::move(wish.answer)] {
        is_opening_ = false;
        answer(move_to(opening->opened));
        go_on();
      });
}

// Leaves `others` as they are if it can't go over to them.
Result<void> SocketKeeper::move_to(Result<ListeningSockets>& others) {
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
