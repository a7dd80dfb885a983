// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration that is installed, on hosts of the platforms that it knows.
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/config/dump.h"
#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;

namespace {

// A host whose file tree is the folder's "root".
class PlatformHost {
 public:
  explicit PlatformHost(std::string platform) : platform_(std::move(platform)) {}

  void write(const std::string& path, std::string_view text) const { folder_.write("root" + path, text); }
  void program(const std::string& path) const {
    write(path, "");
    std::filesystem::permissions(folder_.file("root" + path), std::filesystem::perms::owner_all);
  }
  void link(const std::string& path, const std::string& target) const {
    const std::string place = folder_.file("root" + path);
    std::filesystem::create_directories(std::filesystem::path(place).parent_path());
    std::filesystem::create_symlink(target, place);
  }
  void remove(const std::string& path) const { std::filesystem::remove(folder_.file("root" + path)); }
  // In the main file, behind the platform and the place of the tree.
  void decide(std::string text) { decision_ = std::move(text); }
  void configure_locally(std::string_view text) const { folder_.write("milter-manager.local.conf", text); }

  ruby::LoadOutcome load() const {
    write_main_file();
    return folder_.load({PROJECT_ROOT "/share"});
  }
  // As another process does that is given what the first has found.
  ruby::LoadOutcome load_again(const std::string& sources) const {
    ruby::LoadOptions options = this->options();
    options.sources = sources;
    return shared_interpreter().load(options);
  }
  std::string sources() const {
    write_main_file();
    ruby::LoadOptions options = this->options();
    options.keep_sources = true;
    return shared_interpreter().load(options).sources;
  }
  std::string problems() const { return problems_of(load(), folder_); }

  // Of --show-config: for each milter its name, where it listens and whether it is enabled.
  std::string shown_milters() const {
    const std::string shown = config::dump(*load().configuration);
    std::string text;
    for (std::size_t at = 0; at < shown.size();) {
      const std::size_t end = std::min(shown.find('\n', at), shown.size());
      const std::string line = shown.substr(at, end - at);
      at = end + 1;
      for (const char* wanted : {"define_milter(", "  milter.connection_spec = ", "  milter.enabled = "}) {
        if (line.rfind(wanted, 0) == 0) text += line + "\n";
      }
    }
    return text;
  }

 private:
  void write_main_file() const {
    folder_.write("milter-manager.conf",
                  "package.platform = '" + platform_ + "'\npackage.options = 'root=" + folder_.file("root") +
                      "'\n" + decision_ + "\nload('" PROJECT_ROOT "/share/milter-manager.conf')\n");
  }
  ruby::LoadOptions options() const {
    ruby::LoadOptions options;
    options.load_paths = {folder_.path(), PROJECT_ROOT "/share"};
    return options;
  }

  std::string platform_;
  std::string decision_;
  ConfigurationFolder folder_;
};

std::string described(const config::Milter& milter) {
  std::string text = milter.name + " " + milter.connection_spec.value_or("") +
                     (milter.enabled ? "" : " disabled") + " [" + milter.command.value_or("") + " " +
                     milter.command_options.value_or("") + "]";
  for (const std::string& condition : milter.applicable_conditions) text += "\n  " + condition;
  return text + "\n";
}

const config::Milter& milter_of(const ruby::LoadOutcome& outcome, std::string_view name) {
  const config::Milter* milter = config::find_milter(*outcome.configuration, name);
  REQUIRE(milter);
  return *milter;
}

}  // namespace

TEST_CASE("the configuration that is installed defines conditions, and no milter where none is installed") {
  for (const char* platform : {"debian", "redhat7", "redhat10", "freebsd", "pkgsrc", "solaris"}) {
    INFO(platform);
    const PlatformHost host(platform);
    const auto outcome = host.load();
    CHECK(host.problems() == "");
    CHECK(outcome.configuration->milters.empty());
    CHECK(outcome.configuration->security.privilege_mode == (std::string(platform) != "solaris"));
    for (const char* name :
         {"S25R", "Remote Network", "Authenticated", "Unauthenticated", "Sendmail Compatible",
          "Stress Notify", "No Stress", "Trust", "DNSBL Listed", "Not DNSBL Listed"}) {
      INFO(name);
      CHECK(config::find_condition(*outcome.configuration, name));
    }
  }
}

