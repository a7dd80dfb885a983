// SPDX-License-Identifier: GPL-3.0-or-later
// The units of RHEL 7 to 10 and its kin, as EPEL's packages have them.
#include <catch2/catch.hpp>

#include "test/detect/host_tree.h"

namespace {

struct Package {
  const char* name;
  const char* unit;
  const char* file;  // "": none
  const char* text;
  const char* spec;
};

const Package kPackages[] = {
    {"milter-greylist",
     "[Unit]\nDescription=Sendmail/Postfix milter for greylisting\n[Service]\nType=forking\n"
     "EnvironmentFile=-/etc/sysconfig/milter-greylist\nExecStart=/usr/sbin/milter-greylist $OPTIONS\n",
     "/etc/mail/greylist.conf", "socket \"/run/milter-greylist/milter-greylist.sock\" 660\n",
     "unix:/run/milter-greylist/milter-greylist.sock"},
    {"clamav-milter",
     "[Unit]\nDescription='Milter module for the Clam Antivirus scanner'\n[Service]\nType = forking\n"
     "ExecStart = /usr/sbin/clamav-milter -c /etc/mail/clamav-milter.conf\nRestart = on-failure\n",
     "/etc/mail/clamav-milter.conf",
     "#Example\nMilterSocket /run/clamav-milter/clamav-milter.socket\nMilterSocketMode 660\n",
     "unix:/run/clamav-milter/clamav-milter.socket"},
    {"spamass-milter",
     "[Unit]\nDescription=Mail filter for SpamAssassin\n[Service]\n"
     "Environment=SOCKET=%t/spamass-milter/spamass-milter.sock\n"
     "EnvironmentFile=-/etc/sysconfig/%N\n"
     "ExecStart=/usr/sbin/spamass-milter -p ${SOCKET} $EXTRA_FLAGS\n",
     "/etc/sysconfig/spamass-milter",
     "### Override for your different local config if necessary\n#SOCKET=/x\n",
     "unix:/run/spamass-milter/spamass-milter.sock"},
    {"amavisd-milter",
     "[Unit]\nDescription=amavisd-milter\n[Service]\nExecStart=/usr/sbin/amavisd-milter -f "
     "-s local:/run/amavisd/amavisd-milter.sock -S /run/amavisd/amavisd.sock\n",
     "", "", "unix:/run/amavisd/amavisd-milter.sock"},
    {"opendkim",
     "[Unit]\nDescription=DomainKeys Identified Mail (DKIM) Milter\n[Service]\n"
     "EnvironmentFile=-/etc/sysconfig/opendkim\nExecStart=/usr/sbin/opendkim -f $OPTIONS\n",
     "/etc/opendkim.conf", "## comment\nSocket local:/run/opendkim/opendkim.sock\nUmask 002\n",
     "unix:/run/opendkim/opendkim.sock"},
    {"opendmarc",
     "[Unit]\nDescription=Domain-based Message Authentication (DMARC) Milter\n[Service]\nType=forking\n"
     "EnvironmentFile=-/etc/sysconfig/opendmarc\nExecStart=/usr/sbin/opendmarc $OPTIONS\n",
     "/etc/opendmarc.conf", "# Socket local:/x\nSocket inet:8893@localhost\nSyslog true\n",
     "inet:8893@localhost"},
    {"rspamd",
     "[Unit]\nDescription=rapid spam filtering system\n[Service]\n"
     "ExecStart=/usr/bin/rspamd -c /etc/rspamd/rspamd.conf -f\n",
     "/etc/rspamd/rspamd.conf",
     "worker \"rspamd_proxy\" {\n  milter = yes;\n  bind_socket = \"localhost:11332\";\n}\n",
     "inet:11332@localhost"},
};

std::string unit_of(const Package& package) {
  return std::string("/usr/lib/systemd/system/") + package.name + ".service";
}

std::string link_of(const Package& package) {
  return std::string("/etc/systemd/system/multi-user.target.wants/") + package.name + ".service";
}

void install(const HostTree& host, const Package& package) {
  host.program("/usr/bin/systemctl");
  host.write(unit_of(package), package.unit);
  if (*package.file) host.write(package.file, package.text);
}

}  // namespace

TEST_CASE(
    "every milter of a Red Hat host is found by its unit, and enabled and disabled as systemctl does it") {
  for (const char* platform : {"redhat7", "redhat8", "redhat9", "redhat10"}) {
    for (const Package& package : kPackages) {
      INFO(platform << " " << package.name);
      const HostTree host;
      install(host, package);
      const std::string command = std::string(" [/usr/bin/systemctl start ") + package.name + "]";
      const std::string disabled = std::string(package.name) + " " + package.spec + " disabled" + command;
      CHECK(host.shown(platform, package.name) == disabled);
      host.link(link_of(package), unit_of(package));
      CHECK(host.shown(platform, package.name) == std::string(package.name) + " " + package.spec + command);
      CHECK(host.milter(platform, package.name).description.value_or("").size() > 10);
      host.remove(link_of(package));
      CHECK(host.shown(platform, package.name) == disabled);
      host.link(link_of(package), unit_of(package));
      host.link(std::string("/etc/systemd/system/") + package.name + ".service", "/dev/null");
      CHECK_FALSE(host.milter(platform, package.name).enabled);
    }
  }
}

TEST_CASE("a drop-in of the administrator's counts on a Red Hat host, those of the package give way to it") {
  const HostTree host;
  const Package& opendkim = kPackages[4];
  install(host, opendkim);
  host.link(link_of(opendkim), unit_of(opendkim));
  host.write("/usr/lib/systemd/system/opendkim.service.d/10-socket.conf",
             "[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim -f -p inet:8891@localhost\n");
  CHECK(host.milter("redhat9", "opendkim").connection_spec == "inet:8891@localhost");
  host.write("/etc/systemd/system/opendkim.service.d/10-socket.conf",
             "[Service]\nExecStart=\nExecStart=/usr/sbin/opendkim -f -x /etc/%p/%n.conf\n");
  host.write("/etc/opendkim/opendkim.service.conf", "Socket inet:8892@localhost\n");
  CHECK(host.milter("redhat9", "opendkim").connection_spec == "inet:8892@localhost");
  host.remove("/etc/systemd/system/opendkim.service.d/10-socket.conf");
  host.link("/etc/systemd/system/opendkim.service.d/10-socket.conf", "/dev/null");
  CHECK(host.milter("redhat9", "opendkim").connection_spec == opendkim.spec);
}

TEST_CASE("a unit hides the script that an older package has left, also where it is disabled") {
  const HostTree host;
  install(host, kPackages[1]);
  host.write("/etc/init.d/clamav-milter", "#!/bin/sh\n# chkconfig: 2345 79 31\nSOCKET=/run/old.sock\n");
  host.link("/etc/rc.d/rc3.d/S79clamav-milter", "../init.d/clamav-milter");
  CHECK(host.shown("redhat8", "clamav-milter") ==
        "clamav-milter unix:/run/clamav-milter/clamav-milter.socket disabled "
        "[/usr/bin/systemctl start clamav-milter]");
  // CentOS 6 has none: what was left of a newer package doesn't count there.
  host.remove("/usr/bin/systemctl");
  CHECK(host.milter("redhat6", "clamav-milter").command == "/etc/init.d/clamav-milter");
  CHECK(host.milter("redhat6", "clamav-milter").enabled);
}
