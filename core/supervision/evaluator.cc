// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/evaluator.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>

#include <utility>

#include "core/net/descriptor_passing.h"

namespace milter_manager::supervision {
namespace {

constexpr std::chrono::seconds kLimit{60};
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

}  // namespace

Evaluator::Evaluator(net::Loop& loop, net::Program program, Answer answer)
    : loop_(loop), answer_(std::move(answer)), limit_(loop, [this] { give_up(); }) {
  const auto started = start(std::move(program));
  if (!started) bytes_ = started.error().message;
  limit_.start_after(started ? kLimit : std::chrono::seconds(0));
}

Result<void> Evaluator::start(net::Program program) {
  auto pair = net::make_socket_pair(SOCK_STREAM);
  if (!pair) return tl::unexpected(pair.error());
  program.descriptors = {{pair->theirs.get(), kEvaluationDescriptor}};
  const auto pid = net::start_program(program);
  if (!pid) return tl::unexpected(pid.error());
  stream_ = net::Stream(loop_, std::move(pair->ours), *this);
  process_ = std::make_unique<net::ChildProcess>(loop_, *pid, [this](int status) {
    status_ = status;
    has_ended_ = true;
    finish();
  });
  return {};
}

Evaluator::~Evaluator() {
  if (process_) process_->signal(SIGKILL);
}

void Evaluator::received(std::string_view bytes) {
  if (bytes_.size() + bytes.size() <= kMaxBytes) {
    bytes_.append(bytes);
  } else if (process_) {
    process_->signal(SIGKILL);
  }
}

// When the process has ended and all its bytes are here.
void Evaluator::finish() {
  if (has_ended_ && timed_out_) {
    return tell(failure(fmt::format("reading it takes more than {} s", kLimit.count())));
  }
  if (!has_ended_ || !has_all_) return;
  if (status_ != 0) {
    return tell(failure(
        fmt::format("the process that reads it has ended otherwise: {}", net::describe_end(status_))));
  }
  tell(decode_evaluation(bytes_));
}

void Evaluator::ended() {
  has_all_ = true;
  finish();
}

void Evaluator::failed(const net::StreamError&) { ended(); }

void Evaluator::give_up() {
  if (!process_) return tell(failure(bytes_));
  timed_out_ = true;
  process_->signal(SIGKILL);
  finish();
}

void Evaluator::tell(Result<Evaluation> result) {
  limit_.stop();
  // Who is told may destroy us.
  if (const auto answer = std::exchange(answer_, nullptr)) answer(std::move(result));
}

}  // namespace milter_manager::supervision
