// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/detect/host_tree.h"

TEST_CASE("rspamd listens where the last of its proxy's files says") {
  struct Row {
    const char* main;
    const char* local;
    const char* override_file;
    const char* spec;
  };
  const char* const packaged =
      "# packaged\nworker \"normal\" {\n  bind_socket = \"localhost:11333\";\n}\n"
      "worker \"rspamd_proxy\" {\n    bind_socket = \"localhost:11332\";\n"
      "    .include \"$CONFDIR/worker-proxy.inc\"\n    .include(try=true; priority=10) \"x\"\n}\n"
      "worker \"fuzzy\" {\n  bind_socket = \"localhost:11335\";\n}\n";
  const Row rows[] = {
      {packaged, "", "", "inet:11332@localhost"},
      {packaged, "bind_socket = \"*:11332\";\n", "", "inet:11332@localhost"},
      {packaged, "bind_socket = \"*v4:11332\";\n", "", "inet:11332@localhost"},
      {packaged, "bind_socket = \"*v6:11332\";\n", "", "inet6:11332@localhost"},
      {packaged, "bind_socket = \"host.example:11999\";\n", "", "inet:11999@host.example"},
      {packaged, "bind_socket = \"[::1]:11332\";", "", "inet6:11332@[::1]"},
      {packaged, "bind_socket = \"/run/rspamd/rspamd.sock mode=0660 owner=_rspamd\";\n", "",
       "unix:/run/rspamd/rspamd.sock"},
      {packaged, "bind_socket: \"localhost:1\";\n", "bind_socket = \"localhost:2\"; # wins\n",
       "inet:2@localhost"},
      {packaged, "/* bind_socket = \"localhost:1\"; */\n", "", "inet:11332@localhost"},
      {packaged, "bind_socket = [\"localhost:3\", \"localhost:4\"];\n", "", "inet:3@localhost"},
      {packaged, "upstream \"local\" { bind_socket = \"localhost:9\"; }\n", "", "inet:11332@localhost"},
      {packaged, "milter = no;\n", "", "-"},
      {packaged, "bind_socket = \"systemd:0\";\n", "", "-"},
      {packaged, "enabled = false;\n", "", "-"},
      {packaged, "enabled = false;\n", "enabled = true;\n", "inet:11332@localhost"},
      {packaged, "count = -1;\n", "", "-"},
      {packaged, "bind_socket = \"$RUNDIR/proxy.sock mode=0666\";\n", "", "unix:/run/rspamd/proxy.sock"},
      {packaged, "bind_socket = \"${DBDIR}/proxy.sock\";\n", "", "unix:/var/lib/rspamd/proxy.sock"},
      {packaged, "bind_socket = \"$UNKNOWN/proxy.sock\";\n", "", "-"},
      {"", "", "", "-"},
      {packaged, "}}}}{{{ \" /* [[", "", "inet:11332@localhost"},
  };
  for (const Row& row : rows) {
    INFO(row.main << row.local << row.override_file);
    const HostTree host;
    host.write("/lib/systemd/system/rspamd.service",
               "[Service]\nExecStart=/usr/bin/rspamd -c /etc/rspamd/rspamd.conf\n");
    host.write("/etc/rspamd/rspamd.conf", row.main);
    host.write("/etc/rspamd/worker-proxy.inc",
               "milter = yes; # Enable milter mode\nupstream \"local\" {\n default = yes;\n}\n");
    host.write("/etc/rspamd/local.d/worker-proxy.inc", row.local);
    host.write("/etc/rspamd/override.d/worker-proxy.inc", row.override_file);
    CHECK(host.milter("debian", "rspamd").connection_spec.value_or("-") == row.spec);
  }
}

