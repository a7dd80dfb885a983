// SPDX-License-Identifier: GPL-3.0-or-later
// A milter for benchmarks: answers continue to everything and accept at the end, as fast as it can.
//
//   bench_child --listen unix:/tmp/child.sock
//   bench_child --listen inet:10101@127.0.0.1 --steps 0x80 --add-header X-Checked=yes
//   bench_child --listen unix:/tmp/child.sock --at recipient="550 5.7.1 no such user" --at body=skip
//
// SIGTERM ends it; it then reports what it saw as one line of JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/protocol/reply.h"
#include "test/bench/milter.h"

namespace {

using namespace milter_manager;
using protocol::CommandKind;

const std::map<std::string, CommandKind, std::less<>> kStages = {
    {"connect", CommandKind::connect},
    {"helo", CommandKind::helo},
    {"mail", CommandKind::mail},
    {"recipient", CommandKind::recipient},
    {"data", CommandKind::data},
    {"header", CommandKind::header},
    {"end-of-header", CommandKind::end_of_header},
    {"body", CommandKind::body},
    {"end-of-message", CommandKind::end_of_message}};

struct Options {
  std::vector<std::string> listen, at, add_header;
  bench::Conduct conduct;
};

// "NAME=VALUE" in its two parts.
Result<std::pair<std::string, std::string>> split(const std::string& text) {
  const auto mark = text.find('=');
  if (mark == std::string::npos || mark == 0) return failure(fmt::format("not NAME=VALUE: {}", text));
  return std::pair(text.substr(0, mark), text.substr(mark + 1));
}

Result<void> read_replies(Options& options) {
  for (const auto& text : options.at) {
    const auto parts = split(text);
    if (!parts) return tl::unexpected(parts.error());
    const auto stage = kStages.find(parts->first);
    if (stage == kStages.end()) return failure(fmt::format("no stage: {}", parts->first));
    auto reply = bench::encode_reply(parts->second);
    if (!reply) return tl::unexpected(reply.error());
    options.conduct.replies[stage->second] = std::move(*reply);
  }
  for (const auto& text : options.add_header) {
    const auto parts = split(text);
    if (!parts) return tl::unexpected(parts.error());
    protocol::encode(protocol::reply::AddHeader{parts->first, parts->second}, options.conduct.edits);
  }
  return {};
}

Result<void> listen(bench::Milter& milter, const std::vector<std::string>& specs) {
  for (const auto& spec : specs) {
    const auto endpoint = bench::parse_endpoint(spec);
    if (!endpoint) return tl::unexpected(endpoint.error());
    const auto socket = bench::listen_on(*endpoint);
    if (!socket) return failure(fmt::format("{}: {}", spec, socket.error().message));
    milter.add_listener(*socket);
  }
  return {};
}

void report(const bench::Milter::Counters& counters) {
  const nlohmann::ordered_json seen = {{"connections", counters.connections},
                                       {"messages", counters.messages},
                                       {"packets", counters.packets},
                                       {"bytes", counters.bytes},
                                       {"aborts", counters.aborts},
                                       {"quits", counters.quits},
                                       {"protocol_errors", counters.protocol_errors},
                                       {"most_open", counters.most_open}};
  fmt::print("{}\n", seen.dump());
}

int complain(const Error& error) {
  fmt::print(stderr, "bench_child: {}\n", error.message);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A milter for benchmarks: answers as fast as it can.", "bench_child");
  Options options;
  app.add_option("--listen", options.listen,
                 "unix:PATH, inet:PORT@ADDRESS or inet6:PORT@ADDRESS; may be repeated")
      ->required();
  app.add_option("--at", options.at,
                 "STAGE=REPLY: accept, continue, discard, reject, skip, temporary-failure or a reply code")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--steps", options.conduct.wanted.steps, "protocol steps to ask for, as 0x80")
      ->capture_default_str();
  app.add_option_function<double>(
         "--delay",
         [&options](double milliseconds) {
           options.conduct.delay = std::chrono::duration<double, std::milli>(milliseconds);
         },
         "milliseconds before each reply; for one connection at a time")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--add-header", options.add_header, "NAME=VALUE to add at the end of message")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto read = read_replies(options); !read) return complain(read.error());
  bench::raise_descriptor_limit();
  bench::Milter milter(std::move(options.conduct));
  if (const auto listening = listen(milter, options.listen); !listening) return complain(listening.error());
  milter.run();
  report(milter.counters());
  return 0;
}
