// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/exposer.h"

#include <catch2/catch.hpp>
#include <future>

#include "core/metrics/table.h"
#include "test/fake_manager/fake_manager.h"
#include "test/net/world.h"
#include "test/network/http.h"

using namespace milter_manager;
using namespace milter_manager::metrics;
using net::run_until;

namespace {

struct World {
  World() { manager.snapshot = example_snapshot(); }
  Result<void> use(std::optional<std::string> spec) {
    config::Configuration configuration;
    configuration.metrics.connection_spec = std::move(spec);
    return exposer.use(configuration);
  }
  // While the loop runs, as it does in life.
  std::string get(const std::string& path = "/metrics") {
    auto answer =
        std::async(std::launch::async, [port = exposer.port(), path] { return http_get(port, path); });
    run_until(loop, [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return answer.get();
  }

  net::Loop loop;
  log::Logger logger{silent()};
  FakeManager manager{loop};
  Exposer exposer{loop, logger, manager, "3.0.0"};
};

// The lines that are ours: prometheus-cpp counts its own requests, too.
std::string own_lines(const std::string& answer) {
  std::string own;
  std::size_t at = answer.find("\r\n\r\n");
  REQUIRE(at != std::string::npos);
  for (at += 4; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size() - 1);
    const std::string line = answer.substr(at, end + 1 - at);
    if (line.find("exposer_") == std::string::npos) own += line;
    at = end + 1;
  }
  return own;
}

}  // namespace

TEST_CASE("what is served is as in the manual") {
  World world;
  REQUIRE(world.use("inet:0"));
  const std::string answer = world.get();
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
  check_golden(TEST_SOURCE_DIR "/golden/metrics.txt", own_lines(answer));
  CHECK_THAT(world.get("/"), Catch::StartsWith("HTTP/1.1 404"));
}

TEST_CASE("nothing listens unless the configuration says where") {
  World world;
  REQUIRE(world.use(std::nullopt));
  CHECK(world.exposer.port() == 0);
  REQUIRE(world.use("inet:0"));
  CHECK(world.exposer.port() > 0);
  const int port = world.exposer.port();
  REQUIRE(world.use("inet:0"));  // a reload that changes nothing
  CHECK(world.exposer.port() == port);
  REQUIRE(world.use(std::nullopt));
  CHECK(world.exposer.port() == 0);
  run_until(world.loop, [&] { return http_get(port, "/metrics").empty(); });
}

TEST_CASE("a place that is taken is told of, and the old one stays") {
  World world, other;
  REQUIRE(world.use("inet:0@localhost"));
  REQUIRE(other.use("inet:0"));
  const std::string taken = "inet:" + std::to_string(world.exposer.port()) + "@[127.0.0.1]";
  const auto refused = other.use(taken);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::StartsWith("can't serve metrics on 127.0.0.1:"));
  CHECK_THAT(other.get(), Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("metrics are served on IPv4 addresses") {
  CHECK(exposer_address("inet:9100").value() == "127.0.0.1:9100");
  CHECK(exposer_address("inet:9100@localhost").value() == "127.0.0.1:9100");
  CHECK(exposer_address("inet:9100@[0.0.0.0]").value() == "0.0.0.0:9100");
  CHECK(exposer_address("inet6:9100@[::1]").error().message ==
        "metrics can be served on IPv4 only: <inet6:9100@[::1]>");
  CHECK(exposer_address("inet:9100@mail.example.org").error().message ==
        "metrics.connection_spec needs an address, not a name: <inet:9100@mail.example.org>");
  CHECK_FALSE(exposer_address("nonsense"));
}

TEST_CASE("a manager that is stuck keeps neither the reader nor its own end waiting") {
  std::string answer;
  std::thread reader;
  {
    World world;
    world.manager.answers = false;
    REQUIRE(world.use("inet:0"));
    bool asked = false;
    reader = std::thread([&, port = world.exposer.port()] { answer = http_get(port, "/metrics"); });
    net::Timer look(world.loop, [&] { asked = true; });
    look.start_after(std::chrono::milliseconds(50));
    run_until(world.loop, [&] { return asked; });
  }
  reader.join();
  CHECK((answer.empty() || answer.find("HTTP/1.1 200 OK") == 0));
}
