// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/detect/host_tree.h"

namespace {

// As the ports' scripts are: a name, the settings' defaults behind load_rc_config, a command line.
std::string script(const std::string& name, const std::string& body) {
  return "#!/bin/sh\n# PROVIDE: " + name + "\n. /etc/rc.subr\nname=" + name +
         "\nrcvar=${name}_enable\nload_rc_config $name\n: ${" + name + "_enable:=\"NO\"}\n" + body +
         "\nrun_rc_command \"$1\"\n";
}

struct Host : HostTree {
  Host() {
    write("/usr/local/etc/rc.d/spamass-milter",
          script("spamass_milter",
                 ": ${spamass_milter_socket=\"/var/run/spamass-milter.sock\"}\n"
                 "command_args=\"-f -p ${spamass_milter_socket} ${spamass_milter_localflags}\""));
    write("/usr/local/etc/rc.d/clamav-milter",
          script("clamav_milter",
                 "clamav_milter_socket=${clamav_milter_socket:-\"/var/run/clamav/clmilter.sock\"}\n"
                 "if [ -n \"$clamav_milter_flags\" ]; then\n  echo \"don't\"\nfi"));
    write(
        "/usr/local/etc/rc.d/milter-greylist",
        script("miltergreylist",
               ": ${miltergreylist_sockfile:=\"/var/milter-greylist/milter-greylist.sock\"}\n"
               ": ${miltergreylist_cfgfile:=\"/usr/local/etc/mail/greylist.conf\"}\n"
               "command_args=\"-P ${pidfile} -f ${miltergreylist_cfgfile} -p ${miltergreylist_sockfile}\""));
  }
};

}  // namespace

TEST_CASE("FreeBSD's scripts with what rc.conf says of them") {
  const Host host;
  host.write("/etc/rc.conf",
             "spamass_milter_enable=\"YES\"\n"
             "spamass_milter_socket=\"/var/run/spamass-milter/spamass-milter.sock\"\n"
             "spamass_milter_localflags=\"-u spamd -- -u spamd\"\n"
             "clamav_milter_enable=\"YES\"\nclamav_milter_socket_mode=\"660\"\n"
             "miltergreylist_enable=\"YES\"\nmiltergreylist_runas=\"mailnull:mail\"\n");
  CHECK(host.shown("freebsd", "milter-greylist") ==
        "milter-greylist unix:/var/milter-greylist/milter-greylist.sock [/usr/local/etc/rc.d/milter-greylist "
        "start]");
  CHECK(host.shown("freebsd", "clamav-milter") ==
        "clamav-milter unix:/var/run/clamav/clmilter.sock [/usr/local/etc/rc.d/clamav-milter start]");
  CHECK(host.shown("freebsd", "spamass-milter") ==
        "spamass-milter unix:/var/run/spamass-milter/spamass-milter.sock [/usr/local/etc/rc.d/spamass-milter "
        "start]");
}

TEST_CASE("a service of FreeBSD is in use when the last of its files says YES") {
  struct Row {
    const char* rc_conf;
    const char* local;
    const char* own;
    bool enabled;
  };
  const Row rows[] = {
      {"", "", "", false},
      {"spamass_milter_enable=\"YES\"\n", "", "", true},
      {"spamass_milter_enable=yes\n", "", "", true},
      {"spamass_milter_enable=\"YES\"\n", "spamass_milter_enable=\"NO\"\n", "", false},
      {"spamass_milter_enable=\"NO\"\n", "spamass_milter_enable=\"NO\"\n", "spamass_milter_enable=YES # on\n",
       true},
      {"spamass_milter_enabled=\"YES\"\n", "", "", false},
      {"# spamass_milter_enable=\"YES\"\n", "", "", false},
      {"other=1; spamass_milter_enable=YES\n", "", "", true},
  };
  for (const Row& row : rows) {
    INFO(row.rc_conf << row.local << row.own);
    const Host host;
    host.write("/etc/rc.conf", row.rc_conf);
    host.write("/etc/rc.conf.local", row.local);
    host.write("/etc/rc.conf.d/spamass-milter", row.own);
    CHECK(host.milter("freebsd", "spamass-milter").enabled == row.enabled);
  }
}

TEST_CASE(
    "FreeBSD's files of a service have its own name or its script's, may be folders, and may be ports'") {
  struct Row {
    const char* first;
    const char* second;  // read after it
  };
  const Row rows[] = {
      {"/etc/rc.conf.d/spamass_milter", "/usr/local/etc/rc.conf.d/spamass_milter"},
      {"/etc/rc.conf.d/spamass_milter/a", "/etc/rc.conf.d/spamass_milter/b"},
      {"/etc/rc.conf.local", "/usr/local/etc/rc.conf.d/spamass_milter/x"},
      {"/etc/rc.conf", "/etc/rc.conf.d/spamass-milter"},
  };
  for (const Row& row : rows) {
    INFO(row.first << " " << row.second);
    const Host host;
    host.write(row.first, "spamass_milter_enable=YES\nspamass_milter_socket=/var/run/first\n");
    CHECK(host.milter("freebsd", "spamass-milter").enabled);
    CHECK(host.milter("freebsd", "spamass-milter").connection_spec == "unix:/var/run/first");
    host.write(row.second, "spamass_milter_enable=\"NO\"\nspamass_milter_socket=inet:1@[127.0.0.1]\n");
    CHECK(host.shown("freebsd", "spamass-milter") ==
          "spamass-milter inet:1@[127.0.0.1] disabled [/usr/local/etc/rc.d/spamass-milter start]");
  }
}

