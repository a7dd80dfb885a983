// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/detect/host_tree.h"

namespace {

void install(const HostTree& host, const std::string& settings) {
  host.write("/etc/init.d/spamass-milter", "NAME=spamass-milter\n. /etc/default/$NAME\n");
  host.write("/etc/default/spamass-milter", settings);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const std::string kNothing = "spamass-milter - disabled [/etc/init.d/spamass-milter start]";

}  // namespace

TEST_CASE("what can't be understood is a warning with file and line") {
  struct Row {
    const char* settings;
    const char* warning;
  };
  const Row rows[] = {
      {"# one\nSOCKET=inet:99999@localhost\n",
       ":2: the socket is not used: port number should be less than 65536: <inet:99999@localhost>: <99999>"},
      {"SOCKET=\"`cat /etc/passwd`\"\n", ":1: SOCKET is not set: commands are not run"},
      {"SOCKET=$(id)\n", ":1: SOCKET is not set: commands are not run"},
      {"SOCKET=\"/run/a.sock\n", ":1: a quotation mark is not closed"},
      {"\n\nSOCKET=/run/$UNKNOWN/a.sock\n", ":3: the socket can't be told from <unix:/run/$UNKNOWN/a.sock>"},
      {"SOCKET=/run/\x01.sock\n", ":1: the socket is not used: it has bytes that are no text"},
      {"SOCKET=/run/\xff.sock\n", ":1: the socket is not used: it has bytes that are no text"},
  };
  for (const Row& row : rows) {
    INFO(row.settings);
    const HostTree host;
    install(host, row.settings);
    const std::string shown = host.shown("debian", "spamass-milter");
    CHECK(shown.find(std::string("\n/etc/default/spamass-milter") + row.warning) != std::string::npos);
    INFO(shown);
    CHECK(host.detect("debian", "spamass-milter").milters.size() == 1);
  }
}

TEST_CASE("on every platform a broken file is a warning, and what else is known is used") {
  struct Row {
    const char* platform;
    const char* name;
    const char* service;
    const char* text;
    const char* file;
    const char* broken;
    const char* warning;
  };
  const Row rows[] = {
      {"redhat5", "spamass-milter", "/etc/init.d/spamass-milter", "#!/bin/sh\n",
       "/etc/sysconfig/spamass-milter", "\nSOCKET=\"inet:1@localhost\nEXTRA=`id`\n",
       ":2: a quotation mark is not closed"},
      {"redhat9", "spamass-milter", "/usr/lib/systemd/system/spamass-milter.service",
       "[Service]\nEnvironmentFile=/etc/sysconfig/spamass-milter\nExecStart=/x -p $SOCKET\n",
       "/etc/sysconfig/spamass-milter", "SOCKET=`touch /tmp/x`\n",
       ":1: SOCKET is not set: commands are not run"},
      {"redhat10", "clamav-milter", "/usr/lib/systemd/system/clamav-milter.service",
       "[Service]\nExecStart=/x\n", "/etc/mail/clamav-milter.conf", "# ok\n\nMilterSocket inet:x@localhost\n",
       ":3: the socket is not used: port number has invalid character: <inet:x@localhost>: <x>"},
      {"redhat8", "milter-greylist", "/usr/lib/systemd/system/milter-greylist.service",
       "[Service]\nExecStart=/x\n", "/etc/mail/greylist.conf",
       "racl whitelist tarpit never\nsocket \"/run/g.sock\"\n",
       ":1: tarpit should have a time but has <never>"},
      {"freebsd", "spamass-milter", "/usr/local/etc/rc.d/spamass-milter",
       "name=spamass_milter\nload_rc_config $name\n", "/etc/rc.conf", "a=1\nspamass_milter_socket=$(id)\n",
       ":2: spamass_milter_socket is not set: commands are not run"},
      {"freebsd", "spamass-milter", "/usr/local/etc/rc.d/spamass-milter",
       "name=spamass_milter\nload_rc_config $name\n", "/etc/rc.conf.d/spamass_milter",
       "spamass_milter_socket='inet:70000@localhost'\n",
       ":1: the socket is not used: port number should be less than 65536"},
      {"pkgsrc", "enma", "/usr/pkg/etc/rc.d/enma", "name=enma\n", "/usr/pkg/etc/enma.conf",
       "milter.socket: inet:1@\xff\n", ":1: the socket is not used: it has bytes that are no text"},
      {"debian", "opendkim", "/lib/systemd/system/opendkim.service", "[Service]\nExecStart=/x\n",
       "/etc/systemd/system/opendkim.service.d/own.conf",
       "[Service]\nExecStart\nExecStart=/x -p local:$HOME/o\n", ":2: is neither a section nor a setting"},
  };
  for (const Row& row : rows) {
    INFO(row.platform << " " << row.file);
    const HostTree host;
    host.write(row.service, row.text);
    host.write(row.file, row.broken);
    const std::string shown = host.shown(row.platform, row.name);
    INFO(shown);
    CHECK(shown.rfind(std::string(row.name) + " ", 0) == 0);
    CHECK(shown.find(std::string("\n") + row.file + row.warning) != std::string::npos);
    // No file, and one that nobody could read to its end.
    host.remove(row.file);
    REQUIRE(::mkfifo(host.place(row.file).c_str(), 0600) == 0);
    CHECK(host.shown(row.platform, row.name).find(std::string(row.file) + ": can't be read: it is no file") !=
          std::string::npos);
  }
}

TEST_CASE("nothing that a file holds is ever run") {
  const HostTree host;
  const std::string trap = host.place("/trap");
  install(host, "SOCKET=$(touch " + trap + ")\n`touch " + trap + "`\ntouch " + trap + "\nSOCKET=`touch " +
                    trap + "`\neval touch " + trap + "\n: ${X:=$(touch " + trap + ")}\n[ -x $(touch " + trap +
                    ") ]\n");
  const std::string unit = "[Service]\nExecStart=/bin/sh -c 'touch " + trap + "' -p $(touch " + trap + ")\n";
  host.write("/lib/systemd/system/spamass-milter.service", unit);
  host.write("/usr/local/etc/rc.d/spamass-milter",
             "name=`touch " + trap + "`\nload_rc_config $(touch " + trap + ")\n");
  for (const char* platform : {"debian", "redhat9", "freebsd"}) {
    CHECK(host.detect(platform, "spamass-milter").milters.size() == 1);
    CHECK_FALSE(std::filesystem::exists(trap));
  }
}

TEST_CASE("a file that is no file is told, and nobody waits for it") {
  const HostTree host;
  install(host, "");
  host.remove("/etc/default/spamass-milter");
  REQUIRE(::mkfifo(host.place("/etc/default/spamass-milter").c_str(), 0600) == 0);
  CHECK(host.shown("debian", "spamass-milter") ==
        kNothing + "\n/etc/default/spamass-milter: can't be read: it is no file");
}

TEST_CASE("a link to an absolute path is followed below the root") {
  const HostTree host;
  install(host, "");
  host.remove("/etc/default/spamass-milter");
  host.link("/etc/default/spamass-milter", "/srv/settings");
  host.write("/srv/settings", "SOCKET=/run/linked.sock\n");
  CHECK(host.milter("debian", "spamass-milter").connection_spec == "unix:/run/linked.sock");
  host.remove("/etc/default/spamass-milter");
  host.link("/etc/default/spamass-milter", "/etc/default/spamass-milter");
  CHECK_FALSE(host.milter("debian", "spamass-milter").enabled);
}

TEST_CASE("files that would grow without end stay small") {
  const HostTree host;
  std::string doubling = "A=0123456789\n";
  for (int i = 0; i < 64; ++i) doubling += "A=\"$A$A\"\n";
  struct Row {
    std::string settings;
    const char* warning;  // "": none is due
  };
  const Row rows[] = {
      {doubling + "SOCKET=$A\n", ": a value is too long to be used"},
      {std::string(2 << 20, 'x') + "\nSOCKET=/a\n",
       ": is longer than 1 MiB: what comes after that is not looked at"},
      {std::string("A=1\nB=2") + '\0' + "\nSOCKET=/a\n",
       ":2: has a NUL byte: what comes after it is not looked at"},
      {". /etc/default/spamass-milter\n", ": is not looked at: too many files read each other"},
      {std::string(1 << 19, '{'), ""},
      {"[ " + repeated("! ", 100000) + "]\n", ""},
      {repeated("! ", 1 << 18) + "true\n", ""},
      {"A=" + std::string(1 << 19, '$') + "{", ""},
      {std::string(1 << 17, '"') + "\n'", "a quotation mark is not closed"},
      {[] {
         std::string nested;
         for (int i = 0; i < 100000; ++i) nested += "if\n";
         return nested + "SOCKET=/a\n";
       }(),
       ""},
      {[] {
         std::string nested = "A=";
         for (int i = 0; i < 50000; ++i) nested += "${A:-";
         return nested;
       }(),
       "a quotation mark is not closed"},
  };
  for (const Row& row : rows) {
    INFO(row.settings.substr(0, 60));
    const HostTree host_of_row;
    install(host_of_row, row.settings);
    const std::string shown = host_of_row.shown("debian", "spamass-milter");
    INFO(shown);
    CHECK(shown.find(row.warning) != std::string::npos);
    CHECK(shown.rfind("spamass-milter ", 0) == 0);
  }
}

TEST_CASE("a unit with lines that are none is read all the same") {
  const HostTree host;
  host.write("/lib/systemd/system/opendkim.service",
             "[Service\n]\nrubbish\nExecStart\n= = =\n[Service]\nExecStart=/x -p inet:1@localhost\n\\");
  CHECK(host.shown("debian", "opendkim") ==
        "opendkim inet:1@localhost disabled [ ]\n"
        "/lib/systemd/system/opendkim.service:2: is neither a section nor a setting\n"
        "/lib/systemd/system/opendkim.service:3: is neither a section nor a setting\n"
        "/lib/systemd/system/opendkim.service:4: is neither a section nor a setting\n"
        "/lib/systemd/system/opendkim.service:8: is neither a section nor a setting");
}

TEST_CASE("a path that is not absolute is not looked for, and what is told of it is one line") {
  const HostTree host;
  host.write(
      "/lib/systemd/system/opendkim.service",
      "[Service]\nEnvironmentFile=-etc/\x1b[2Jpasswd\nExecStart=/x -p inet:1@localhost -x opendkim.conf\n");
  CHECK(host.shown("debian", "opendkim") ==
        "opendkim inet:1@localhost disabled [ ]\n"
        "/lib/systemd/system/opendkim.service: EnvironmentFile should be an absolute path but is "
        "etc/?[2Jpasswd");
}