TEST_CASE("rspamd's own files beside its main one count, too") {
  const HostTree host;
  host.write("/usr/local/etc/rc.d/rspamd", "name=rspamd\nrcvar=rspamd_enable\nload_rc_config $name\n");
  host.write("/etc/rc.conf", "rspamd_enable=YES\n");
  host.write("/usr/local/etc/rspamd/rspamd.conf",
             "worker \"rspamd_proxy\" {\n  milter = yes;\n  bind_socket = \"localhost:11332\";\n}\n");
  host.write("/usr/local/etc/rspamd/rspamd.conf.local",
             "worker \"rspamd_proxy\" { bind_socket = \"localhost:1\"; }\n");
  CHECK(host.milter("freebsd", "rspamd").connection_spec == "inet:11332@localhost");
  host.write("/usr/local/etc/rspamd/rspamd.conf.local",
             "worker \"rspamd_proxy\" { bind_socket = \"localhost:1\"; }\n"
             "worker \"rspamd_proxy\" { milter = true; bind_socket = \"$RUNDIR/p.sock\"; }\n"
             "worker \"rspamd_proxy\" { milter = true; bind_socket = \"localhost:2\"; }\n");
  CHECK(host.shown("freebsd", "rspamd") ==
        "rspamd unix:/var/run/rspamd/p.sock [/usr/local/etc/rc.d/rspamd start]");
  host.write("/usr/local/etc/rspamd/rspamd.conf.override",
             "worker \"rspamd_proxy\" {\n  bind_socket = \"localhost:1\";\n}\n");
  CHECK_FALSE(host.milter("freebsd", "rspamd").enabled);
  host.write("/usr/local/etc/rspamd/rspamd.conf.override",
             "worker \"rspamd_proxy\" { milter = yes;\n  bind_socket = \"nonsense\";\n}\n");
  CHECK(host.shown("freebsd", "rspamd") ==
        "rspamd - disabled [/usr/local/etc/rc.d/rspamd start]\n"
        "/usr/local/etc/rspamd/rspamd.conf.override:2: bind_socket can't be used: <nonsense>");
}

TEST_CASE("opendmarc listens where its own file says, on every platform") {
  struct Row {
    const char* platform;
    const char* service;
    const char* text;
    const char* file;
  };
  const char* const unit = "[Service]\nExecStart=/usr/sbin/opendmarc\n";
  const char* const script = "name=opendmarc\nload_rc_config $name\n: ${opendmarc_socket:=/var/run/x}\n";
  const Row rows[] = {
      {"debian", "/lib/systemd/system/opendmarc.service", unit, "/etc/opendmarc.conf"},
      {"debian", "/etc/init.d/opendmarc", "#!/bin/sh\n", "/etc/opendmarc.conf"},
      {"redhat10", "/usr/lib/systemd/system/opendmarc.service", unit, "/etc/opendmarc.conf"},
      {"redhat6", "/etc/init.d/opendmarc", "#!/bin/sh\n", "/etc/opendmarc.conf"},
      {"freebsd", "/usr/local/etc/rc.d/opendmarc", script, "/usr/local/etc/mail/opendmarc.conf"},
      {"pkgsrc", "/usr/pkg/etc/rc.d/opendmarc", script, "/usr/pkg/etc/opendmarc.conf"},
  };
  for (const Row& row : rows) {
    INFO(row.platform << " " << row.service);
    const HostTree host;
    host.write(row.service, row.text);
    host.write(row.file,
               "# Socket inet:1@localhost\n  SOCKET   \"inet:8893@localhost\"   # here\nSyslog true\n");
    CHECK(host.milter(row.platform, "opendmarc").connection_spec == "inet:8893@localhost");
    host.write(row.file, "Syslog true\nSocket\n");
    CHECK_FALSE(host.milter(row.platform, "opendmarc").enabled);
    host.write(row.file, "Socket inet:8893@localhost\nSocket tcp:1\n");
    const std::string problem = ":2: the socket is not used: protocol must be 'unix', 'inet' or 'inet6'";
    CHECK(host.shown(row.platform, "opendmarc").find(row.file + problem) != std::string::npos);
    CHECK_FALSE(host.milter(row.platform, "opendmarc").enabled);
  }
}