TEST_CASE("a Debian host's milters are defined by the services that are installed") {
  const PlatformHost host("debian");
  for (const char* unit : {"opendkim", "opendmarc", "rspamd", "milter-greylist"}) {
    host.write(std::string("/lib/systemd/system/") + unit + ".service", "[Unit]\nDescription=The unit\n");
    if (std::string(unit) == "opendmarc") continue;
    host.link(std::string("/etc/systemd/system/multi-user.target.wants/") + unit + ".service",
              std::string("/lib/systemd/system/") + unit + ".service");
  }
  for (const char* script : {"clamav-milter", "spamass-milter", "amavisd-milter", "opendkim", "unknown"})
    host.write(std::string("/etc/init.d/") + script, "#!/bin/sh\nSOCKET=/run/" + std::string(script) + "\n");
  host.write("/etc/opendkim.conf", "Socket local:/run/opendkim/opendkim.sock\n");
  host.write("/etc/opendmarc.conf", "Socket local:/run/opendmarc/opendmarc.sock\n");
  host.write("/etc/milter-greylist/greylist.conf",
             "socket \"/run/milter-greylist/milter-greylist.sock\" 660\n");
  host.write("/etc/rspamd/rspamd.conf",
             "worker \"rspamd_proxy\" { milter = yes; bind_socket = \"*:11332\"; }\n");
  host.program("/usr/bin/systemctl");

  const auto outcome = host.load();
  CHECK(host.problems() == "");
  std::string milters;
  for (const auto& milter : outcome.configuration->milters) milters += described(milter);
  CHECK(
      milters ==
      R"(milter-greylist unix:/run/milter-greylist/milter-greylist.sock [/usr/bin/systemctl start milter-greylist]
  Sendmail Compatible
  Stress Notify
  Trust
  Remote Network
  S25R
  Unauthenticated
clamav-milter unix:/run/clamav-milter [/etc/init.d/clamav-milter start]
opendkim unix:/run/opendkim/opendkim.sock [/usr/bin/systemctl start opendkim]
opendmarc unix:/run/opendmarc/opendmarc.sock disabled [/usr/bin/systemctl start opendmarc]
spamass-milter unix:/run/spamass-milter [/etc/init.d/spamass-milter start]
  Remote Network
  Unauthenticated
  No Stress
amavisd-milter unix:/run/amavisd-milter [/etc/init.d/amavisd-milter start]
rspamd inet:11332@localhost [/usr/bin/systemctl start rspamd]
  Remote Network
  Unauthenticated
  No Stress
)");
  CHECK(milter_of(outcome, "opendkim").description == "The unit");
}

TEST_CASE("FreeBSD: what rc.conf enables is shown, and gone after it says NO and a reload") {
  const PlatformHost host("freebsd");
  const auto script = [](const std::string& name, const std::string& defaults) {
    return "#!/bin/sh\n. /etc/rc.subr\nname=" + name + "\nrcvar=${name}_enable\nload_rc_config $name\n: ${" +
           name + "_enable=\"NO\"}\n" + defaults + "run_rc_command \"$1\"\n";
  };
  host.write("/usr/local/etc/rc.d/milter-greylist",
             script("miltergreylist",
                    "miltergreylist_sockfile=${miltergreylist_sockfile:-"
                    "\"/var/milter-greylist/milter-greylist.sock\"}\n"));
  host.write("/usr/local/etc/rc.d/clamav-milter",
             script("clamav_milter", ": ${clamav_milter_socket=\"/var/run/clamav/clmilter.sock\"}\n"));
  host.write("/usr/local/etc/rc.d/spamass-milter",
             script("spamass_milter", ": ${spamass_milter_socket=\"/var/run/spamass-milter.sock\"}\n"));
  host.write("/usr/local/etc/mail/greylist.conf",
             "socket \"/var/milter-greylist/milter-greylist.sock\" 660\nuser \"mailnull:mail\"\n"
             "subnetmatch /24\ngreylist 10m\nautowhite 1w\nracl greylist default\n");
  const std::string rc_conf =
      "spamd_enable=YES\nspamd_flags=\"-c --max-children=30 \"\n"
      "spamass_milter_enable=\"YES\"\nspamass_milter_user=\"spamd\"\n"
      "spamass_milter_socket=\"/var/run/spamass-milter/spamass-milter.sock\"\n"
      "spamass_milter_localflags=\"-u spamd -- -u spamd\"\n"
      "clamav_clamd_enable=\"YES\"\nclamav_milter_enable=\"YES\"\nclamav_milter_socket_mode=\"660\"\n"
      "miltergreylist_runas=\"mailnull:mail\"\n";
  host.write("/etc/rc.conf", rc_conf + "miltergreylist_enable=\"YES\"\n");
  CHECK(host.problems() == "");
  const std::string others = R"(define_milter("clamav-milter") do |milter|
  milter.connection_spec = "unix:/var/run/clamav/clmilter.sock"
  milter.enabled = true
define_milter("spamass-milter") do |milter|
  milter.connection_spec = "unix:/var/run/spamass-milter/spamass-milter.sock"
  milter.enabled = true
)";
  const std::string greylist = R"(define_milter("milter-greylist") do |milter|
  milter.connection_spec = "unix:/var/milter-greylist/milter-greylist.sock"
  milter.enabled = )";
  CHECK(host.shown_milters() == greylist + "true\n" + others);
  host.write("/etc/rc.conf", rc_conf + "miltergreylist_enable=\"NO\"\n");
  CHECK(host.shown_milters() == greylist + "false\n" + others);
}

