// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/database/recipients.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <deque>

#include "test/daemon/processes.h"

namespace command = milter_manager::protocol::command;

namespace {

constexpr const char* kReloaded = "[configuration][reload] the new configuration holds for new sessions";
constexpr const char* kRefused =
    "[configuration][reload][error] the configuration has errors: the old one stays";

// Up to the recipient, which is sent and not waited for.
void send_recipient(Mta& mta, const std::string& recipient) {
  CHECK(mta.ask(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"}) == 'c');
  CHECK(mta.ask(command::Helo{"client.example.org"}) == 'c');
  CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
  mta.send(command::Recipient{"<" + recipient + ">", {}});
}

}  // namespace

const char* const kAccountsTable =
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, address VARCHAR(100), milter VARCHAR(20));"
    "INSERT INTO accounts VALUES (1, 'alice@example.net', 'strict'), (2, 'bob@example.net', 'lenient');";

const char* const kAccountModel =
    "class Account < ActiveRecord::Base\n"
    "  def self.milter_of(recipient)\n"
    "    find_by!(address: recipient.delete('<>')).milter\n"
    "  end\n"
    "end\n";

LookUps::LookUps(const std::string& database, std::string rule)
    : rule_(std::move(rule)),
      strict_(sockets_.file("strict"), 'R', 'c'),
      lenient_(sockets_.file("lenient"), 'R', 'c'),
      manager_(configuration(database), {{"models/account.rb", kAccountModel}}) {}

std::string LookUps::configuration(const std::string& database) const {
  std::string text = database +
                     "database.setup\n"
                     "database.load_models('models/*.rb')\n";
  for (const char* name : {"strict", "lenient"}) {
    text += std::string("define_applicable_condition('") + name +
            "') do |condition|\n"
            "  condition.define_envelope_recipient_stopper do |context, recipient|\n"
            "    (" +
            rule_ + ") != '" + name +
            "'\n"
            "  end\n"
            "end\n"
            "define_milter('" +
            name +
            "') do |milter|\n"
            "  milter.connection_spec = 'unix:" +
            sockets_.file(name) +
            "'\n"
            "  milter.add_applicable_condition('" +
            name +
            "')\n"
            "end\n";
  }
  return text;
}

void LookUps::reload(const std::string& database) {
  manager_.configure(configuration(database));
  manager_.program().signal(SIGHUP);
  ++reloads_;
  REQUIRE(eventually([&] { return count(manager_.log(), kReloaded) >= static_cast<std::size_t>(reloads_); }));
}

void LookUps::reload_refused(const std::string& configuration) {
  const std::size_t before = count(manager_.log(), kRefused);
  manager_.configure(configuration);
  manager_.program().signal(SIGHUP);
  REQUIRE(eventually([&] { return count(manager_.log(), kRefused) > before; }));
}

std::string LookUps::Session::milters_for(const std::string& recipient) {
  const int strict_before = look_ups_.strict_.asked();
  const int lenient_before = look_ups_.lenient_.asked();
  send_recipient(mta_, recipient);
  if (mta_.reply() == '\0') return {};
  mta_.send(command::Quit{});
  std::string milters;
  if (look_ups_.strict_.asked() > strict_before) milters = "strict";
  if (look_ups_.lenient_.asked() > lenient_before) milters += milters.empty() ? "lenient" : " lenient";
  return milters;
}

int LookUps::ask_at_once(int sessions, const std::function<void()>& meanwhile) {
  std::deque<Mta> open;
  for (int i = 0; i < sessions; ++i) {
    open.emplace_back(manager_.socket());
    send_recipient(open.back(), i % 2 == 0 ? "alice@example.net" : "bob@example.net");
  }
  meanwhile();
  int answered = 0;
  for (Mta& mta : open) answered += mta.reply() != '\0';
  return answered;
}
