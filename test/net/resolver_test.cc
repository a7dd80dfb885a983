// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <fstream>

#include "test/net/world.h"

namespace milter_manager::net {
namespace {

// A name server: every name has the one address that it was given.
class NameServer {
 public:
  // `port`: 0 for one that is free.
  NameServer(const char* place, std::uint16_t port, const char* answer)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, place, &address.sin_addr);
    inet_pton(AF_INET, answer, answer_.data());
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
  }

  // Questions that came since; they are answered unless `silent`.
  bool silent = false;
  int asked = 0;
  void serve() {
    std::array<char, 512> bytes{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const auto size =
        recvfrom(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 12) return;
    ++asked;
    if (silent) return;
    // The question as it is, and one A record for it.
    constexpr std::string_view kHeader("\x81\x80\0\1\0\1\0\0\0\0", 10);
    constexpr std::string_view kRecord("\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12);
    const std::string_view question(bytes.data() + 12, static_cast<std::size_t>(size) - 12);
    std::string reply(bytes.data(), 2);
    reply += kHeader;
    reply += question.substr(0, question.find('\0') + 5);
    reply += kRecord;
    reply.append(answer_.data(), answer_.size());
    sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }

 private:
  Descriptor socket_;
  std::array<char, 4> answer_{};
};

void use_name_server(const std::string& resolv_conf, const char* address) {
  std::ofstream(resolv_conf) << "nameserver " << address << "\n";
}

struct Asked {
  Asked(Resolver& resolver, const std::string& name) {
    question = resolver.lookup_ipv4(name, [this](Result<std::vector<SocketAddress>> addresses) {
      REQUIRE(addresses);
      REQUIRE(addresses->size() == 1);
      answer = spec_of((*addresses)[0].get(), (*addresses)[0].length);
    });
  }
  Resolver::Question question;
  std::string answer;
};

}  // namespace

TEST_CASE("a renewed resolver asks the name servers of now, and old questions are still answered") {
  const TemporaryDirectory directory;
  NameServer first("127.0.0.1", 0, "192.0.2.1");
  NameServer second("127.0.0.2", first.port(), "192.0.2.2");
  Resolver::Options options;
  options.resolv_conf = directory.file("resolv.conf");
  options.port = first.port();
  options.timeout = std::chrono::milliseconds(100);
  options.tries = 100;
  use_name_server(options.resolv_conf, "127.0.0.1");
  Loop loop;
  Resolver resolver(loop, options);
  const auto serve_until = [&](const std::function<bool()>& condition) {
    run_until(loop, [&] {
      first.serve();
      second.serve();
      return condition();
    });
  };

  first.silent = true;
  const Asked before(resolver, "before.example.org");
  serve_until([&] { return first.asked > 0; });

  use_name_server(options.resolv_conf, "127.0.0.2");
  resolver.renew();
  const Asked after(resolver, "after.example.org");
  serve_until([&] { return !after.answer.empty(); });
  CHECK(after.answer == "inet:0@[192.0.2.2]");
  CHECK(before.answer.empty());

  first.silent = false;
  serve_until([&] { return !before.answer.empty(); });
  CHECK(before.answer == "inet:0@[192.0.2.1]");
  resolver.renew();  // what is done with is forgotten
  const Asked again(resolver, "again.example.org");
  serve_until([&] { return !again.answer.empty(); });
  CHECK(again.answer == "inet:0@[192.0.2.2]");
}

TEST_CASE("a resolver may end while questions to old name servers are under way") {
  const TemporaryDirectory directory;
  NameServer silent("127.0.0.1", 0, "192.0.2.1");
  silent.silent = true;
  Resolver::Options options;
  options.resolv_conf = directory.file("resolv.conf");
  options.port = silent.port();
  use_name_server(options.resolv_conf, "127.0.0.1");
  Loop loop;
  {
    Resolver resolver(loop, options);
    const Asked pending(resolver, "pending.example.org");
    run_until(loop, [&] {
      silent.serve();
      return silent.asked > 0;
    });
    resolver.renew();
    const Asked another(resolver, "another.example.org");
    CHECK(pending.answer.empty());
  }
  run_until(loop, [&] { return loop.handle_count() == 2; });  // run_until()'s own timers
}

}  // namespace milter_manager::net
