// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "test/daemon/processes.h"
#include "test/daemon/program.h"

namespace {

// 30 milters with conditions, as many conditions, networks and patterns; "read" counts how often it was read.
std::string large_configuration(const Folder& folder) {
  return "log.use_syslog = false\nlog.level = 'none'\n"
         "require 'ipaddr'\n"
         "networks = (0..30).map { |i| IPAddr.new(\"10.#{i}.0.0/16\") }\n"
         "30.times do |i|\n"
         "  define_applicable_condition(\"condition #{i}\") do |condition|\n"
         "    condition.define_connect_stopper do |context, host, address|\n"
         "      networks.any? { |network| network.include?(address.to_ip_address) } || /\\.example#{i}\\z/ "
         "=== host\n"
         "    end\n"
         "    condition.define_envelope_recipient_stopper { |context, recipient| recipient == "
         "\"<#{i}@example.net>\" }\n"
         "  end\n"
         "end\n"
         "s25r.add_whitelist(/\\.example\\.net\\z/)\n"
         "30.times do |i|\n"
         "  define_milter(\"milter #{i}\") do |milter|\n"
         "    milter.connection_spec = \"unix:" +
         folder.path() +
         "/milter#{i}\"\n"
         "    milter.applicable_conditions = (0..4).map { |k| \"condition #{(i + k) % 30}\" }\n"
         "  end\n"
         "end\n"
         "manager.maintained { networks.size }\n"
         "$read = $read.to_i + 1\n"
         "File.write('" +
         folder.file("read") + "', $read.to_s)\n";
}

}  // namespace

TEST_CASE("a thousand reloads leave hardly anything behind") {
  const Folder folder;
  folder.write("milter-manager.conf", large_configuration(folder));
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"),
                   "-u", std::to_string(::getuid()), "-g", std::to_string(::getgid())});
  REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  const auto times_read = [&] { return std::atoi(read_file(folder.file("read")).c_str()); };
  const auto reload = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const int before = times_read();
      program.signal(SIGHUP);
      for (int waited = 0; times_read() <= before && waited < 60'000; ++waited) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      REQUIRE(times_read() > before);
    }
  };
  reload(50);
  const long before = resident_of(program.pid());
  reload(kSanitized ? 50 : 1000);
  const long grown = resident_of(program.pid()) - before;
  CAPTURE(before, grown);
  CHECK((kSanitized || grown <= 2048));
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
}
