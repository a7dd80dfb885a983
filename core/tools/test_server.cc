// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_server.h"

#include <fmt/format.h>

#include <cstring>
#include <list>

#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/tools/describe.h"
#include "core/tools/mta_session.h"

namespace milter_manager::tools {
namespace {

using Clock = std::chrono::steady_clock;

// One session on one connection.
class SessionRun : private net::StreamEvents {
 public:
  // `finished` is called once; the run may not be destroyed from it.
  SessionRun(net::Loop& loop, const TestServerOptions& options, std::string log_prefix,
             std::function<void()> finished)
      : options_(options),
        log_prefix_(std::move(log_prefix)),
        finished_(std::move(finished)),
        begin_(Clock::now()),
        session_(options.script),
        timer_(loop, [this] { timed_out(); }),
        writing_timer_(
            loop,
            [this] { give_up(timeout_text("The milter did not read for", options_.timeouts.writing)); }),
        stream_(loop, options.spec, *this) {
    timer_.start_after(options_.timeouts.connection);
  }

  const Outcome& outcome() const { return outcome_; }
  std::string report_text() const { return report(options_.script, outcome_, end_ - begin_, options_.style); }

 private:
  void connected() override {
    connected_ = true;
    std::string out;
    session_.start(out);
    send(out);
  }

  void received(std::string_view bytes) override {
    std::string out;
    const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
      log_reply(packet);
      session_.received(packet, out);
      return !session_.finished();
    });
    if (!fed && !session_.finished()) session_.lost(fed.error().message);
    send(out);
  }

  void ended() override { give_up("The milter closed the connection"); }

  void failed(const net::StreamError& error) override {
    const char* const reason = error.number != 0 ? std::strerror(error.number) : error.message.c_str();
    if (connected_) return give_up(fmt::format("The connection to the milter failed: {}", reason));
    fail_to_connect(reason);
  }

  void blocked() override { writing_timer_.start_after(options_.timeouts.writing); }
  void drained() override { writing_timer_.stop(); }

  void timed_out() {
    if (!connected_)
      return fail_to_connect(timeout_text("no connection within", options_.timeouts.connection));
    give_up(timeout_text("The milter did not answer within", answer_timeout()));
  }

  Timeouts::Seconds answer_timeout() const {
    return session_.waiting_for() == protocol::CommandKind::end_of_message ? options_.timeouts.end_of_message
                                                                           : options_.timeouts.reading;
  }

  static std::string timeout_text(std::string_view what, Timeouts::Seconds limit) {
    return fmt::format("{} {:g} seconds", what, limit.count());
  }

  void send(const std::string& out) {
    log_commands(out);
    stream_.write(out);
    if (session_.finished()) {
      stream_.close();
      return end(session_.outcome());
    }
    timer_.start_after(answer_timeout());
  }

  void fail_to_connect(std::string_view reason) {
    Outcome outcome;
    outcome.status = Status::error;
    outcome.error = fmt::format("Failed to connect to {}: {}", net::format(options_.spec), reason);
    stream_ = {};
    end(std::move(outcome));
  }

  void give_up(std::string_view reason) {
    session_.lost(reason);
    stream_ = {};
    end(session_.outcome());
  }

  void end(Outcome outcome) {
    timer_.stop();
    writing_timer_.stop();
    outcome_ = std::move(outcome);
    end_ = Clock::now();
    finished_();
  }

  void log(std::string_view arrow, std::string_view text) const {
    fmt::print(stderr, "{}{} {}\n", log_prefix_, arrow, text);
  }
  void log_commands(std::string_view bytes) const {
    if (!options_.verbose) return;
    protocol::Framer framer;
    const auto logged = framer.feed(bytes, [&](protocol::Packet packet) {
      if (const auto command = protocol::decode_command(packet)) {
        const auto* macros = std::get_if<protocol::command::DefineMacro>(&*command);
        log("->", macros ? describe_macros(macros->pairs.bytes()) : describe(*command));
      }
      return true;
    });
    if (!logged) log("->", logged.error().message);
  }
  void log_reply(protocol::Packet packet) const {
    if (!options_.verbose) return;
    const auto reply = protocol::decode_reply(packet);
    log("<-", reply ? describe(*reply) : reply.error().message);
  }

  const TestServerOptions& options_;
  std::string log_prefix_;
  std::function<void()> finished_;
  Clock::time_point begin_, end_;
  bool connected_ = false;
  Outcome outcome_;
  protocol::Framer framer_;
  MtaSession session_;
  net::Timer timer_;
  net::Timer writing_timer_;
  net::Stream stream_;
};

}  // namespace

int run_test_server(const TestServerOptions& options, const std::function<void(std::string_view)>& print) {
  net::Loop loop;
  std::list<SessionRun> runs;
  unsigned running = options.sessions;
  for (unsigned number = 1; number <= options.sessions; ++number) {
    runs.emplace_back(loop, options, options.sessions > 1 ? fmt::format("{}: ", number) : "", [&] {
      if (--running == 0) loop.stop();
    });
  }
  loop.run();
  int status = 0;
  for (const SessionRun& run : runs) {
    print(run.report_text());
    if (status == 0) status = exit_status(run.outcome());
  }
  return status;
}

}  // namespace milter_manager::tools