TEST_CASE("CentOS 5: what chkconfig knows is shown, and gone after chkconfig --del and a reload") {
  const PlatformHost host("redhat5");
  const auto link = [](const char* name) { return std::string("/etc/rc.d/rc3.d/S79") + name; };
  for (const char* name : {"milter-greylist", "clamav-milter", "spamass-milter"}) {
    host.write(std::string("/etc/init.d/") + name,
               "#!/bin/bash\n# chkconfig: 2345 79 21\n# description: a milter\n. /etc/init.d/functions\n"
               "[ -f /etc/sysconfig/" +
                   std::string(name) + " ] && . /etc/sysconfig/" + name + "\n");
    host.link(link(name), std::string("../init.d/") + name);
  }
  host.write("/etc/sysconfig/spamass-milter",
             "SOCKET=\"inet:11120@[127.0.0.1]\"\nEXTRA_FLAGS=\"-m -r 15\"\n");
  host.write("/etc/clamav-milter.conf",
             "MilterSocket unix:/var/clamav/clmilter.socket\nMilterSocketMode 0660\n");
  host.write("/etc/sysconfig/milter-greylist", "OPTIONS=\"$OPTIONS -p inet:11122@[127.0.0.1]\"\n");
  host.write("/etc/mail/greylist.conf",
             "subnetmatch /24\ngreylist 10m\nautowhite 1w\nracl greylist default\n");
  CHECK(host.problems() == "");
  const std::string others = R"(define_milter("clamav-milter") do |milter|
  milter.connection_spec = "unix:/var/clamav/clmilter.socket"
  milter.enabled = true
define_milter("spamass-milter") do |milter|
  milter.connection_spec = "inet:11120@[127.0.0.1]"
  milter.enabled = true
)";
  const std::string greylist = R"(define_milter("milter-greylist") do |milter|
  milter.connection_spec = "inet:11122@[127.0.0.1]"
  milter.enabled = )";
  CHECK(host.shown_milters() == greylist + "true\n" + others);
  host.remove(link("milter-greylist"));
  CHECK(host.shown_milters() == greylist + "false\n" + others);
}

TEST_CASE("package.platform and package.options decide what is looked for where") {
  PlatformHost host("debian");
  host.write("/etc/os-release", "ID=debian\n");
  host.write("/etc/init.d/spamass-milter", "#!/bin/sh\nSOCKET=/run/debian.sock\n");
  const std::string script = "name=spamass_milter\nrcvar=$name\nload_rc_config $name\n";
  host.write("/usr/pkg/etc/rc.d/spamass-milter", script + "spamass_milter_socket=/run/usual.sock\n");
  host.write("/opt/etc/rc.d/spamass-milter", script + "spamass_milter_socket=/run/prefix.sock\n");
  host.write("/scripts/enma", script + "name=enma\n");
  host.write("/opt/etc/enma.conf", "milter.socket: inet:10025@127.0.0.1\n");
  host.write("/etc/rc.conf", "spamass_milter=YES\nenma=YES\n");
  struct Row {
    const char* before;  // what stands before load_default
    const char* milters;
  };
  const Row rows[] = {
      {"", "spamass-milter unix:/run/debian.sock [/etc/init.d/spamass-milter start]"},
      {"package.platform = 'pkgsrc'",
       "spamass-milter unix:/run/usual.sock [/usr/pkg/etc/rc.d/spamass-milter start]"},
      {"package.platform = :pkgsrc; package.options = package.options.merge(prefix: '/opt/etc')",
       "spamass-milter unix:/run/prefix.sock [/opt/etc/rc.d/spamass-milter start]"},
      {"package.platform = 'pkgsrc'; package.options = \"root=#{package.options['root']}, "
       "prefix=/opt/etc,rcddir=/scripts\"",
       "enma inet:10025@127.0.0.1 [/scripts/enma start]"},
      {"package.platform = 'redhat6'",
       "spamass-milter unix:/run/debian.sock disabled [/etc/init.d/spamass-milter start]"},
      {"package.platform = 'haiku'", ""},
      {"package.platform = '../debian'", ""},
  };
  for (const Row& row : rows) {
    INFO(row.before);
    host.decide(row.before);
    const auto outcome = host.load();
    CHECK(host.problems() == "");
    std::string milters;
    for (const auto& milter : outcome.configuration->milters) {
      const std::string shown = described(milter);
      milters += shown.substr(0, shown.find('\n'));
    }
    CHECK(milters == row.milters);
  }
}

