// SPDX-License-Identifier: GPL-3.0-or-later
// Plays MTAs against one milter and reports, as one line of JSON, how many sessions a second it takes.
//
//   bench_load --to unix:/run/milter.sock --connections 10 --seconds 5
//   bench_load --to inet:10025@127.0.0.1 -c 10 --sessions 1000 --body 1048576
//   bench_load --to unix:/run/milter.sock -c 500 --seconds 5 --hold helo      (idle connections)
//
// Exit status: 0; 1 if a session ended in a protocol error; 2 if it could not begin.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "test/bench/client.h"

namespace {

using namespace milter_manager;

const std::map<std::string, protocol::CommandKind> kStages = {
    {"connect", protocol::CommandKind::connect},
    {"helo", protocol::CommandKind::helo},
    {"mail", protocol::CommandKind::mail},
    {"recipient", protocol::CommandKind::recipient},
    {"data", protocol::CommandKind::data},
    {"header", protocol::CommandKind::header},
    {"end-of-header", protocol::CommandKind::end_of_header}};

bench::Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<bench::Clock::duration>(std::chrono::duration<double>(seconds));
}

struct Options {
  std::string to;
  double seconds = 5;
  double timeout = 30;
  std::string hold;
  bool no_macros = false;
  bench::Plan plan;
  bench::Traffic traffic;
};

void declare(CLI::App& app, Options& options) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  auto& plan = options.plan;
  auto& traffic = options.traffic;
  app.add_option("--to", options.to, "the milter: unix:PATH, inet:PORT@ADDRESS or inet6:PORT@ADDRESS")
      ->required();
  app.add_option("-c,--connections", plan.connections, "kept busy at once")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("-T,--seconds", options.seconds, "how long new sessions begin")->capture_default_str();
  app.add_option("-n,--sessions", plan.sessions, "end after so many sessions, not by time");
  app.add_option("--messages", plan.messages, "messages a connection")->capture_default_str();
  app.add_option("--headers", traffic.headers, "headers a message")->capture_default_str();
  app.add_option("--recipients", traffic.recipients, "recipients a message")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--body", traffic.body_bytes, "bytes a body")->capture_default_str();
  app.add_option("--chunk", traffic.chunk_bytes, "bytes a piece of it")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_flag("--no-macros", options.no_macros, "send no macros");
  app.add_option("--offer-version", traffic.offer.version, "protocol version offered")
      ->check(CLI::Range(2, 6))
      ->capture_default_str();
  app.add_option("--offer-actions", traffic.offer.actions, "actions offered, as 0x1ff")
      ->capture_default_str();
  app.add_option("--offer-steps", traffic.offer.steps, "steps offered, as 0x1fffff")->capture_default_str();
  app.add_option("--timeout", options.timeout, "seconds to wait for one reply")->capture_default_str();
  app.add_option("--hold", options.hold, "go as far as this stage, then stay idle until the time is up")
      ->check(CLI::IsMember(kStages));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays MTAs against a milter and reports how many sessions a second it takes.", "bench_load");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.traffic.macros = !options.no_macros;
  options.plan.duration = to_duration(options.seconds);
  options.plan.timeout = to_duration(options.timeout);
  if (const auto stage = kStages.find(options.hold); stage != kStages.end())
    options.plan.hold = stage->second;

  const auto endpoint = bench::parse_endpoint(options.to);
  if (!endpoint) {
    fmt::print(stderr, "bench_load: {}\n", endpoint.error().message);
    return 2;
  }
  bench::raise_descriptor_limit();
  const auto script = bench::write_script(options.traffic);
  bench::Tally tally;
  bench::Client client(options.plan, script, *endpoint, tally);
  const auto elapsed = client.run();
  fmt::print("{}\n", tally.json(elapsed));
  return tally.errors() == 0 ? 0 : 1;
}
