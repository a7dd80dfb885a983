// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/detect/host_tree.h"

namespace {

std::string script(const std::string& name, const std::string& variables) {
  return "#!/bin/bash\n#\n# chkconfig: 2345 79 31\n# description: " + name +
         " filters mail \\\n#              with style\n# processname: " + name +
         "\n\n. /etc/init.d/functions\n" + variables + "\n[ -f /etc/sysconfig/" + name +
         " ] && . /etc/sysconfig/" + name + "\n";
}

void chkconfig_add(const HostTree& host, const std::string& name) {
  for (const char level : {'0', '1', '6'})
    host.link(std::string("/etc/rc.d/rc") + level + ".d/K31" + name, "../init.d/" + name);
  for (const char level : {'2', '3', '4', '5'})
    host.link(std::string("/etc/rc.d/rc") + level + ".d/S79" + name, "../init.d/" + name);
}

void chkconfig_del(const HostTree& host, const std::string& name) {
  for (const char level : {'0', '1', '6'}) host.remove(std::string("/etc/rc.d/rc") + level + ".d/K31" + name);
  for (const char level : {'2', '3', '4', '5'})
    host.remove(std::string("/etc/rc.d/rc") + level + ".d/S79" + name);
}

}  // namespace

TEST_CASE("CentOS 5's scripts with what sysconfig says of them") {
  const HostTree host;
  host.write("/etc/init.d/spamass-milter", script("spamass-milter", "SOCKET=/var/run/spamass.sock"));
  host.write("/etc/sysconfig/spamass-milter",
             "SOCKET=\"inet:11120@[127.0.0.1]\"\nEXTRA_FLAGS=\"-m -r 15\"\n");
  host.write("/etc/init.d/clamav-milter", script("clamav-milter", ""));
  host.write("/etc/clamav-milter.conf",
             "MilterSocket unix:/var/clamav/clmilter.socket\nMilterSocketMode 0660\n");
  host.write("/etc/init.d/milter-greylist",
             script("milter-greylist", "OPTIONS=\"-P /var/run/milter-greylist.pid\""));
  host.write("/etc/sysconfig/milter-greylist", "OPTIONS=\"$OPTIONS -p inet:11122@[127.0.0.1]\"\n");
  host.write("/etc/mail/greylist.conf",
             "socket \"/var/milter-greylist/milter-greylist.sock\"\nracl greylist default\n");
  for (const char* name : {"spamass-milter", "clamav-milter", "milter-greylist"}) chkconfig_add(host, name);

  CHECK(host.shown("redhat", "milter-greylist") ==
        "milter-greylist inet:11122@[127.0.0.1] [/etc/init.d/milter-greylist start]");
  CHECK(host.shown("redhat", "clamav-milter") ==
        "clamav-milter unix:/var/clamav/clmilter.socket [/etc/init.d/clamav-milter start]");
  CHECK(host.shown("redhat", "spamass-milter") ==
        "spamass-milter inet:11120@[127.0.0.1] [/etc/init.d/spamass-milter start]");
  CHECK(host.milter("redhat", "spamass-milter").description == "spamass-milter filters mail with style");

  chkconfig_del(host, "milter-greylist");
  CHECK_FALSE(host.milter("redhat", "milter-greylist").enabled);
  CHECK(host.milter("redhat", "spamass-milter").enabled);
}

TEST_CASE("OPTIONS that add to a variable that nobody has set count, too") {
  const HostTree host;
  host.write("/etc/init.d/milter-greylist", script("milter-greylist", ""));
  host.write("/etc/sysconfig/milter-greylist", "OPTIONS=\"$OPTIONS -p inet:11122@[127.0.0.1]\"\n");
  CHECK(host.milter("redhat", "milter-greylist").connection_spec == "inet:11122@[127.0.0.1]");
}

TEST_CASE("a Red Hat host with systemd, from version 7 to 10") {
  for (const char* platform : {"redhat7", "redhat8", "redhat9", "redhat10", "redhat41"}) {
    INFO(platform);
    const HostTree host;
    host.program("/usr/bin/systemctl");
    host.write("/usr/lib/systemd/system/clamav-milter.service",
               "[Unit]\nDescription=Milter for ClamAV\n[Service]\n"
               "ExecStart=/usr/sbin/clamav-milter -c /etc/mail/clamav-milter.conf\n");
    host.write("/etc/mail/clamav-milter.conf", "MilterSocket /run/clamav-milter/clamav-milter.socket\n");
    CHECK_FALSE(host.milter(platform, "clamav-milter").enabled);
    host.link("/etc/systemd/system/multi-user.target.wants/clamav-milter.service",
              "/usr/lib/systemd/system/clamav-milter.service");
    CHECK(host.shown(platform, "clamav-milter") ==
          "clamav-milter unix:/run/clamav-milter/clamav-milter.socket [/usr/bin/systemctl start "
          "clamav-milter]");

    host.write("/usr/lib/systemd/system/spamass-milter.service",
               "[Service]\nEnvironmentFile=-/etc/sysconfig/spamass-milter\n"
               "ExecStart=/usr/sbin/spamass-milter -p ${SOCKET} $EXTRA_FLAGS\n");
    host.write("/etc/sysconfig/spamass-milter", "SOCKET=/run/spamass-milter/spamass-milter.sock\n");
    // A script that is not used is not looked at, and nothing is said of it.
    host.write("/etc/init.d/clamav-milter", "A=\"\n");
    host.write("/etc/sysconfig/clamav-milter", "SOCKET=`x`\n");
    CHECK(host.detect(platform, "clamav-milter").problems.empty());
    CHECK(host.milter(platform, "spamass-milter").connection_spec ==
          "unix:/run/spamass-milter/spamass-milter.sock");
  }
}

TEST_CASE("a job of Upstart is used where it is started, otherwise the script") {
  const HostTree host;
  host.write("/etc/event.d/clamav-milter",
             "# Starts it\nstart on stopped rc3\nexec clamav-milter -c /etc/c.conf\n");
  host.write("/etc/c.conf", "MilterSocket local:/var/run/c.socket\n");
  host.write("/etc/init.d/clamav-milter",
             script("clamav-milter", "SOCKET_ADDRESS=local:/var/run/init.socket"));
  CHECK(host.shown("redhat5", "clamav-milter") ==
        "clamav-milter unix:/var/run/c.socket [/sbin/start clamav-milter]");
  host.write("/etc/event.d/clamav-milter", "# Starts it\nexec clamav-milter -c /etc/c.conf\n");
  CHECK(host.shown("redhat5", "clamav-milter") ==
        "clamav-milter unix:/var/run/init.socket disabled [/etc/init.d/clamav-milter start]");
  chkconfig_add(host, "clamav-milter");
  CHECK(host.milter("redhat5", "clamav-milter").enabled);
}
