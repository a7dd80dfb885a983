// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/client.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace milter_manager::control {

Client::Client(net::Loop& loop, const net::ConnectionSpec& place, const Command& command,
               std::chrono::duration<double> limit, Answer answer)
    : place_(net::format(place)),
      answer_(std::move(answer)),
      stream_(loop, place, *this),
      limit_(loop, [this, limit] {
        finish(failure(fmt::format("{}: no answer within {} s", place_, limit.count())));
      }) {
  stream_.write(encode(command));
  limit_.start_after(limit);
}

void Client::received(std::string_view bytes) {
  reader_.append(bytes);
  const auto next = reader_.next();
  if (!next) return finish(failure(fmt::format("{}: {}", place_, next.error().message)));
  if (!*next) return;
  auto reply = decode_reply(**next);
  if (!reply) return finish(failure(fmt::format("{}: {}", place_, reply.error().message)));
  finish(std::move(*reply));
}

void Client::ended() {
  finish(failure(fmt::format("{}: the connection was closed without an answer", place_)));
}

void Client::failed(const net::StreamError& error) {
  finish(failure(fmt::format("can't reach the manager at {}: {}", place_, error.message)));
}

void Client::finish(Result<Reply> result) {
  stream_ = net::Stream();
  limit_.stop();
  // Who is told may destroy us.
  if (const auto answer = std::exchange(answer_, nullptr)) answer(std::move(result));
}

Result<Reply> ask(const net::ConnectionSpec& place, const Command& command,
                  std::chrono::duration<double> limit) {
  net::Loop loop;
  std::optional<Result<Reply>> found;
  const Client client(loop, place, command, limit, [&](Result<Reply> result) {
    found = std::move(result);
    loop.stop();
  });
  loop.run();
  return std::move(*found);
}

}  // namespace milter_manager::control