TEST_CASE("milter-greylist has the time for which its own configuration keeps clients waiting") {
  struct Row {
    const char* text;
    const char* connection_spec;
    double seconds;  // beside the usual 7
  };
  const char* const usual = "unix:/run/usual.sock";
  const Row rows[] = {
      {"", usual, 0},
      {"racl greylist default\n", usual, 0},
      {"sm_macro \"no_stress\" \"{stress}\" unset\nracl whitelist sm_macro \"no_stress\" tarpit 125s\n",
       usual, 125},
      {"acl whitelist tarpit 5\nracl whitelist list \"x\" \\\n  tarpit 2m\n", usual, 120},
      {"# racl whitelist tarpit 9h\nracl greylist default # tarpit 3d\ndacl reject tarpit 1w\n", usual, 0},
      {"racl blacklist msg \"tarpit 1h # no\" tarpit 10s\n", usual, 10},
      {"racl whitelist tarpit 999999999999w\n", usual, 86400},
      {"socket \"/var/milter-greylist/one.sock\" 660\n", "unix:/var/milter-greylist/one.sock", 0},
      {"socket \"inet:7777@localhost\"\nracl x tarpit 1m\n", "inet:7777@localhost", 60},
      {"#socket \"/x\"\nsocket \"local:/y\"\n", "unix:/y", 0},
      {"racl whitelist tarpit 3s \xff\n", usual, 3},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const PlatformHost host("debian");
    const std::string text = row.text;
    const bool has_socket = row.connection_spec != usual;
    host.write("/etc/init.d/milter-greylist",
               has_socket ? "#!/bin/sh\n" : "#!/bin/sh\nSOCKET=/run/usual.sock\n");
    host.write("/etc/milter-greylist/greylist.conf", text);
    const auto outcome = host.load();
    CHECK_FALSE(outcome.has_errors());
    const auto& milter = milter_of(outcome, "milter-greylist");
    CHECK(milter.connection_spec == row.connection_spec);
    CHECK(milter.reading_timeout.count() == 7 + row.seconds);
    CHECK(milter.writing_timeout.count() == 7 + row.seconds);
    // The deadline for the MTA is longer then, which is told.
    CHECK((host.problems().find("the MTA may wait that long") != std::string::npos) == (row.seconds > 2));
  }
}

TEST_CASE("a file that can't be understood is told, and the configuration is good all the same") {
  const PlatformHost host("debian");
  host.write("/etc/init.d/spamass-milter", "#!/bin/sh\nSOCKET=/run/a.sock\n");
  host.write("/etc/default/spamass-milter", "# theirs\nSOCKET=inet:99999@localhost\n");
  const auto outcome = host.load();
  CHECK_FALSE(outcome.has_errors());
  CHECK(host.problems() ==
        "root/etc/default/spamass-milter:2: the socket is not used: port number should be less than 65536: "
        "<inet:99999@localhost>: <99999>\n");
  CHECK_FALSE(milter_of(outcome, "spamass-milter").enabled);
}

TEST_CASE("what is detected can be changed, by the local file and by detect_milter's block") {
  const PlatformHost host("debian");
  host.write("/etc/init.d/spamass-milter", "#!/bin/sh\nSOCKET=/run/a.sock\n");
  host.write("/etc/init.d/mine", "#!/bin/sh\nSOCKET=/run/mine.sock\nDESC='My own'\n");
  host.configure_locally(R"(
define_milter("spamass-milter") { |milter| milter.reading_timeout = 9 }
names = detect_milter("mine", ["S25R"]) do |milter|
  milter.connection_spec = milter.connection_spec.sub("/run", "/chroot/run")
end
names += detect_milter("not-installed")
security.effective_user = names.join(",")
)");
  const auto outcome = host.load();
  CHECK(host.problems() == "");
  CHECK(milter_of(outcome, "spamass-milter").connection_spec == "unix:/run/a.sock");
  CHECK(milter_of(outcome, "spamass-milter").reading_timeout.count() == 9);
  CHECK(described(milter_of(outcome, "mine")) ==
        "mine unix:/chroot/run/mine.sock [/etc/init.d/mine start]\n  S25R\n");
  CHECK(milter_of(outcome, "mine").description == "My own");
  CHECK(outcome.configuration->security.effective_user == "mine");
}

TEST_CASE("all processes of a manager serve the milters that the first of them has found") {
  const PlatformHost host("debian");
  host.write("/etc/init.d/spamass-milter", "#!/bin/sh\nSOCKET=/run/a.sock\n");
  host.write("/etc/default/spamass-milter", "DESC=`id`\n");
  const std::string sources = host.sources();
  host.remove("/etc/init.d/spamass-milter");
  const auto outcome = host.load_again(sources);
  CHECK(outcome.problems.empty());  // told once
  CHECK(milter_of(outcome, "spamass-milter").connection_spec == "unix:/run/a.sock");
  CHECK(host.load().configuration->milters.empty());
}
