// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/detect/host_tree.h"

namespace {

void install_unit(const HostTree& host, const std::string& name, const std::string& text) {
  host.write("/lib/systemd/system/" + name + ".service", text);
  host.link("/etc/systemd/system/multi-user.target.wants/" + name + ".service",
            "/lib/systemd/system/" + name + ".service");
  host.remove("/usr/bin/systemctl");
  host.program("/usr/bin/systemctl");
}

// What a package of Debian has in its init script: the header, the variables, then the settings of /etc/default.
std::string script(const std::string& name, const std::string& variables) {
  return "#!/bin/sh\n### BEGIN INIT INFO\n# Provides:          " + name +
         "\n# Short-Description: short\n# Description:       Filters mail,\n#                    all of it\n"
         "### END INIT INFO\n\nNAME=" +
         name + "\n" + variables +
         "\n[ -r /etc/default/$NAME ] && . /etc/default/$NAME\ncase \"$1\" in\n  start)\n" +
         "    PARAMS=\"-p /tmp/of-a-branch\"\n    ;;\nesac\n";
}

}  // namespace

TEST_CASE("a unit of systemd tells where its milter listens, and whether the host starts it") {
  const HostTree host;
  install_unit(host, "opendkim",
               "[Unit]\nDescription=OpenDKIM Milter\n[Service]\nExecStart=/usr/sbin/opendkim\n"
               "[Install]\nWantedBy=multi-user.target\n");
  host.write("/etc/opendkim.conf",
             "# Socket inet:1@localhost\nSyslog yes\nSocket\t\tlocal:/run/opendkim/opendkim.sock\n");
  CHECK(host.shown("debian", "opendkim") ==
        "opendkim unix:/run/opendkim/opendkim.sock [/usr/bin/systemctl start opendkim]");
  CHECK(host.milter("debian", "opendkim").description == "OpenDKIM Milter");

  host.remove("/etc/systemd/system/multi-user.target.wants/opendkim.service");
  CHECK(host.shown("debian", "opendkim") ==
        "opendkim unix:/run/opendkim/opendkim.sock disabled [/usr/bin/systemctl start opendkim]");
}

TEST_CASE("what a drop-in says about a unit counts") {
  const HostTree host;
  install_unit(
      host, "opendmarc",
      "[Service]\nEnvironment=\"SOCKET=local:/run/first.sock\" OTHER=1\nExecStart=/usr/sbin/opendmarc\n");
  host.write("/etc/opendmarc.conf", "Socket local:/run/opendmarc/opendmarc.sock\n");
  CHECK(host.milter("debian", "opendmarc").connection_spec == "unix:/run/opendmarc/opendmarc.sock");
  host.write("/etc/systemd/system/opendmarc.service.d/override.conf",
             "[Service]\nExecStart=\nExecStart=/usr/sbin/opendmarc \\\n  -p inet:8893@localhost\n");
  CHECK(host.milter("debian", "opendmarc").connection_spec == "inet:8893@localhost");
  host.write("/etc/default/opendmarc", "SOCKET=inet:8894@localhost # not the usual one\n");
  host.write("/etc/systemd/system/opendmarc.service.d/zz.conf",
             "[Service]\nEnvironmentFile=-/etc/default/opendmarc\nExecStart=\nExecStart=/x -p ${SOCKET}\n");
  CHECK(host.milter("debian", "opendmarc").connection_spec == "inet:8894@localhost");
}

TEST_CASE("a unit that is masked is disabled, whatever script is beside it") {
  const HostTree host;
  host.program("/usr/bin/systemctl");
  host.link("/etc/systemd/system/opendkim.service", "/dev/null");
  host.write("/etc/init.d/opendkim", script("opendkim", "SOCKET=/run/o.sock"));
  CHECK_FALSE(host.milter("debian", "opendkim").enabled);
}

TEST_CASE("clamav-milter is disabled as long as its configuration is the example") {
  const HostTree host;
  host.write("/etc/init.d/clamav-milter",
             script("clamav-milter", "CLAMAVCONF=/etc/clamav/clamav-milter.conf"));
  host.write("/etc/clamav/clamav-milter.conf", "Example\nMilterSocket /run/clamav/clamav-milter.ctl\n");
  CHECK(host.shown("debian", "clamav-milter") ==
        "clamav-milter unix:/run/clamav/clamav-milter.ctl disabled [/etc/init.d/clamav-milter start]");
  host.write("/etc/clamav/clamav-milter.conf", "#Example\nMilterSocket /run/clamav/clamav-milter.ctl\n");
  CHECK(host.milter("debian", "clamav-milter").enabled);
}

