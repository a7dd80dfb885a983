// SPDX-License-Identifier: GPL-3.0-or-later
// What the inner loops cost, each alone: bench_micro --benchmark_filter=framer
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/line_parser.h"
#include "core/protocol/command.h"
#include "core/protocol/packet.h"
#include "core/protocol/reply.h"
#include "core/statistics/event.h"
#include "test/bench/script.h"

namespace {

using namespace milter_manager;

// A session as an MTA sends it: 20 headers, the given body.
std::string session_bytes(std::size_t body_bytes) {
  bench::Traffic traffic;
  traffic.body_bytes = body_bytes;
  const auto script = bench::write_script(traffic);
  std::string bytes;
  for (const auto& step : script.steps) bytes += step.bytes;
  return bytes;
}

void count(benchmark::State& state, std::size_t items, std::size_t bytes) {
  const auto turns = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(turns * static_cast<std::int64_t>(items));
  state.SetBytesProcessed(turns * static_cast<std::int64_t>(bytes));
}

// Items: packets. The argument: how many bytes each read brings.
void framer(benchmark::State& state) {
  const auto bytes = session_bytes(65536);
  const auto piece = static_cast<std::size_t>(state.range(0));
  protocol::Framer cut;
  std::size_t packets = 0;
  for (auto _ : state) {
    packets = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const auto fed = cut.feed(std::string_view(bytes).substr(at, piece), [&](protocol::Packet packet) {
        benchmark::DoNotOptimize(packet);
        ++packets;
        return true;
      });
      if (!fed) state.SkipWithError(fed.error().message.c_str());
    }
  }
  count(state, packets, bytes.size());
}
BENCHMARK(framer)->Arg(1)->Arg(1460)->Arg(65536)->Arg(1 << 20);

// Items: commands, macros among them.
void command_decoding(benchmark::State& state) {
  const auto bytes = session_bytes(4096);
  std::vector<std::string> packets;
  protocol::Framer cut;
  const auto fed = cut.feed(bytes, [&](protocol::Packet packet) {
    packets.emplace_back(packet.raw);
    return true;
  });
  if (!fed) state.SkipWithError(fed.error().message.c_str());
  for (auto _ : state) {
    for (const auto& packet : packets) {
      auto command = decode_command(protocol::Packet{packet});
      if (!command) state.SkipWithError(command.error().message.c_str());
      benchmark::DoNotOptimize(command);
    }
  }
  count(state, packets.size(), bytes.size());
}
BENCHMARK(command_decoding);

void reply_decoding(benchmark::State& state, const protocol::Reply& reply) {
  std::string bytes;
  protocol::encode(reply, bytes);
  for (auto _ : state) {
    auto decoded = decode_reply(protocol::Packet{bytes});
    if (!decoded) state.SkipWithError(decoded.error().message.c_str());
    benchmark::DoNotOptimize(decoded);
  }
  count(state, 1, bytes.size());
}
BENCHMARK_CAPTURE(reply_decoding, continue, protocol::reply::Continue{});
BENCHMARK_CAPTURE(reply_decoding, add_header,
                  protocol::reply::AddHeader{"X-Spam-Status", "No, score=-2.3 required=5.0"});
BENCHMARK_CAPTURE(reply_decoding, reply_code,
                  protocol::reply::ReplyCode{"451 4.7.1 Greylisted, try again in 300 seconds"});

const std::vector<std::pair<const char*, statistics::Event>>& events() {
  using namespace statistics;
  static const std::vector<std::pair<const char*, Event>> list = {
      {"SessionEnd", SessionEnd{State::end_of_message, Status::accept, 0.123456, 129534}},
      {"MilterEnd", MilterEnd{State::connect, Status::stop, 0.00118, 129534, "milter-greylist"}},
      {"SessionHeaderAdd",
       SessionHeaderAdd{129534, "X-Spam-Status", "No, score=-2.3 required=5.0 tests=BAYES_00 version=3.4.6",
                        false}},
      {"MessageEnd",
       MessageEnd{State::end_of_message, Status::accept, 0.75, 23412, 2, 0, 129534, 1, "4F0A1B2C3D"}},
  };
  return list;
}

void event_formatting(benchmark::State& state) {
  const auto& [name, event] = events()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(name);
  std::string text;
  for (auto _ : state) {
    text.clear();
    statistics::format(event, text);
    benchmark::DoNotOptimize(text.data());
  }
  count(state, 1, text.size());
}
BENCHMARK(event_formatting)->DenseRange(0, 3);

void event_parsing(benchmark::State& state) {
  const auto& [name, event] = events()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(name);
  std::string text, scratch;
  statistics::format(event, text);
  for (auto _ : state) {
    auto parsed = statistics::parse(text, statistics::Escapes::undone, scratch);
    if (!parsed) state.SkipWithError("no event");
    benchmark::DoNotOptimize(parsed);
  }
  count(state, 1, text.size());
}
BENCHMARK(event_parsing)->DenseRange(0, 3);

// A line of a mail log, without its event: items are lines.
void line_parsing(benchmark::State& state, const char* line) {
  constexpr double kNow = 1789430000;  // a day in September 2026
  maillog::LineParser parser("milter-manager", kNow);
  for (auto _ : state) {
    auto parsed = parser.parse(line);
    benchmark::DoNotOptimize(parsed);
  }
  count(state, 1, std::string_view(line).size());
}
BENCHMARK_CAPTURE(line_parsing, bsd,
                  "Sep 14 00:13:24 mail milter-manager[9612]: [statistics] [session][start](129534)");
BENCHMARK_CAPTURE(
    line_parsing, iso,
    "2026-09-14T00:13:24.134747+02:00 mail milter-manager[9612]: [statistics] [session][start](129534)");
BENCHMARK_CAPTURE(line_parsing, other_program,
                  "Sep 14 00:13:24 mail postfix/smtpd[4711]: connect from client.example.net[192.0.2.10]");

}  // namespace

BENCHMARK_MAIN();
