// SPDX-License-Identifier: GPL-3.0-or-later
// What configuration files say about the conditions that the manager decides by itself.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/config/dump.h"
#include "core/config/value.h"
#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

const char* const kConditions = PROJECT_ROOT "/share/applicable-conditions";

std::string text_of(const config::Matcher& matcher) {
  switch (matcher.kind) {
    case config::Matcher::Kind::text:
      return "text " + matcher.pattern;
    case config::Matcher::Kind::regexp:
      return "regexp " + matcher.pattern;
    case config::Matcher::Kind::ruby:
      return "ruby";
  }
  return "";
}

std::string text_of(const std::vector<config::Matcher>& matchers) {
  std::string text;
  for (const auto& matcher : matchers) text += text_of(matcher) + "\n";
  return text;
}

// The shipped condition files, then `statements`.
ruby::LoadOutcome load_with(const ConfigurationFolder& folder, const std::string& statements) {
  folder.write("milter-manager.conf",
               "Dir[" + config::ruby_literal(std::string_view(kConditions)) +
                   " + '/*.conf'].sort.each { |file| load(file) }\nload('local.conf')\n");
  folder.write("local.conf", statements);
  return folder.load();
}

// What the Ruby expression is after the condition files; statements may come before it, after semicolons.
std::string value_of(const std::string& expression) {
  const ConfigurationFolder folder;
  const auto outcome = load_with(folder, "manager.pid_file = (" + expression + ").inspect");
  CHECK(problems_of(outcome, folder) == "");
  return outcome.configuration->manager.pid_file.value_or("");
}

}  // namespace

TEST_CASE("the shipped files define every condition that the manager decides by itself") {
  const ConfigurationFolder folder;
  const auto outcome = load_with(folder, "");
  CHECK(problems_of(outcome, folder) == "");
  std::string text;
  for (const auto& condition : outcome.configuration->conditions) {
    text += fmt::format("{} | {} | {}\n", condition.name, condition.description.value_or(""),
                        condition.builtin.value_or(""));
    CHECK(condition.stages == config::builtin_stages(condition.builtin.value_or("")));
    CHECK(condition.stopper_stages == 0);
  }
  CHECK(
      text ==
      "Authenticated | Apply a milter only when sender is authorized | authenticated\n"
      "Authentication | Apply a milter only when sender is authorized | authenticated\n"
      "Unauthenticated | Apply a milter only when sender is not authorized | unauthenticated\n"
      "Unauthentication | Apply a milter only when sender is not authorized | unauthenticated\n"
      "DNSBL Listed | Apply a milter only when connected host is listed in DNS-based Blackhole List | "
      "dnsbl_listed\n"
      "Not DNSBL Listed | Apply a milter only when connected host is not listed in DNS-based Blackhole List "
      "| "
      "dnsbl_not_listed\n"
      "Remote Network | Apply milter only if connected from remote network | remote_network\n"
      "S25R | Selective SMTP Rejection | s25r\n"
      "Sendmail Compatible | Make a milter depends on Sendmail workable with Postfix | sendmail_compatible\n"
      "Stress Notify | Define stress=yes macro when stress situation | stress_notify\n"
      "No Stress | Apply milter only when normal condition | no_stress\n"
      "Trust | Set {trusted_*}=yes macros for trusted session | trust\n");
}

