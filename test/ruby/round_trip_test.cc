// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown of a configuration, evaluated, is that configuration, whatever its strings hold.
#include <catch2/catch.hpp>
#include <random>

#include "core/config/build_defaults.h"
#include "core/config/builder.h"
#include "core/config/dump.h"
#include "core/config/setting.h"
#include "core/config/text_syntax.h"
#include "test/ruby/configuration_folder.h"

using namespace milter_manager;
using config::Builder;
using config::Configuration;
using config::Value;

namespace {

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string text() {
    static const std::vector<std::string> kPieces = {
        "a",      "é",           "日本",    "\"",   "\\",       "#{exit}",      "#$0",  "#@x",
        "#",      "'",           "\n",      "\r\n", "\t",       "\xff",         "\xc3", "end",
        "=end\n", "__END__",     "%q(",     "`id`", "\x1b[m",   "\x7f",         " ",    "],",
        "\\n",    "\\u0041",     "coding:", "-*-",  "=",        ", ",           "\\\"", "\b\a\v",
        "?",      "# default\n", "nil",     "*/",   "<%= 1 %>", "\xed\xa0\x80", "z"};
    std::string text;
    for (std::size_t n = below(8); n > 0; --n) text += kPieces[below(kPieces.size())];
    return text;
  }

  // Of any kind; most settings refuse most of them.
  Value value() {
    static const std::vector<std::string> kWords = {"inet:10025@[127.0.0.1]",
                                                    "unix:/tmp/x.sock",
                                                    "inet6:1@[::1]",
                                                    "inet:9100",
                                                    "reject",
                                                    "discard",
                                                    "temporary-failure",
                                                    "accept",
                                                    "error|info",
                                                    "all",
                                                    "none",
                                                    "+debug",
                                                    "-statistics",
                                                    "mail",
                                                    "local3"};
    switch (below(9)) {
      case 0:
        return one_in(2);
      case 1:
        return static_cast<std::int64_t>(below(1000));
      case 2:
        return static_cast<std::int64_t>(below(1u << 31)) * 100;
      case 3:
        return std::uniform_real_distribution<double>(0, 300)(engine_);
      case 4:
        return 1 / (1 + static_cast<double>(below(1000)));
      case 5:
        return kWords[below(kWords.size())];
      case 6:
        return config::Table{
            {text(), text()}, {text(), std::int64_t{7}}, {"nil", std::monostate{}}, {"x", 0.5}};
      default:
        return text();
    }
  }

  config::Location place() { return {"/etc/" + text() + ".conf", static_cast<int>(below(100))}; }

 private:
  std::mt19937 engine_;
};

void set_all(Builder& builder, Chance& chance) {
  for (const auto& setting : config::settings()) {
    if (chance.one_in(3)) continue;
    // As many tries as it takes to meet a value that most settings take.
    for (int i = 0; i < 6; ++i) static_cast<void>(builder.set(setting.name, chance.value(), chance.place()));
  }
  if (chance.one_in(2)) builder.use_netstat_connection_checker(chance.place());
  if (chance.one_in(2)) builder.report_memory_statistics(chance.place());
}

void define_conditions(Builder& builder, Chance& chance) {
  for (std::size_t n = chance.below(4); n > 0; --n) {
    const std::string name = chance.text();
    builder.define_condition(name, chance.place());
    const auto set = [&](std::string_view attribute, const Value& value) {
      static_cast<void>(builder.set_condition(name, attribute, value, chance.place()));
    };
    if (chance.one_in(2)) set("description", chance.text());
    if (chance.one_in(2)) set("data", chance.text());
    if (chance.one_in(2)) set("refused_recipients", true);
    if (chance.one_in(2))
      set("builtin", config::builtin_names()[chance.below(config::builtin_names().size())]);
  }
}

void define_milters(Builder& builder, Chance& chance) {
  for (std::size_t n = chance.below(4); n > 0; --n) {
    const std::string name = "m" + chance.text();  // a milter has a name
    builder.define_milter(name, chance.place());
    for (const auto& attribute : config::milter_settings()) {
      if (attribute.name == "applicable_conditions") continue;
      for (int i = 0; i < 4; ++i)
        static_cast<void>(builder.set_milter(name, attribute.name, chance.value(), chance.place()));
    }
    const auto& conditions = builder.configuration().conditions;
    for (std::size_t i = conditions.empty() ? 0 : chance.below(4); i > 0; --i) {
      REQUIRE(builder.add_applicable_condition(name, conditions[chance.below(conditions.size())].name,
                                               chance.place()));
    }
  }
}

// Two log levels may be written differently and be the same.
Value meaning_of(std::string_view name, const Value& value) {
  if (name != "log.level") return value;
  return *config::canonical_log_level(std::get<std::string>(value));
}

void check_same(const Configuration& one, const Configuration& other) {
  for (const auto& setting : config::settings()) {
    INFO(setting.name);
    CHECK(meaning_of(setting.name, setting.get(one)) == meaning_of(setting.name, setting.get(other)));
  }
  CHECK(one.manager.connection_checkers == other.manager.connection_checkers);
  CHECK(one.manager.netstat_connection_checker == other.manager.netstat_connection_checker);
  CHECK(one.manager.report_memory_statistics == other.manager.report_memory_statistics);
  REQUIRE(one.conditions.size() == other.conditions.size());
  for (std::size_t i = 0; i < one.conditions.size(); ++i) {
    const config::Condition &a = one.conditions[i], &b = other.conditions[i];
    CHECK(a.name == b.name);
    CHECK(a.description == b.description);
    CHECK(a.data == b.data);
    CHECK(a.refused_recipients == b.refused_recipients);
    CHECK(a.builtin == b.builtin);
    CHECK(a.stages == b.stages);
  }
  REQUIRE(one.milters.size() == other.milters.size());
  for (std::size_t i = 0; i < one.milters.size(); ++i) {
    CHECK(one.milters[i].name == other.milters[i].name);
    for (const auto& attribute : config::milter_settings()) {
      INFO(attribute.name);
      CHECK(attribute.get(one.milters[i]) == attribute.get(other.milters[i]));
    }
  }
}

