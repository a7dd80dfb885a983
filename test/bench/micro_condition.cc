// SPDX-License-Identifier: GPL-3.0-or-later
// What a built-in condition costs a session: bench_micro --benchmark_filter=s25r
#include <benchmark/benchmark.h>

#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "core/condition/regexp_translation.h"
#include "core/condition/s25r.h"

namespace {

using namespace milter_manager;

class NoRuby final : public condition::RubyMatchers {
  void matches(std::uint64_t, std::uint32_t, std::string, Answer) override {}
};

struct Session final : condition::SessionView {
  protocol::command::Connect connect;

  std::optional<std::string_view> macro(std::string_view) const override { return std::nullopt; }
  const protocol::command::Connect* client() const override { return &connect; }
  std::size_t n_sessions() const override { return 1; }
  std::string_view mta_address() const override { return {}; }
};

// `s25r.add_whitelist(/…/i)` and `s25r.add_blacklist("…")`, as the shipped file says them.
std::optional<config::Matcher> matcher_in(std::string_view line) {
  const auto begin = line.find('(');
  const auto end = line.rfind(')');
  if (line.substr(0, 9) != "s25r.add_" || begin == std::string_view::npos) return std::nullopt;
  std::string_view matcher = line.substr(begin + 1, end - begin - 1);
  if (matcher.front() == '"') {
    return config::Matcher{config::Matcher::Kind::text, std::string(matcher.substr(1, matcher.size() - 2)),
                           0};
  }
  const bool ignores_case = matcher.back() == 'i';
  matcher = matcher.substr(1, matcher.rfind('/') - 1);
  auto pattern = condition::translate_regexp(matcher, ignores_case ? condition::kRegexpIgnoreCase : 0);
  if (!pattern) return std::nullopt;
  return config::Matcher{config::Matcher::Kind::regexp, std::move(*pattern), 0};
}

config::BuiltinConditions::S25r shipped_lists() {
  config::BuiltinConditions::S25r lists;
  std::ifstream file(PROJECT_ROOT "/share/applicable-conditions/s25r.conf");
  for (std::string line; std::getline(file, line);) {
    if (auto matcher = matcher_in(line)) {
      (line.find("whitelist") != std::string::npos ? lists.white : lists.black)
          .push_back(std::move(*matcher));
    }
  }
  return lists;
}

constexpr std::array<std::pair<const char*, const char*>, 4> kClients = {{
    {"mail server", "mx1.mail.example.org"},
    {"white", "mail-wr1-f54.google.com"},
    {"no name", "[192.0.2.254]"},
    {"end user", "host-12-34-56-78.pool.dsl.example.net"},
}};

// Items: sessions.
void s25r(benchmark::State& state) {
  NoRuby ruby;
  const auto lists = shipped_lists();
  if (lists.white.size() < 6 || lists.black.size() < 8) state.SkipWithError("the lists are not as shipped");
  condition::S25r condition(lists, 1, ruby);
  const auto& [label, host] = kClients[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(label);
  Session session;
  session.connect.host = host;
  session.connect.family = protocol::command::Family::inet;
  session.connect.address = "192.0.2.254";
  const condition::Question question{config::Stage::connect, "milter-greylist", nullptr, false, &session};
  for (auto _ : state) {
    auto outcome = condition.ask(question, nullptr);
    if (!outcome) state.SkipWithError("Ruby would be asked");
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(s25r)->DenseRange(0, 3);

}  // namespace