TEST_CASE("an init script is read as a shell would run it") {
  struct Row {
    const char* variables;
    const char* defaults;
    const char* spec;
  };
  const Row rows[] = {
      {"SOCKET=/run/a.sock", "", "unix:/run/a.sock"},
      {"SOCKET=local:unix:/run/a.sock", "", "unix:/run/a.sock"},
      {"SOCKET=/run/a.sock", "SOCKET=\"inet:11120@[127.0.0.1]\"\n", "inet:11120@[127.0.0.1]"},
      {"RUNDIR=/run/$NAME", "SOCKET=local:$RUNDIR/${NAME}.sock\n",
       "unix:/run/spamass-milter/spamass-milter.sock"},
      {"SOCKET=/run/a.sock\nif [ -x /usr/sbin/postfix ]; then\n  SOCKET=/run/postfix.sock\nfi", "",
       "unix:/run/postfix.sock"},
      {"SOCKET=/run/a.sock\nif [ -x /usr/sbin/nothing ]; then\n  SOCKET=/run/nothing.sock\nfi", "",
       "unix:/run/a.sock"},
      {"if [ -e /etc/none ]; then SOCKET=/run/none.sock; else SOCKET=/run/else.sock; fi", "",
       "unix:/run/else.sock"},
      {"SOCKET=/run/a.sock\nif [ -x /usr/sbin/postfix ] && grep -q x /etc/y; then\n  SOCKET=/run/b.sock\nfi",
       "", "unix:/run/a.sock"},
      {"[ -n \"$SOCKET\" ] || SOCKET=/run/default.sock", "", "unix:/run/default.sock"},
      {"SOCKET=/run/a.sock\n! [ -x /usr/sbin/nothing ] && SOCKET=/run/b.sock", "", "unix:/run/b.sock"},
      {"SOCKET=/run/a.sock\n! ! [ ! -x /usr/sbin/postfix ] && SOCKET=/run/b.sock", "", "unix:/run/a.sock"},
      {"SOCKET=/run/a.sock\n[ ! ! -x /usr/sbin/postfix ] && SOCKET=/run/b.sock", "", "unix:/run/b.sock"},
      {"SOCKET=$(touch /tmp/never)", "SOCKET=/run/d.sock\n", "unix:/run/d.sock"},
      {"PARAMS=\"-m -p inet:7000@localhost -r 15\"", "", "inet:7000@localhost"},
      {"OPTARGS='--x -pinet:7001@localhost'", "", "inet:7001@localhost"},
      {"SOCKFILE=/run/sockfile", "", "unix:/run/sockfile"},
      {"MILTERSOCKET=/run/milter", "", "unix:/run/milter"},
      {"SOCKET=/run/c.sock\nuse()\n{\n  SOCKET=/run/a.sock\n}\nother() {\n  SOCKET=/run/b.sock\n}", "",
       "unix:/run/c.sock"},
      {"SOCKET=/run/c.sock\nSOCKET=$1\nSOCKET=\"$@\"", "", "unix:/run/c.sock"},
      {"usage() {\n  SOCKET=/run/a.sock\n  SOCKET=/run/b.sock\n}\nSOCKET=/run/c.sock", "",
       "unix:/run/c.sock"},
  };
  for (const Row& row : rows) {
    INFO(row.variables << "\n" << row.defaults);
    const HostTree host;
    host.program("/usr/sbin/postfix");
    host.write("/etc/init.d/spamass-milter", script("spamass-milter", row.variables));
    host.write("/etc/default/spamass-milter", row.defaults);
    CHECK(host.shown("debian", "spamass-milter") ==
          std::string("spamass-milter ") + row.spec + " [/etc/init.d/spamass-milter start]");
    CHECK(host.milter("debian", "spamass-milter").description == "Filters mail, all of it");
  }
}

TEST_CASE("a script is disabled by ENABLED=0 and by the links of its runlevels") {
  const HostTree host;
  host.write("/etc/init.d/spamass-milter", script("spamass-milter", "SOCKET=/run/a.sock"));
  CHECK(host.milter("debian", "spamass-milter").enabled);
  host.link("/etc/rc0.d/K01spamass-milter", "../init.d/spamass-milter");
  host.link("/etc/rc2.d/K01spamass-milter", "../init.d/spamass-milter");
  CHECK_FALSE(host.milter("debian", "spamass-milter").enabled);
  host.link("/etc/rc3.d/S01spamass-milter", "../init.d/spamass-milter");
  CHECK(host.milter("debian", "spamass-milter").enabled);
  // update-rc.d remove, where other scripts still have their links.
  host.remove("/etc/rc0.d/K01spamass-milter");
  host.remove("/etc/rc2.d/K01spamass-milter");
  host.remove("/etc/rc3.d/S01spamass-milter");
  CHECK_FALSE(host.milter("debian", "spamass-milter").enabled);
  host.link("/etc/rc2.d/S01spamass-milter", "../init.d/spamass-milter");
  CHECK(host.milter("debian", "spamass-milter").enabled);
  host.write("/etc/default/spamass-milter", "ENABLED=0\n");
  CHECK_FALSE(host.milter("debian", "spamass-milter").enabled);
}

TEST_CASE("what isn't installed is not found") {
  const HostTree host;
  for (const char* platform : {"debian", "redhat9", "freebsd", "pkgsrc", "solaris", ""}) {
    CHECK(host.shown(platform, "milter-greylist").empty());
    CHECK(host.shown(platform, "../../etc/passwd").empty());
  }
}