TEST_CASE("clamav-milter listens where its own file says, if that says it") {
  const Host host;
  host.write("/etc/rc.conf", "clamav_milter_enable=YES\n");
  host.write("/usr/local/etc/clamav-milter.conf", "MilterSocket inet:7357@127.0.0.1\n");
  CHECK(host.milter("freebsd", "clamav-milter").connection_spec == "inet:7357@127.0.0.1");
  host.write("/etc/rc.conf", "clamav_milter_enable=YES\nclamav_milter_flags=\"-c /etc/other.conf\"\n");
  host.write("/etc/other.conf", "MilterSocket \"/var/run/other.sock\"\n");
  CHECK(host.milter("freebsd", "clamav-milter").connection_spec == "unix:/var/run/other.sock");
}

TEST_CASE("milter-greylist's tar pit is read from the file that it reads") {
  const Host host;
  host.write("/etc/rc.conf", "miltergreylist_enable=YES\nmiltergreylist_cfgfile=/etc/my.conf\n");
  host.write(
      "/etc/my.conf",
      "sm_macro \"no_stress\" \"{stress}\" unset\nracl whitelist \\\n  sm_macro \"no_stress\" tarpit 125s\n");
  CHECK(host.milter("freebsd", "milter-greylist").tarpit == 125);
}

TEST_CASE("milter-opendkim is one milter for each of its profiles") {
  const HostTree host;
  host.write("/usr/local/etc/rc.d/milter-opendkim",
             script("milteropendkim",
                    ": ${milteropendkim_socket:=local:/var/run/milteropendkim/${name}}\n"
                    "command_args=\"-l -p ${milteropendkim_socket}\""));
  host.write("/etc/rc.conf",
             "milteropendkim_enable=\"YES\"\n"
             "milteropendkim_profiles=\"outer inner b/ad test\"\n"
             "milteropendkim_inner_enable=NO\n"
             "milteropendkim_inner_socket=\"inet:8891@localhost\"\n"
             "milteropendkim_outer_cfgfile=/usr/local/etc/mail/outer.conf\n");
  host.write("/usr/local/etc/mail/outer.conf", "Socket inet:8892@localhost\n");
  CHECK(
      host.shown("freebsd", "milter-opendkim") ==
      "milter-opendkim-outer inet:8892@localhost [/usr/local/etc/rc.d/milter-opendkim start outer]\n"
      "milter-opendkim-inner inet:8891@localhost disabled [/usr/local/etc/rc.d/milter-opendkim start inner]\n"
      "milter-opendkim-test unix:/var/run/milteropendkim/milteropendkim "
      "[/usr/local/etc/rc.d/milter-opendkim start test]\n"
      "/etc/rc.conf:2: milteropendkim_profiles has no good name: <b/ad>");
}

TEST_CASE("pkgsrc's scripts are found below its prefix, or where an option says") {
  struct Row {
    std::map<std::string, std::string> options;
    const char* folder;
  };
  const Row rows[] = {{{}, "/usr/pkg/etc/rc.d"},
                      {{{"prefix", "/opt/etc"}}, "/opt/etc/rc.d"},
                      {{{"prefix", "/opt/etc"}, {"rcddir", "/etc/rc.d"}}, "/etc/rc.d"}};
  for (const Row& row : rows) {
    INFO(row.folder);
    const HostTree host;
    host.write(std::string(row.folder) + "/spamass-milter",
               "name=\"spamass_milter\"\nrcvar=$name\ncommand_args=\"-f -p /var/run/spamass.sock\"\n"
               "load_rc_config $name\n");
    const std::string command = std::string(" [") + row.folder + "/spamass-milter start]";
    CHECK(host.shown("pkgsrc", "spamass-milter", row.options) ==
          "spamass-milter unix:/var/run/spamass.sock disabled" + command);
    host.write("/etc/rc.conf", "spamass_milter=YES\n");
    CHECK(host.shown("pkgsrc", "spamass-milter", row.options) ==
          "spamass-milter unix:/var/run/spamass.sock" + command);
  }
}

TEST_CASE("enma listens where its own file says, on every platform") {
  const HostTree host;
  host.write("/usr/pkg/etc/rc.d/enma", "name=\"enma\"\nrcvar=$name\nload_rc_config $name\n");
  host.write("/usr/pkg/etc/enma.conf",
             "## what listens\nmilter.socket: inet:10025@127.0.0.1\nmilter.user: enma\n");
  CHECK(host.milter("pkgsrc", "enma").connection_spec == "inet:10025@127.0.0.1");
  host.write("/usr/local/etc/rc.d/milter-enma", script("milterenma", ": ${milterenma_cfgfile:=/etc/e.conf}"));
  host.write("/etc/e.conf", "milter.socket: unix:/var/run/enma.sock\n");
  CHECK(host.milter("freebsd", "milter-enma").connection_spec == "unix:/var/run/enma.sock");
  host.write("/etc/init.d/enma", "#!/bin/sh\nCONF_FILE=/etc/e.conf\n");
  CHECK(host.milter("redhat6", "enma").connection_spec == "unix:/var/run/enma.sock");
}
