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
