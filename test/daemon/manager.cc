// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/daemon/manager.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

Manager::Manager(const std::string& configuration, const Files& files, const InstalledManager& installed)
    : program_(arguments(configuration, files), installed.environment, installed.executable) {
  REQUIRE(eventually([&] { return !read_file(folder_.file("pid")).empty(); }));
}

std::string Manager::log() const { return folder_.without_path(read_file(folder_.file("log"))); }

bool Manager::logs(const std::string& text) const {
  return eventually([&] { return log().find(text) != std::string::npos; });
}

Ended Manager::end() {
  program_.signal(SIGTERM);
  return program_.wait();
}

void Manager::configure(const std::string& configuration) const {
  folder_.write("milter-manager.conf", "log.use_syslog = false\nlog.level = 'default|info'\nlog.path = '" +
                                           folder_.file("log") + "'\n" + "DIR = '" + folder_.path() + "'\n" +
                                           configuration);
}

std::vector<std::string> Manager::arguments(const std::string& configuration, const Files& files) const {
  configure(configuration);
  for (const auto& [name, text] : files) folder_.write(name, text);
  return {"-c",         folder_.path(),
          "-s",         "unix:" + folder_.file("sock"),
          "--pid-file", folder_.file("pid"),
          "-u",         std::to_string(::getuid()),
          "-g",         std::to_string(::getgid())};
}