TEST_CASE("the shipped lists need no Ruby to be decided") {
  const ConfigurationFolder folder;
  const auto outcome = load_with(folder, "");
  const auto& settings = outcome.configuration->builtin_conditions;
  CHECK(settings.s25r.only_check_ipv4);
  CHECK(text_of(settings.s25r.white) ==
        "regexp (?-i:\\.google\\.com\\z)\n"
        "regexp (?-i:\\.obsmtp\\.com\\z)\n"
        "regexp (?-i:\\.smtp\\-out\\.amazonses\\.com\\z)\n"
        "regexp (?-i:\\.slack\\.com\\z)\n"
        "regexp (?-i:\\.mg\\.gitlab\\.com\\z)\n"
        "regexp (?-i:\\.sendgrid\\.net\\z)\n");
  CHECK(text_of(settings.s25r.black) ==
        "text unknown\n"
        "regexp (?-i:\\A\\[[^\\n]+\\]\\z)\n"
        "regexp (?-i:\\A[^\\.]*[0-9][^0-9\\.]+[0-9][^\\n]*\\.)\n"
        "regexp (?-i:\\A[^\\.]*[0-9]{5})\n"
        "regexp (?i:\\A(?i:[^\\.]+\\.)?[0-9][^\\.]*\\.[^\\.]+\\.[^\\n]+\\.[a-z])\n"
        "regexp (?-i:\\A[^\\.]*[0-9]\\.[^\\.]*[0-9]\\-[0-9])\n"
        "regexp (?-i:\\A[^\\.]*[0-9]\\.[^\\.]*[0-9]\\.[^\\.]+\\.[^\\n]+\\.)\n"
        "regexp (?i:\\A(?i:dhcp|dialup|ppp|[achrsvx]?dsl)[^\\.]*[0-9])\n");
  CHECK(text_of(settings.trust.envelope_from_domains) ==
        "text gmail.com\ntext hotmail.com\ntext msn.com\ntext yahoo.co.jp\ntext softbank.ne.jp\n"
        "text ezweb.ne.jp\ntext docomo.ne.jp\ntext clear-code.com\n");
  std::string services;
  for (const auto& service : settings.dnsbl.services) {
    services += service.domain + " " + service.expected.value_or("any") + "\n";
  }
  CHECK(services ==
        "zen.spamhaus.org 127.0.0.10/31\nbl.spamcop.net 127.0.0.2\nb.barracudacentral.org 127.0.0.2\n");
}

TEST_CASE("files that are loaded twice add nothing the second time") {
  const ConfigurationFolder folder;
  const auto once = load_with(folder, "");
  const auto twice =
      load_with(folder, "Dir['" + std::string(kConditions) + "/*.conf'].sort.each { |file| load(file) }");
  CHECK(problems_of(twice, folder) == "");
  const auto& a = once.configuration->builtin_conditions;
  const auto& b = twice.configuration->builtin_conditions;
  CHECK(text_of(a.s25r.black) == text_of(b.s25r.black));
  CHECK(text_of(a.trust.envelope_from_domains) == text_of(b.trust.envelope_from_domains));
  CHECK(a.dnsbl.services.size() == b.dnsbl.services.size());
  CHECK(once.configuration->conditions.size() == twice.configuration->conditions.size());
}

