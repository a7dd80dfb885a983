// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "core/proxy/session_settings.h"

namespace milter_manager::proxy {
namespace {

log::Level level_of(session::Severity severity) {
  switch (severity) {
    case session::Severity::error:
      return log::Level::error;
    case session::Severity::warning:
      return log::Level::warning;
    case session::Severity::message:
      return log::Level::message;
    case session::Severity::info:
      return log::Level::info;
    case session::Severity::debug:
      return log::Level::debug;
  }
  return log::Level::message;
}

}  // namespace

Connection::Connection(const Surroundings& surroundings, std::shared_ptr<Generation> generation,
                       net::Descriptor mta, ConnectionOwner& owner)
    : surroundings_(surroundings),
      generation_(std::move(generation)),
      owner_(owner),
      children_(generation_->milters.size()),
      timer_(surroundings.loop, [this] { timer_expired(); }),
      session_(generation_->settings, generation_->known, surroundings.tags, surroundings.clock, *this),
      mta_(surroundings.loop, std::move(mta), *this) {
  if (generation_->configuration->statistics.start_lines) report(statistics::SessionStart{session_.tag()});
  if (generation_->settings->checks_client && surroundings_.connection_checker != nullptr) {
    check_timer_.emplace(surroundings_.loop, [this] { check_client(); });
    await_check();
  }
  settle();
}

Connection::~Connection() { end_questions(); }

void Connection::shut_down() {
  session_.shut_down();
  settle();
}

void Connection::cut() { ended(); }

std::size_t Connection::unsent_bytes() const {
  std::size_t bytes = mta_ ? mta_.unwritten_bytes() : 0;
  for (const auto& child : children_) bytes += child ? child->unsent_bytes() : 0;
  return bytes;
}

void Connection::client_disconnected() {
  session_.client_disconnected(
      fallback_of(generation_->configuration->manager.fallback_status_at_disconnect));
  settle();
}

// --- What happens

void Connection::received(std::string_view bytes) {
  deliver_mta(bytes);
  settle();
}

bool Connection::deliver_mta(std::string_view bytes) {
  const auto result = inbox_.deliver(bytes, session_.wants_mta_packet(), [&](protocol::Packet packet) {
    session_.mta_received(packet);
    return session_.wants_mta_packet();
  });
  if (!result) {
    session_.mta_closed(result.error().message);
    return false;
  }
  watch_part(*result);
  return *result;
}

// An MTA sends a command as a whole. Who sends it byte by byte would hold a place that another one needs.
void Connection::watch_part(bool any_packet) {
  if (!session_.wants_mta_packet() || !inbox_.has_part()) {
    part_due_.reset();
  } else if (any_packet || !part_due_) {
    part_due_ = surroundings_.loop.now() +
                std::chrono::duration_cast<session::Time::duration>(surroundings_.packet_timeout);
  }
}

void Connection::ended() {
  session_.mta_closed();
  settle();
}

void Connection::failed(const net::StreamError& error) {
  session_.mta_closed(error.message);
  settle();
}

void Connection::blocked() {
  session_.mta_blocked();
  settle();
}

void Connection::drained() {
  session_.mta_drained();
  settle();
}

void Connection::child_connected(int index) {
  if (generation_->configuration->statistics.start_lines) {
    const auto child = session_.child(index);
    report(statistics::MilterStart{child.tag, child.name});
  }
  session_.child_connected(index);
  settle();
}

bool Connection::may_start(const Generation::Milter& milter) const {
  return generation_->configuration->security.privilege_mode && milter.definition != nullptr &&
         milter.definition->command && surroundings_.start_milter;
}

bool Connection::start_milter(Generation::Milter& milter) {
  return surroundings_.start_milter(*milter.definition);
}

void Connection::timer_expired() {
  armed_.reset();
  const auto deadline = session_.deadline();
  const auto now = surroundings_.loop.now();
  if (part_due_ && now >= *part_due_) {
    part_due_.reset();
    session_.mta_closed(fmt::format("a command is not whole {:g} seconds after its first byte",
                                    surroundings_.packet_timeout.count()));
  } else if (deadline && now >= *deadline) {
    session_.deadline_passed();
  }
  settle();
}

void Connection::settle() {
  advance();
  if (clean_up_ || session_.finished()) surroundings_.loop.at_burst_end(*this);
}

void Connection::advance() {
  for (bool progress = true; progress && !session_.finished();) {
    progress = deliver_mta({});
    for (auto& child : children_) progress = (child && child->pump()) || progress;
  }
  if (mta_) {
    // Reading ahead tells us when the MTA goes away.
    if (session_.wants_mta_packet() || inbox_.waiting_bytes() < Inbox::kMuch) {
      mta_.resume_reading();
    } else {
      mta_.stop_reading();
    }
  }
  set_timer();
  for (auto& child : children_) clean_up_ = clean_up_ || (child && child->closed());
}

// A timer that expires early is set anew then: deadlines mostly move away, and moving the timer each time
// costs more.
void Connection::set_timer() {
  auto deadline = session_.finished() ? std::nullopt : session_.deadline();
  if (part_due_ && !session_.finished()) deadline = std::min(deadline.value_or(*part_due_), *part_due_);
  if (!deadline) {
    if (std::exchange(armed_, std::nullopt)) timer_.stop();
  } else if (!armed_ || *deadline < *armed_) {
    armed_ = deadline;
    timer_.start_at(*deadline);
  }
}

void Connection::burst_ended() {
  // Telling one may have another one refused.
  while (std::exchange(clean_up_, false)) {
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (children_[i] && children_[i]->refused()) children_[i]->tell_refused();
    }
    for (auto& child : children_) {
      if (child && child->closed()) child.reset();
    }
    replaced_.clear();
    advance();
  }
  if (session_.finished() && !std::exchange(end_told_, true)) owner_.connection_finished(*this);
}

