// SPDX-License-Identifier: GPL-3.0-or-later
// What goes between the processes is read as it was written; what is broken is refused, whatever it is.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "core/supervision/backoff.h"
#include "core/supervision/evaluation.h"
#include "core/supervision/snapshot.h"
#include "core/supervision/worker_messages.h"

using namespace milter_manager;
using namespace milter_manager::supervision;

namespace {

ProcessStatus some_status() {
  ProcessStatus status;
  status.worker = 3;
  status.pid = 4711;
  status.started_at = 1.5;
  status.sessions_finished = std::uint64_t{1} << 40;
  status.sessions_open = 2;
  status.children_open = 5;
  status.max_connections = 7;
  status.accepting = true;
  status.log_lines = 11;
  status.log_dropped = 13;
  status.milters = {{"a \xff milter", MilterStatus::State::unreachable, 1, "refused", 2.5}};
  status.measurements = std::string("any\0bytes\xfe", 10);
  return status;
}

Evaluation some_evaluation() {
  auto configuration = std::make_shared<config::Configuration>();
  configuration->manager.n_workers = 50;
  config::Milter milter;
  milter.name = "m";
  milter.connection_spec = "unix:/m";
  configuration->milters.push_back(milter);
  return {configuration,
          {{config::Problem::Severity::warning, config::Location{"a.conf", 3}, "odd"},
           {config::Problem::Severity::error, std::nullopt, "wrong"}},
          false,
          {{"/etc/a", "/etc/b"}, "/etc/a/custom", std::string("\4\b\0", 3)}};
}

}  // namespace

TEST_CASE("a worker's status arrives as it was") {
  const ProcessStatus status = some_status();
  const auto read = decode_process_status(encode(status));
  REQUIRE(read);
  CHECK(encode(*read) == encode(status));
  CHECK(read->milters[0].name == "a \xff milter");
  CHECK(read->milters[0].state == MilterStatus::State::unreachable);
  CHECK(read->sessions_finished == std::uint64_t{1} << 40);
  CHECK(read->measurements == status.measurements);
}

TEST_CASE("an evaluation arrives as it was, and tells its errors a line each") {
  const Evaluation evaluation = some_evaluation();
  const auto read = decode_evaluation(encode(evaluation));
  REQUIRE(read);
  CHECK(read->configuration->manager.n_workers == 50);
  CHECK(read->configuration->milters[0].name == "m");
  CHECK(read->files.sources == evaluation.files.sources);
  CHECK(read->files.load_paths == evaluation.files.load_paths);
  CHECK(read->has_errors());
  CHECK(read->errors() == "wrong");
  CHECK(encode(*read) == encode(evaluation));
}

TEST_CASE("a configuration that could not be read to its end is an error, even if nobody said so") {
  const Evaluation evaluation{std::make_shared<config::Configuration>(), {}, true, {}};
  CHECK(evaluation.has_errors());
  CHECK(evaluation.errors() == "the configuration could not be read to its end");
}

TEST_CASE("the load of milters arrives with its histogram") {
  proxy::MilterLoad load;
  load.name = "m";
  load.span = 60;
  load.busy_mean = 0.25;
  for (const double seconds : {0.001, 0.01, 0.01, 5.0}) load.waits.add(seconds);
  const auto read = decode_loads(encode({load}));
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  CHECK((*read)[0].waits.count() == 4);
  CHECK((*read)[0].waits.quantile(0.5) == load.waits.quantile(0.5));
  CHECK((*read)[0].busy_mean == 0.25);
}

TEST_CASE("milters' answers and names come over as they are") {
  const MilterAnswers answers = {{"strict", "0011"}, {"\xff no text", ""}};
  CHECK(decode_answers(encode(answers)).value() == answers);
  const std::set<std::string> names = {"one", "two \xff"};
  CHECK(decode_names(encode(names)).value() == names);
  CHECK(decode_names(encode(std::set<std::string>{})).value().empty());
}

TEST_CASE("no bytes that a process may send do harm") {
  const std::string whole[] = {encode(some_status()),
                               encode(some_evaluation()),
                               encode(some_evaluation().files),
                               encode(std::vector<proxy::MilterLoad>(1)),
                               encode(MilterAnswers{{"m", "0101"}}),
                               encode(std::set<std::string>{"m", "n"})};
  const auto read_all = [](const std::string& bytes) {
    static_cast<void>(decode_process_status(bytes));
    static_cast<void>(decode_evaluation(bytes));
    static_cast<void>(decode_files(bytes));
    static_cast<void>(decode_loads(bytes));
    static_cast<void>(decode_answers(bytes));
    static_cast<void>(decode_names(bytes));
  };
  for (const std::string& bytes : whole) {
    for (std::size_t length = 0; length < bytes.size(); ++length) read_all(bytes.substr(0, length));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const char other : {'\0', '\x1f', '\x7f', '\xff'}) {
        std::string changed = bytes;
        changed[i] = other;
        read_all(changed);
      }
    }
    CHECK_FALSE(decode_process_status(bytes.substr(0, bytes.size() / 2)));
  }
  CHECK_FALSE(decode_evaluation(""));
  // Lists within lists, more than any stack has room for.
  CHECK_FALSE(decode_loads(std::string(4 << 20, '\x81')));
  CHECK_FALSE(decode_process_status(std::string(4 << 20, '\xa1')));
}

TEST_CASE("who dies at once is started again later and later, who has lived for a while at once") {
  Backoff backoff;
  using Seconds = Backoff::Seconds;
  CHECK(backoff.next(Seconds(0.1)) == Seconds(0));
  CHECK(backoff.next(Seconds(0.1)) == Seconds(1));
  CHECK(backoff.next(Seconds(0.1)) == Seconds(2));
  for (int i = 0; i < 10; ++i) CHECK(backoff.next(Seconds(0.1)) <= Backoff::kLongest);
  CHECK(backoff.next(Seconds(0.1)) == Backoff::kLongest);
  CHECK(backoff.next(Seconds(3600)) == Seconds(0));
  CHECK(backoff.next(Seconds(0.1)) == Seconds(1));
}
