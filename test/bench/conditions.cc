// SPDX-License-Identifier: GPL-3.0-or-later
// How long sessions wait for a condition in Ruby, and what it costs them that the same condition sleeps for another
// session. Prints JSON: microseconds, {"alone": {"p50": …, "p99": …}, "beside a sleeper": {…}}.
//
//   bench_conditions [CONCURRENCY [QUESTIONS]]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/config/build_defaults.h"
#include "core/ruby/condition_pool.h"
#include "core/ruby/interpreter.h"

namespace {

using namespace milter_manager;
using Clock = std::chrono::steady_clock;

constexpr const char* kConfiguration =
    "define_applicable_condition('C') do |condition|\n"
    "  condition.define_connect_stopper do |context, host|\n"
    "    sleep if host == 'sleeper'\n"
    "    /\\Adynamic/ === host\n"
    "  end\n"
    "end\n";

class Measurement {
 public:
  Measurement(ruby::Interpreter& interpreter, std::uint64_t generation, std::size_t concurrency,
              std::size_t questions)
      : interpreter_(interpreter),
        generation_(generation),
        concurrency_(concurrency),
        questions_(questions) {}

  // Sorted waits in microseconds.
  std::vector<double> run(bool with_sleeper) {
    ruby::ConditionPool pool(loop_, nullptr);
    if (!pool.start()) return {};
    pool.use({});
    pool_ = &pool;
    waits_.clear();
    asked_ = 0;
    loop_.post([this, with_sleeper] {
      if (with_sleeper) ask("sleeper", [](double) {});
      for (std::size_t i = 0; i < concurrency_; ++i) ask_next();
    });
    std::thread thread([this] {
      loop_.run();
      interpreter_.stop();
    });
    interpreter_.run_until_stopped();
    thread.join();
    pool.stop(std::chrono::seconds(10));
    std::sort(waits_.begin(), waits_.end());
    return waits_;
  }

 private:
  void ask_next() {
    if (asked_ == questions_) return;
    ++asked_;
    ask("client.example.org", [this](double microseconds) {
      waits_.push_back(microseconds);
      if (waits_.size() == questions_) loop_.stop();
      ask_next();
    });
  }

  void ask(const char* host, std::function<void(double)> answered) {
    auto snapshot = std::make_shared<condition::Snapshot>();
    snapshot->session = ++session_;
    snapshot->children = {{"milter", condition::Snapshot::Child::Answer::none, false}};
    snapshot->client_host = host;
    ruby::ConditionPool::Question question{
        generation_, {"C"}, std::move(snapshot), Clock::now() + std::chrono::hours(1)};
    pool_->ask(std::move(question), [begin = Clock::now(), answered](const ruby::ConditionPool::Verdict&) {
      answered(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    });
  }

  ruby::Interpreter& interpreter_;
  const std::uint64_t generation_;
  const std::size_t concurrency_, questions_;
  net::Loop loop_;
  ruby::ConditionPool* pool_ = nullptr;
  std::uint32_t session_ = 0;
  std::size_t asked_ = 0;
  std::vector<double> waits_;
};

std::string quantiles(const std::vector<double>& waits) {
  const auto at = [&](double share) {
    return waits.empty() ? 0.0
                         : waits[static_cast<std::size_t>(share * static_cast<double>(waits.size() - 1))];
  };
  return fmt::format("{{\"p50\": {:.1f}, \"p99\": {:.1f}}}", at(0.5), at(0.99));
}

std::size_t number(int argc, char** argv, int index, std::size_t otherwise) {
  return argc > index ? std::strtoul(argv[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  void* frame = nullptr;
  std::string folder = (std::filesystem::temp_directory_path() / "bench-conditions-XXXXXX").string();
  if (!::mkdtemp(folder.data())) return 1;
  std::ofstream(folder + "/milter-manager.conf") << kConfiguration;

  auto interpreter = ruby::Interpreter::boot(&frame, {PROJECT_ROOT "/share/ruby", "/", nullptr});
  if (!interpreter) return 1;
  ruby::LoadOptions options;
  options.load_paths = {folder};
  options.defaults = config::default_configuration("debian");
  const auto outcome = (*interpreter)->load(options);
  std::filesystem::remove_all(folder);
  if (outcome.has_errors()) return 1;

  Measurement measurement(**interpreter, outcome.configuration->generation, number(argc, argv, 1, 200),
                          number(argc, argv, 2, 50'000));
  const auto alone = measurement.run(false);
  const auto beside = measurement.run(true);
  fmt::print("{{\"alone\": {}, \"beside a sleeper\": {}}}\n", quantiles(alone), quantiles(beside));
  return 0;
}