// --- Questions

void Connection::prepare_questions() {
  if (!self_) self_ = std::make_shared<Connection*>(this);
  // One connection of the MTA may hold several sessions.
  if (asking_ != session_.tag()) end_questions();
  asking_ = session_.tag();
  if (mta_spec_.empty()) mta_spec_ = mta_.peer_spec();
}

void Connection::end_questions() {
  if (asking_ == 0) return;
  surroundings_.conditions.session_ended(asking_);
  if (check_timer_) surroundings_.connection_checker->session_ended(asking_);
}

// All connections in the same round of the loop, so that who has to walk through all that there is does so once.
void Connection::await_check() {
  const std::chrono::seconds interval(generation_->configuration->manager.connection_check_interval);
  const auto now = surroundings_.loop.now();
  check_timer_->start_at(now - now.time_since_epoch() % interval + interval);
}

// While nothing waits for an answer, the MTA itself sees whether its client goes.
void Connection::check_client() {
  await_check();
  if (!session_.mta_waits() || checking_ == session_.tag()) return;
  prepare_questions();
  checking_ = session_.tag();
  surroundings_.connection_checker->ask(
      *generation_->configuration, session_, mta_spec_,
      [weak = std::weak_ptr<Connection*>(self_), tag = checking_](bool connected) {
        const auto alive = weak.lock();
        if (!alive || (*alive)->session_.tag() != tag) return;
        (*alive)->checking_ = 0;
        if (!connected) (*alive)->client_disconnected();
      });
}

// --- What the session wants

void Connection::send_to_mta(std::string_view bytes) {
  if (mta_) mta_.write(bytes);
}

void Connection::close_mta() { mta_.close(); }

void Connection::open_child(int child) {
  auto& slot = at(child);
  if (slot) replaced_.push_back(std::move(slot));
  auto& milter = generation_->milters[static_cast<std::size_t>(child)];
  slot = std::make_unique<ChildStream>(*this, child, milter, surroundings_.loop);
  clean_up_ = clean_up_ || slot->refused() || !replaced_.empty();
}

void Connection::send_to_child(int child, std::string_view bytes) {
  if (at(child)) at(child)->send(bytes);
}

void Connection::close_child(int child) {
  if (!at(child)) return;
  at(child)->close();
}

void Connection::ask_condition(const session::ConditionRequest& request) {
  prepare_questions();
  surroundings_.conditions.ask(
      *generation_->configuration, session_, request, mta_spec_,
      [weak = std::weak_ptr<Connection*>(self_), id = request.id](const session::ConditionAnswer& answer) {
        const auto connection = weak.lock();
        if (!connection) return;
        (*connection)->session_.condition_answered(id, answer);
        (*connection)->settle();
      });
}

std::unique_ptr<message::BodyStore> Connection::create_body_store() {
  const auto progressed = [this] {
    session_.body_progressed();
    settle();
  };
  const auto failed = [this](const std::string& reason) {
    log(session::Severity::error,
        fmt::format("[{}] [body][error] can't be kept in {}", session_.tag(), reason));
  };
  return std::make_unique<SpooledBody>(surroundings_.loop, surroundings_.bodies,
                                       surroundings_.spool_directory, progressed, failed);
}

void Connection::report(const statistics::Event& event) {
  const auto* message = std::get_if<statistics::MilterMessage>(&event);
  if (message != nullptr) {
    for (auto& milter : generation_->milters) {
      if (milter.connector->name() == message->name) milter.meter->waited(message->waited);
    }
  }
  if (surroundings_.on_event) surroundings_.on_event(event);
  const bool of_message = message != nullptr || std::holds_alternative<statistics::MessageEnd>(event);
  if (of_message && !generation_->configuration->statistics.messages) return;
  surroundings_.logger.report(event);
}

void Connection::child_busy(int child, bool busy) {
  if (at(child)) at(child)->set_busy(busy);
}

void Connection::child_error(int child, bool timed_out) {
  if (at(child)) at(child)->count_error(timed_out);
}

void Connection::reply_deadline_hit(int child) {
  if (at(child)) at(child)->hit_reply_deadline();
}

void Connection::log(session::Severity severity, std::string_view text) {
  surroundings_.logger.log(level_of(severity), text);
}

}  // namespace milter_manager::proxy