TEST_CASE("lists take texts, regular expressions, blocks and whatever has ===") {
  const ConfigurationFolder folder(R"(
s25r.add_whitelist("mx.example.com")
s25r.add_whitelist(/\.example\.com\z/)
s25r.add_whitelist { |host| host == "block" }
s25r.add_whitelist(1..2)
s25r.add_whitelist(/\p{Alpha}/)
s25r.add_whitelist(/é/)
s25r.add_whitelist("é")
s25r.add_whitelist("\xff")
own = "own"
def own.===(other) = other.size == 3
s25r.add_whitelist(own)
s25r.check_only_ipv4 = false
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  const auto& settings = outcome.configuration->builtin_conditions.s25r;
  CHECK_FALSE(settings.only_check_ipv4);
  CHECK(
      text_of(settings.white) ==
      "text mx.example.com\nregexp (?-i:\\.example\\.com\\z)\nruby\nruby\nruby\nruby\ntext é\nruby\nruby\n");
  for (std::size_t i = 0; i < settings.white.size(); ++i) CHECK(settings.white[i].ruby == i);
}

TEST_CASE("configuration files ask conditions themselves") {
  struct Case {
    const char* expression;
    const char* value;
  };
  const std::vector<Case> cases = {
      {"s25r.white?('mail.google.com')", "true"},
      {"s25r.white?('mx.example.org')", "false"},
      {"s25r.black?('unknown')", "true"},
      {"s25r.black?('mx.example.org')", "false"},
      {"s25r.add_blacklist { |host| host == 'b' }; s25r.black?('b')", "true"},
      {"s25r.only_check_ipv4?", "true"},
      {"s25r.only_check_ipv4 = false; [s25r.only_check_ipv4?, s25r.check_only_ipv4]", "[false, false]"},
      {"ipv6 = Milter::SocketAddress::IPv6.new('2001:db8::1', 1); "
       "[s25r.white?('unknown', ipv6), s25r.black?('unknown', ipv6)]",
       "[true, false]"},
      {"remote_network.local?('10.0.0.1')", "true"},
      {"remote_network.local?(Milter::SocketAddress::IPv4.new('10.0.0.1', 25))", "true"},
      {"unix = Milter::SocketAddress::Unix.new('/s'); [remote_network.local?(unix), "
       "remote_network.remote?(unix)]",
       "[true, false]"},
      {"[remote_network.local?('x'), remote_network.remote?('x')]", "[false, false]"},
      {"unknown = Milter::SocketAddress::Unknown.new; [remote_network.local?(unknown), "
       "remote_network.remote?(unknown)]",
       "[false, false]"},
      {"remote_network.remote?('203.0.113.1')", "true"},
      {"remote_network.add_local_address('203.0.113.0/24'); remote_network.local?('203.0.113.1')", "true"},
      {"require 'ipaddr'; remote_network.add_local_address(IPAddr.new('203.0.113.0/24')); "
       "remote_network.local?(IPAddr.new('203.0.113.1'))",
       "true"},
      {"remote_network.add_remote_address('10.0.0.1'); remote_network.local?('10.0.0.1')", "false"},
      {"stress.threshold_n_connections = 3; [stress.threshold_n_connections, stress.stressing?(2), "
       "stress.stressing?(3)]",
       "[3, false, true]"},
      {"stress.threshold_n_connections = 0; stress.stressing?(1000)", "false"},
      {"trust.trusted_envelope_from_domain?('<a@GMAIL.com>')", "true"},
      {"trust.trusted_envelope_from_domain?('<a@example.com>')", "false"},
      {"trust.trusted_envelope_from_domain?('<>')", "false"},
      {"trust.add_envelope_from_domain('Example.COM'); "
       "trust.trusted_envelope_from_domain?('<a@example.com>')",
       "true"},
      {"trust.add_envelope_from_domain { |domain| domain == 'b' }; "
       "trust.trusted_envelope_from_domain?('<a@b>')",
       "true"},
      {"trust.clear; trust.trusted_envelope_from_domain?('<a@gmail.com>')", "false"},
      {"dnsbl.services.keys", R"(["zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org"])"},
      {"dnsbl.clear; dnsbl.services", "{}"},
      {"dnsbl.name_server = '192.0.2.1'; dnsbl.name_servers", R"(["192.0.2.1"])"},
      {"dnsbl.name_servers = nil; dnsbl.name_server", "nil"},
  };
  for (const Case& one : cases) {
    INFO(one.expression);
    CHECK(value_of(one.expression) == one.value);
  }
}

TEST_CASE("what a condition can't use is told where it stands") {
  struct Case {
    const char* statement;
    const char* problem;
  };
  const std::vector<Case> cases = {
      {"remote_network.add_local_address('mx.example.org')",
       "remote_network.add_local_address: neither an address nor a network: <mx.example.org>"},
      {"remote_network.add_remote_address('10.0.0.0/99')",
       "remote_network.add_remote_address: no prefix of a network: <99>: <10.0.0.0/99>"},
      {"dnsbl.add_service('')", "dnsbl.add_service: not the domain of a service: <>"},
      {"dnsbl.add_service('a example')", "dnsbl.add_service: not the domain of a service: <a example>"},
      {"dnsbl.add_service('a..example')", "dnsbl.add_service: not the domain of a service: <a..example>"},
      {"dnsbl.add_service('a.example', 'x')", "dnsbl.add_service: neither an address nor a network: <x>"},
      {"dnsbl.name_servers = ['192.0.2.1', 'ns.example']",
       "dnsbl.name_servers: not the address of a name server: <ns.example>"},
      {"stress.threshold_n_connections = 'many'",
       "stress.threshold_n_connections should be a number of connections but was \"many\""},
      {"stress.threshold_n_connections = -1",
       "stress.threshold_n_connections should be a number of connections but was -1"},
      {"trust.load_envelope_from_domains('none.list')", "none.list doesn't exist."},
      {"define_applicable_condition('X') { |condition| condition.builtin = :unheard }",
       "applicable_condition.builtin should be one of [\"s25r\", \"remote_network\", \"authenticated\", "
       "\"unauthenticated\", \"sendmail_compatible\", \"stress_notify\", \"no_stress\", \"trust\", "
       "\"restrict_accounts_by_list\", \"dnsbl_listed\", \"dnsbl_not_listed\"] but was \"unheard\""},
  };
  for (const Case& one : cases) {
    INFO(one.statement);
    const ConfigurationFolder folder(std::string("# first\n") + one.statement);
    CHECK_THAT(problems_of(folder.load(), folder),
               Catch::StartsWith(std::string("milter-manager.conf:2: ") + one.problem + "\n"));
  }
  const ConfigurationFolder folder("s25r.add_whitelist");
  CHECK_THAT(problems_of(folder.load(), folder),
             Catch::Contains("a text, a regular expression or a block is wanted"));
}

TEST_CASE("trusted domains are read from a file") {
  const ConfigurationFolder folder(R"(
trust.load_envelope_from_domains("domains.list")
manager.pid_file = %w[<a@gmail.com> <a@sub.example.com> <a@other.example> <a@#x>].map do |from|
  trust.trusted_envelope_from_domain?(from)
end.inspect
)");
  folder.write("domains.list", "# comment\n Gmail.COM \r\n\n/\\.EXAMPLE\\.com/\n \t\nbro\xffken\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->manager.pid_file == "[true, true, false, false]");
  CHECK(text_of(outcome.configuration->builtin_conditions.trust.envelope_from_domains) ==
        "text gmail.com\nregexp (?i:\\.EXAMPLE\\.com)\ntext bro?ken\n");
}

TEST_CASE("accounts make a condition of their own, for milters that are defined before") {
  const ConfigurationFolder folder(R"(
%w[a b].each { |name| define_milter(name) { |milter| milter.connection_spec = "inet:1" } }
restrict_accounts_by_list("bob@example.com", /@example\.co\.jp\z/)
restrict_accounts_by_list("eve@example.com", condition_name: "Eve", milters: ["b"])
restrict_accounts_generic(milters: ["a"]) { |context, recipient| true }
define_milter("c") { |milter| milter.connection_spec = "inet:1" }
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  const auto& configuration = *outcome.configuration;
  const std::string list = R"(Restrict Accounts by List: ["bob@example.com", /@example\.co\.jp\z/])";
  REQUIRE(configuration.conditions.size() == 3);
  CHECK(configuration.conditions[0].name == list);
  CHECK(configuration.conditions[0].description == "Restrict milters to specified accounts");
  CHECK(configuration.conditions[0].builtin == "restrict_accounts_by_list");
  CHECK(text_of(configuration.conditions[0].accounts) ==
        "text bob@example.com\nregexp (?-i:\\@example\\.co\\.jp\\z)\n");
  CHECK(text_of(configuration.conditions[1].accounts) == "text eve@example.com\n");
  CHECK_FALSE(configuration.conditions[2].builtin);
  CHECK(configuration.conditions[2].stopper_stages ==
        (config::stage_bit(config::Stage::recipient) | config::stage_bit(config::Stage::data)));
  using Names = std::vector<std::string>;
  CHECK(configuration.milters[0].applicable_conditions == Names{list, "Restrict Accounts"});
  CHECK(configuration.milters[1].applicable_conditions == Names{list, "Eve"});
  CHECK(configuration.milters[2].applicable_conditions.empty());
}

TEST_CASE("what is shown of built-in conditions loads again with the same meaning") {
  const ConfigurationFolder folder;
  const auto first = load_with(folder, R"(
s25r.add_whitelist(/a"b\/c\#{d}/ix)
s25r.add_whitelist(Regexp.new('#' + '{raise}'))
s25r.add_whitelist("qu\"ote\n")
s25r.add_whitelist { |host| true }
s25r.check_only_ipv4 = false
remote_network.add_local_address("192.0.2.0/24")
remote_network.add_remote_address("10.0.0.1")
stress.threshold_n_connections = 70
stress.threshold_n_connections = 75
trust.clear
trust.add_envelope_from_domain("example.com")
dnsbl.add_service("zen.spamhaus.org")
dnsbl.name_servers = ["192.0.2.53"]
define_milter("m") { |milter| milter.connection_spec = "inet:1" }
restrict_accounts_by_list("bob@example.com", /@example\.co\.jp\z/, condition_name: "R")
)");
  CHECK(problems_of(first, folder) == "");
  const ConfigurationFolder alone(config::dump(*first.configuration, true));
  const auto again = alone.load();
  CHECK_FALSE(again.has_errors());  // settings without effect are shown too

  // Blocks can't be shown; the order of a list does not matter.
  const auto sorted = [](const std::vector<config::Matcher>& matchers) {
    std::vector<std::string> texts;
    for (const auto& matcher : matchers) {
      if (matcher.kind != config::Matcher::Kind::ruby) texts.push_back(text_of(matcher));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  const auto& a = first.configuration->builtin_conditions;
  const auto& b = again.configuration->builtin_conditions;
  CHECK(sorted(a.s25r.white) == sorted(b.s25r.white));
  CHECK(sorted(a.s25r.black) == sorted(b.s25r.black));
  CHECK(sorted(a.trust.envelope_from_domains) == sorted(b.trust.envelope_from_domains));
  CHECK(b.trust.envelope_from_domains.size() == 1);
  CHECK_FALSE(b.s25r.only_check_ipv4);
  CHECK(b.remote_network.local == a.remote_network.local);
  CHECK(b.remote_network.remote == a.remote_network.remote);
  CHECK(b.stress.threshold_n_connections == 75U);
  CHECK(b.dnsbl.name_servers == a.dnsbl.name_servers);
  REQUIRE(b.dnsbl.services.size() == a.dnsbl.services.size());
  for (const auto& service : b.dnsbl.services) {
    CHECK(service.expected.has_value() == (service.domain != "zen.spamhaus.org"));
  }
  const auto* accounts = config::find_condition(*again.configuration, "R");
  REQUIRE(accounts);
  CHECK(accounts->builtin == "restrict_accounts_by_list");
  CHECK(text_of(accounts->accounts) == text_of(config::find_condition(*first.configuration, "R")->accounts));
}

TEST_CASE("users add stoppers to a built-in condition, or take its name for their own") {
  const ConfigurationFolder folder;
  const auto outcome = load_with(folder, R"(
define_applicable_condition("S25R") do |condition|
  condition.define_connect_stopper { |context, host, address| !s25r.black?(host, address) }
end
define_applicable_condition("Remote Network") do |condition|
  condition.builtin = :remote_network
  condition.define_helo_stopper { |context, fqdn| fqdn == "x" }
end
)");
  CHECK(problems_of(outcome, folder) == "");
  const auto* s25r = config::find_condition(*outcome.configuration, "S25R");
  REQUIRE(s25r);
  CHECK_FALSE(s25r->builtin);
  CHECK(s25r->description == "Selective SMTP Rejection");
  CHECK(s25r->stages == config::stage_bit(config::Stage::connect));
  CHECK(s25r->stopper_stages == s25r->stages);
  const auto* network = config::find_condition(*outcome.configuration, "Remote Network");
  REQUIRE(network);
  CHECK(network->builtin == "remote_network");
  CHECK(network->stages ==
        (config::stage_bit(config::Stage::connect) | config::stage_bit(config::Stage::helo)));
  CHECK(network->stopper_stages == config::stage_bit(config::Stage::helo));
}
