// SPDX-License-Identifier: GPL-3.0-or-later
// What a condition sees of the session, and what it can do to it.
#include <catch2/catch.hpp>

#include "test/ruby/pool_world.h"

namespace {

using milter_manager::condition::Snapshot;
using milter_manager::config::Stage;
using Family = milter_manager::protocol::command::Family;
using Answer = Snapshot::Child::Answer;

Snapshot rich_snapshot(Stage stage) {
  Snapshot snapshot = snapshot_at(stage);
  snapshot.children = {{"clamav", Answer::none, false},
                       {"greylist", Answer::temporary_failure, true},
                       {"spamass", Answer::reject, true},
                       {"opendkim", Answer::accept, false},
                       {"nil", Answer::discard, true}};
  snapshot.macros = {
      {"auth_type", "CRAM-MD5"}, {"v", "Postfix 3.7.11"}, {"j", "mail.example.com"}, {"j", "hidden"}};
  snapshot.n_sessions = 29;
  snapshot.client_host = "client.example.org";
  snapshot.client_family = Family::inet;
  snapshot.client_address = "192.0.2.1";
  snapshot.client_port = 2525;
  return snapshot;
}

// A condition that stops when `expression`, of `context` and what the stage's stopper gets, is true.
std::string stopper(const std::string& stage, const std::string& expression) {
  return "define_applicable_condition('C') do |condition|\n"
         "  condition.define_" +
         stage + "_stopper do |context, *arguments|\n    " + expression + "\n  end\nend\n";
}

}  // namespace

TEST_CASE("the context of a condition tells all that is known of the session") {
  const char* const expressions[] = {
      "context.name == 'clamav'",
      "context['j'] == 'mail.example.com' && context['{j}'] == 'mail.example.com' && context[:j] == "
      "context['j']",
      "context['no_such_macro'].nil?",
      "context.postfix? && context.authenticated?",
      "context.n_processing_sessions == 29",
      "!context.reject? && !context.accept? && !context.discard? && !context.temporary_failure? && "
      "!context.quitted?",
      "context.children.keys == %w[clamav greylist spamass opendkim nil]",
      "context.children['greylist'].temporary_failure? && context.children['greylist'].quitted?",
      "context.children['spamass'].reject? && !context.children['spamass'].accept?",
      "context.children['opendkim'].accept? && !context.children['opendkim'].quitted?",
      "context.children['nil'].discard?",
      "context.children['nonexistent'].nil?",
      "context.children[context.name].name == context.name",
      "context.smtp_client_address.to_s == 'inet:2525@[192.0.2.1]'",
      "context['j'].encoding == Encoding::UTF_8",
      "context.inspect == '#<Milter::Manager::ChildContext>'",
  };
  for (const char* expression : expressions) {
    CAPTURE(expression);
    PoolWorld world(stopper("data", expression));
    const auto verdict = world.ask(rich_snapshot(Stage::data), {"C"});
    CHECK(verdict.stop);
    CHECK(verdict.condition == "C");
    CHECK(world.log() == "");
  }
}

