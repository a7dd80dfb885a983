// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "core/net/listener.h"
#include "core/protocol/reply.h"
#include "test/tools/dialogue.h"

using namespace milter_manager::tools;
namespace net = milter_manager::net;
namespace protocol = milter_manager::protocol;

namespace {

using Seconds = Timeouts::Seconds;
constexpr Seconds kSoon{0.05};

// A milter that says `first_words` to whoever connects; then it neither reads nor writes, or closes at once.
class BadMilter {
 public:
  enum class Then { idle, close };

  BadMilter(std::string first_words, Then then) {
    REQUIRE(mkdtemp(folder_));
    auto socket = net::open_listening_socket(spec());
    REQUIRE(socket);
    REQUIRE(pipe(stop_) == 0);
    thread_ = std::thread([this, then, words = std::move(first_words), listening = std::move(*socket)] {
      pollfd waiting{listening.get(), POLLIN, 0};
      if (poll(&waiting, 1, 10000) != 1) return;
      const net::Descriptor connection(accept(listening.get(), nullptr, nullptr));
      char byte;
      if (then == Then::close && read(connection.get(), &byte, 1) != 1) return;
      if (write(connection.get(), words.data(), words.size()) < 0) return;
      if (then == Then::idle && read(stop_[0], &byte, 1) < 0) return;
    });
  }
  ~BadMilter() {
    close(stop_[1]);
    thread_.join();
    close(stop_[0]);
    std::filesystem::remove_all(folder_);
  }
  net::ConnectionSpec spec() const {
    net::ConnectionSpec spec;
    spec.path = std::string(folder_) + "/socket";
    return spec;
  }

 private:
  char folder_[32] = "/tmp/bad-milter-XXXXXX";
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

std::string negotiation(std::uint32_t steps) {
  std::string packet;
  protocol::encode(protocol::reply::Negotiate{{6, 0, steps}, {}}, packet);
  return packet;
}

struct Printed {
  std::string text;
  int exit_status;
};

Printed run(const BadMilter& milter, const Timeouts& timeouts, std::size_t body_bytes = 10) {
  TestServerOptions options;
  options.spec = milter.spec();
  options.script = small_script();
  options.script.mail.body = {std::string(body_bytes, 'x')};
  options.timeouts = timeouts;
  Printed printed;
  printed.exit_status = run_test_server(options, [&](std::string_view text) { printed.text += text; });
  return printed;
}

}  // namespace

TEST_CASE("a milter that does not answer is given up after the reading timeout") {
  const BadMilter milter("", BadMilter::Then::idle);
  Timeouts timeouts;
  timeouts.reading = kSoon;
  const Printed printed = run(milter, timeouts);
  CHECK(printed.text == "The milter did not answer within 0.05 seconds at negotiate\n");
  CHECK(printed.exit_status == 1);
}

TEST_CASE("the answer to the end of the message has a timeout of its own") {
  const BadMilter milter(negotiation(protocol::step::kNoReply), BadMilter::Then::idle);
  Timeouts timeouts;
  timeouts.end_of_message = kSoon;
  CHECK(run(milter, timeouts).text == "The milter did not answer within 0.05 seconds at end-of-message\n");
}

TEST_CASE("a milter that does not read is given up after the writing timeout") {
  const BadMilter milter(negotiation(protocol::step::kNoReply), BadMilter::Then::idle);
  Timeouts timeouts;
  timeouts.writing = kSoon;
  CHECK(run(milter, timeouts, 10'000'000).text ==
        "The milter did not read for 0.05 seconds at end-of-message\n");
}

TEST_CASE("a milter that goes away is told apart from one that answers") {
  const BadMilter milter("", BadMilter::Then::close);
  const Printed printed = run(milter, {});
  // What the system says depends on what the milter had not read yet.
  CHECK(printed.text.find(" at negotiate\n") != std::string::npos);
  CHECK(printed.exit_status == 1);
}

TEST_CASE("a milter that sends what is no packet is given up") {
  const BadMilter milter(std::string(8, '\0'), BadMilter::Then::idle);
  CHECK(run(milter, {}).text == "a packet of length 0: not even a kind at negotiate\n");
}
