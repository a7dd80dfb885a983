// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/client.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace milter_manager::bench {
namespace {

constexpr int kPatience = 1000;  // failures on end
constexpr std::chrono::milliseconds kClockInterval{50};

}  // namespace

struct Client::Slot {
  enum class Phase : std::uint8_t { idle, queued, connecting, talking };

  Phase phase = Phase::idle;
  int socket = -1;
  bool writing = false;  // epoll watches for room to write
  std::uint64_t messages = 0;
  Clock::time_point began, deadline;
  std::optional<Dialogue> dialogue;
  protocol::Framer framer;
  Outbox out;
};

Client::Client(const Plan& plan, const Script& script, const Endpoint& endpoint, Tally& tally)
    : plan_(plan),
      script_(script),
      endpoint_(endpoint),
      tally_(tally),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(128 * 1024) {
  for (std::size_t i = 0; i < plan.connections; ++i) slots_.push_back(std::make_unique<Slot>());
}

Client::~Client() {
  close(epoll_);
  for (const auto& slot : slots_) {
    if (slot->socket >= 0) close(slot->socket);
  }
}

Clock::duration Client::run() {
  begin_ = now_ = Clock::now();
  auto looked = begin_;
  for (const auto& slot : slots_) {
    if (may_begin()) open(*slot);
  }
  std::array<epoll_event, 512> events;
  bool queued = true;
  while (active_ > 0) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), queued ? 1 : 50);
    now_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      serve(*static_cast<Slot*>(event.data.ptr), event.events);
    }
    queued = false;
    for (const auto& slot : slots_) {
      if (slot->phase != Slot::Phase::queued) continue;
      open(*slot);
      queued = queued || slot->phase == Slot::Phase::queued;
    }
    if (now_ - looked > kClockInterval) {
      look_at_clock();
      looked = now_;
    }
  }
  return Clock::now() - begin_;
}

bool Client::may_begin() const {
  if (failures_on_end_ >= kPatience) return false;
  return plan_.sessions != 0 ? begun_ < plan_.sessions : now_ - begin_ < plan_.duration;
}

// Begins a session, or tries again where the peer's accept queue was full.
void Client::open(Slot& slot) {
  if (slot.phase != Slot::Phase::queued) {
    ++active_;
    ++begun_;
    slot.began = now_ = Clock::now();
    slot.deadline = now_ + plan_.timeout;
    slot.messages = 0;
    slot.framer = protocol::Framer();
    slot.out.clear();
    slot.dialogue.emplace(script_, plan_.hold);
  }
  slot.phase = Slot::Phase::connecting;
  const auto made = connect_to(endpoint_);
  if (!made) return fail(slot, made.error().message);
  if (*made == kTryAgain) {
    slot.phase = Slot::Phase::queued;
    return;
  }
  slot.socket = *made;
  tally_.connected();
  if (endpoint_.path.empty()) return watch(slot, EPOLL_CTL_ADD, true);
  watch(slot, EPOLL_CTL_ADD, false);
  connected(slot);
}

void Client::connected(Slot& slot) {
  slot.phase = Slot::Phase::talking;
  slot.dialogue->begin(slot.out.back());
  flush(slot);
}

// The connection is over; the slot goes on with the next session.
void Client::end(Slot& slot) {
  if (slot.socket >= 0) close(slot.socket);
  slot.socket = -1;
  slot.phase = Slot::Phase::idle;
  tally_.edited(slot.dialogue->edits());
  --active_;
  if (may_begin()) open(slot);
}

void Client::fail(Slot& slot, std::string_view why) {
  tally_.failed(why, name_of(slot.dialogue->stage()));
  ++failures_on_end_;
  end(slot);
}

void Client::serve(Slot& slot, std::uint32_t events) {
  if (slot.phase == Slot::Phase::connecting) {
    if (const int error = connection_error(slot.socket)) return fail(slot, std::strerror(error));
    return connected(slot);
  }
  if ((events & EPOLLOUT) != 0) flush(slot);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && receive(slot)) react(slot);
}

// True: there may be something to react to; false: the session has ended.
bool Client::receive(Slot& slot) {
  const auto got = read(slot.socket, buffer_.data(), buffer_.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    fail(slot, got == 0 ? "connection closed by the milter" : std::strerror(errno));
    return false;
  }
  auto& dialogue = *slot.dialogue;
  bool unasked = false;
  const auto taken =
      slot.framer.feed({buffer_.data(), static_cast<std::size_t>(got)}, [&](protocol::Packet packet) {
        unasked = dialogue.state() != Dialogue::State::waiting;
        return !unasked && dialogue.take(packet, slot.out.back()) != Dialogue::State::broken;
      });
  if (!taken) fail(slot, taken.error().message);
  if (taken && unasked) fail(slot, "a reply that nobody asked for");
  return taken.has_value() && !unasked;
}

void Client::react(Slot& slot) {
  auto& dialogue = *slot.dialogue;
  if (dialogue.state() == Dialogue::State::broken) return fail(slot, dialogue.complaint());
  now_ = Clock::now();
  slot.deadline = now_ + plan_.timeout;
  if (dialogue.state() == Dialogue::State::answered) {
    failures_on_end_ = 0;
    tally_.agreed(dialogue.agreed());
    tally_.finished(name_of(dialogue.outcome()), name_of(dialogue.stage()), now_ - slot.began);
    if (++slot.messages >= plan_.messages || !dialogue.can_go_on() || !may_begin()) {
      dialogue.leave(slot.out.back());
      flush(slot);
      return end(slot);
    }
    ++begun_;
    slot.began = now_;
    dialogue.next_message(slot.out.back());
  }
  flush(slot);
}

// A broken connection is left to receive(), which has what the peer said last.
void Client::flush(Slot& slot) {
  if (!slot.out.flush(slot.socket)) slot.out.clear();
  if (slot.out.empty() == slot.writing) watch(slot, EPOLL_CTL_MOD, !slot.out.empty());
}

void Client::watch(Slot& slot, int operation, bool writing) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? std::uint32_t{EPOLLOUT} : 0);
  event.data.ptr = &slot;
  epoll_ctl(epoll_, operation, slot.socket, &event);
  slot.writing = writing;
}

void Client::look_at_clock() {
  for (const auto& slot : slots_) {
    if (slot->phase == Slot::Phase::idle) continue;
    if (slot->phase == Slot::Phase::talking && slot->dialogue->state() == Dialogue::State::holding) {
      if (now_ - begin_ < plan_.duration) continue;
      tally_.finished("held", name_of(slot->dialogue->stage()), now_ - slot->began);
      slot->dialogue->leave(slot->out.back());
      flush(*slot);
      end(*slot);
    } else if (now_ > slot->deadline) {
      fail(*slot, slot->phase == Slot::Phase::talking ? "no reply in time" : "no connection in time");
    }
  }
}

}  // namespace milter_manager::bench