bool has_error(const ruby::LoadOutcome& outcome, std::string_view but) {
  for (const auto& problem : outcome.problems) {
    if (problem.severity == config::Problem::Severity::error &&
        problem.message.find(but) == std::string::npos)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("any configuration that is shown can be read again, and says the same") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chance chance(seed);
    Builder builder(config::default_configuration("debian"));
    set_all(builder, chance);
    define_conditions(builder, chance);
    define_milters(builder, chance);
    const std::string shown = config::dump(builder.configuration(), true);
    INFO("seed " << seed << "\n" << shown);
    const ConfigurationFolder folder(shown);
    const auto outcome = folder.load();
    CHECK_FALSE(outcome.aborted);
    // Random times contradict each other here and there.
    CHECK_FALSE(has_error(outcome, "manager.condition_timeout should be at most"));
    check_same(builder.configuration(), *outcome.configuration);
  }
}

TEST_CASE("what is shown says again which checks the manager makes by itself") {
  const ConfigurationFolder folder(
      "manager.use_netstat_connection_checker(3)\nmanager.report_memory_statistics\n"
      "manager.define_connection_checker('mine') { true }\n");
  const auto first = folder.load();
  folder.write("shown.conf", config::dump(*first.configuration, true));
  const auto second = folder.load_file("shown.conf");
  CHECK(second.configuration->manager.connection_checkers == std::vector<std::string>{"netstat"});
  CHECK(second.configuration->manager.connection_check_interval == 3);
  CHECK(second.configuration->manager.report_memory_statistics);
}

TEST_CASE("what can't be written is told where it stands, and everything else is read again") {
  const ConfigurationFolder folder(R"RUBY(
s25r.add_whitelist { |host| host == "x" }
s25r.add_whitelist("mx.example.com")
trust.add_envelope_from_domain(IPAddr.new("::1"))
database.extra_options = { reconnect: true }
database.extra_options[:ssl] = { verify: [1, "x", nil], deep: { "a" => :b } }
database.extra_options[:server] = IPAddr.new("::2"); database.extra_options[:tls] = [{ key: { passphrase: "hush" } }]
define_milter("a") { |milter| milter.connection_spec = "inet:1" }
restrict_accounts_by_list("bob@example.com", ->(account) { account == "eve" }, condition_name: "List")
define_applicable_condition("Mine") do |condition|
  condition.define_connect_stopper { true }
end
define_applicable_condition("Mine") { |condition| condition.define_data_stopper { true } }
manager.connection_check_interval = 3
manager.define_connection_checker("mine") { true }
manager.maintained { 1 }
manager.event_loop_created { |loop| loop }
)RUBY");
  const auto first = folder.load();
  CHECK(problems_of(first, folder) == "");
  std::string shown = config::dump(*first.configuration, true);
  const std::string path = folder.path() + "/";
  for (auto at = shown.find(path); at != std::string::npos; at = shown.find(path))
    shown.erase(at, path.size());
  const char* const told[] = {
      "\n# milter-manager.conf:2\n# not shown: s25r.add_whitelist with a block\n",
      "\n# milter-manager.conf:4\n# not shown: trust.add_envelope_from_domain with an object of class "
      "IPAddr\n",
      "\n# milter-manager.conf:7\ndatabase.extra_options = {\"reconnect\"=>true}\n",
      "\ndatabase.extra_options[:ssl] = {:verify=>[1, \"x\", nil], :deep=>{\"a\"=>:b}}\n",
      "\n# not shown: database.extra_options[:server] with an object of class IPAddr\n",
      "\n# not shown: database.extra_options[:tls] with a secret\n",
      "\n  condition.accounts = [\"bob@example.com\"]\n  # milter-manager.conf:9\n"
      "  # not shown: condition.accounts with a block\nend\n",
      "  condition.description = nil\n  # milter-manager.conf:13\n"
      "  # not shown: condition.define_data_stopper with a block\nend\n",
      "\n# milter-manager.conf:15\n# not shown: manager.define_connection_checker(\"mine\") with a block\n",
      "\n# not shown: manager.maintained with a block\n",
      "\n# not shown: manager.event_loop_created with a block\n",
  };
  for (const char* text : told) CHECK_THAT(shown, Catch::Contains(text));
  CHECK(shown.find("define_connect_stopper") == std::string::npos);  // the older definition's

  folder.write("shown.conf", config::dump(*first.configuration, true) +
                                 "raise 'nested' unless database.extra_options[:ssl] == "
                                 "{ verify: [1, 'x', nil], deep: { 'a' => :b } }\n");
  const auto second = folder.load_file("shown.conf");
  CHECK_FALSE(second.has_errors());
  CHECK(second.configuration->builtin_conditions.s25r.white.size() == 1);
  CHECK(second.configuration->database.extra_options == first.configuration->database.extra_options);
}