TEST_CASE("a stopper gets what the MTA said at its stage") {
  struct Row {
    Stage stage;
    const char* name;
    const char* expression;
  };
  const Row rows[] = {
      {Stage::connect, "connect",
       "arguments[0] == 'client.example.org' && arguments[1] == Milter::SocketAddress::IPv4.new('192.0.2.1', "
       "2525)"},
      {Stage::helo, "helo", "arguments == ['text']"},
      {Stage::mail, "envelope_from",
       "arguments == ['text'] && context.arguments == ['SIZE=10', 'BODY=8BITMIME']"},
      {Stage::recipient, "envelope_recipient", "arguments == ['text'] && context.refused_recipient?"},
      {Stage::data, "data", "arguments == []"},
      {Stage::header, "header", "arguments == ['text', 'value']"},
      {Stage::end_of_header, "end_of_header", "arguments == []"},
      {Stage::body, "body", "arguments == ['text']"},
      {Stage::end_of_message, "end_of_message", "arguments == []"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    PoolWorld world(stopper(row.name, row.expression));
    Snapshot snapshot = rich_snapshot(row.stage);
    snapshot.text = "text";
    snapshot.value = "value";
    snapshot.arguments = {"SIZE=10", "BODY=8BITMIME"};
    snapshot.refused_recipient = true;
    CHECK(world.ask(snapshot, {"C"}).stop);
    CHECK(world.log() == "");
  }
}

TEST_CASE("text that is no UTF-8 reaches a condition as bytes") {
  PoolWorld world(
      stopper("helo", "arguments[0].encoding == Encoding::BINARY && arguments[0] == \"\\xff\".b"));
  Snapshot snapshot = snapshot_at(Stage::helo);
  snapshot.text = "\xff";
  CHECK(world.ask(snapshot, {"C"}).stop);
}

TEST_CASE("a macro that a condition sets is seen by the later ones and by the milter") {
  PoolWorld world(
      "define_applicable_condition('Sets') do |condition|\n"
      "  condition.define_connect_stopper { |context| context['{trusted}'] = :yes; context['j'] = 'other'; "
      "false }\n"
      "end\n"
      "define_applicable_condition('Reads') do |condition|\n"
      "  condition.define_connect_stopper { |context| context['trusted'] == 'yes' && context['j'] == 'other' "
      "}\n"
      "end\n");
  const auto verdict = world.ask(rich_snapshot(Stage::connect), {"Sets", "Reads"});
  CHECK(verdict.stop);
  CHECK(verdict.condition == "Reads");
  REQUIRE(verdict.macros.size() == 2);
  CHECK(verdict.macros[0].name + "=" + verdict.macros[0].value == "trusted=yes");
  CHECK(verdict.macros[1].name + "=" + verdict.macros[1].value == "j=other");
}

TEST_CASE("a macro can't be set for another milter") {
  PoolWorld world(stopper("data", "context.children['greylist']['x'] = 'y'"));
  CHECK_FALSE(world.ask(rich_snapshot(Stage::data), {"C"}).stop);
  CHECK(world.log() ==
        "error: [condition][error] milter-manager.conf:3: <C>: ArgumentError: only macros of the milter that "
        "is decided "
        "on can be set: <clamav>\n");
}

TEST_CASE("the first stopper that says so stops, those behind it are not asked") {
  PoolWorld world(
      "define_applicable_condition('Several') do |condition|\n"
      "  condition.define_data_stopper { false }\n"
      "  condition.define_data_stopper { 'anything but nil and false' }\n"
      "  condition.define_data_stopper { raise 'not asked' }\n"
      "end\n"
      "define_applicable_condition('Later') { |condition| condition.define_data_stopper { raise 'nor this' } "
      "}\n"
      "define_applicable_condition('Elsewhere') { |condition| condition.define_helo_stopper { raise 'nor "
      "this' } }\n");
  const auto verdict = world.ask(snapshot_at(Stage::data), {"Elsewhere", "Several", "Later"});
  CHECK(verdict.stop);
  CHECK(verdict.condition == "Several");
  CHECK(world.log() == "");
}

TEST_CASE("the shelf of a mail keeps what conditions put there until the next mail begins") {
  PoolWorld world(
      "define_applicable_condition('Puts') do |condition|\n"
      "  condition.define_envelope_recipient_stopper do |context, recipient|\n"
      "    shelf = context.mail_transaction_shelf\n"
      "    shelf['recipients'] = (shelf['recipients'] || []) + [recipient]\n"
      "    shelf[:flags] = { seen: true, count: 1.5 }\n"
      "    false\n"
      "  end\n"
      "end\n"
      "define_applicable_condition('Looks') do |condition|\n"
      "  condition.define_data_stopper do |context|\n"
      "    shelf = context.mail_transaction_shelf\n"
      "    shelf['recipients'] << 'only in a copy' if shelf['recipients']\n"
      "    shelf['recipients'] == %w[<a@b> <c@d>] && shelf['flags'] == { seen: true, count: 1.5 } &&\n"
      "      shelf.map { |key, _| key }.sort == %w[flags recipients]\n"
      "  end\n"
      "end\n");
  Snapshot snapshot = snapshot_at(Stage::recipient);
  for (const char* recipient : {"<a@b>", "<c@d>"}) {
    snapshot.text = recipient;
    CHECK_FALSE(world.ask(snapshot, {"Puts"}).stop);
  }
  CHECK(world.ask(snapshot_at(Stage::data), {"Looks"}).stop);
  CHECK(world.pool().sessions() == 1);
  Snapshot next = snapshot_at(Stage::data);
  next.message = 2;
  CHECK_FALSE(world.ask(next, {"Looks"}).stop);
  Snapshot other = snapshot_at(Stage::data);
  other.session = 8;
  CHECK_FALSE(world.ask(other, {"Looks"}).stop);
  CHECK(world.pool().sessions() == 0);
  CHECK(world.log() == "");
}

TEST_CASE("what has no copy can't be put on the shelf") {
  PoolWorld world(stopper("data", "context.mail_transaction_shelf['block'] = -> { }"));
  CHECK_FALSE(world.ask(snapshot_at(Stage::data), {"C"}).stop);
  CHECK(world.log() ==
        "error: [condition][error] milter-manager.conf:3: <C>: TypeError: no _dump_data is defined for class "
        "Proc\n");
}

TEST_CASE("the shelf goes with the session") {
  PoolWorld world(stopper("data", "context.mail_transaction_shelf['x'] = 1\nfalse"));
  CHECK_FALSE(world.ask(snapshot_at(Stage::data), {"C"}).stop);
  CHECK(world.pool().sessions() == 1);
  world.run([&] {
    world.pool().session_ended(7);
    world.end();
  });
  CHECK(world.pool().sessions() == 0);
}

TEST_CASE("a context that is kept tells nothing of another session") {
  PoolWorld world(
      "kept = nil\n"
      "define_applicable_condition('Keeps') { |condition| condition.define_helo_stopper { |context| kept = "
      "context; false } }\n"
      "define_applicable_condition('Uses') { |condition| condition.define_data_stopper { |context| kept.name "
      "} }\n");
  CHECK_FALSE(world.ask(snapshot_at(Stage::helo), {"Keeps"}).stop);
  CHECK_FALSE(world.ask(snapshot_at(Stage::data), {"Uses"}).stop);
  CHECK_THAT(world.log(),
             Catch::Contains("milter-manager.conf:3: <Uses>: RuntimeError: the context belongs to a call "
                             "that is over: take what you need during the call\n"));
}

TEST_CASE("connection checkers say whether the client is still there") {
  struct Row {
    const char* block;
    bool connected;
    const char* logged;
  };
  const Row rows[] = {
      {"context.smtp_client_address.to_s == 'inet:2525@[192.0.2.1]'", true, ""},
      {"context.smtp_server_address == Milter::SocketAddress::IPv4.new('127.0.0.1', 40000)", true, ""},
      {"context.smtp_server_name == 'Postfix 3.7.11' && context['{j}'] == 'mail.example.com'", true, ""},
      {"context.smtp_client_address.local?", false, ""},
      {"nil", false, ""},
      {"raise 'no table'", true, "<own>: RuntimeError: no table\n"},
      {"Thread.current.kill", true, "<own>: it has ended its thread; the client counts as connected\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.block);
    PoolWorld world("manager.define_connection_checker('own') { |context| " + std::string(row.block) +
                    " }\n");
    Snapshot snapshot = rich_snapshot(Stage::connect);
    snapshot.mta_address = "inet:40000@[127.0.0.1]";
    bool connected = !row.connected;
    world.run([&] {
      PoolWorld::Pool::Question question{world.generation(),
                                         {"netstat", "own"},
                                         std::make_shared<const Snapshot>(snapshot),
                                         world.loop().now() + std::chrono::hours(1)};
      world.pool().ask_connected(std::move(question), [&](bool answer) {
        connected = answer;
        world.end();
      });
    });
    CHECK(connected == row.connected);
    CHECK_THAT(world.log(), Catch::Contains(row.logged));
  }
}

TEST_CASE("matchers that only Ruby can decide are asked there") {
  PoolWorld world("s25r.add_blacklist { |host| host == 'bad.example.org' || host.no_such_method }\n");
  std::string answers;
  // The number is that of the block, behind the matchers of the condition's own lists, if there are any.
  const auto note = [&](bool yes) {
    answers += yes ? 'y' : 'n';
    if (answers.size() == 2) world.end();
  };
  world.run([&] {
    world.pool().matches(world.generation(), 0, "bad.example.org", note);
    world.pool().matches(world.generation(), 0, "good.example.org", note);
  });
  std::sort(answers.begin(), answers.end());
  CHECK(answers == "ny");
  CHECK_THAT(world.log(), Catch::Contains("milter-manager.conf:1: a matcher: NoMethodError: "));
}
