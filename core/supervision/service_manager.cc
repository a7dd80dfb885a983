// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <time.h>

#include <cstdint>

#ifdef MILTER_MANAGER_WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace milter_manager::supervision {
namespace {

#ifdef MILTER_MANAGER_WITH_SYSTEMD
bool is_listening(int socket) { return ::sd_is_socket(socket, AF_UNSPEC, SOCK_STREAM, 1) > 0; }
#else
// As a program that knows nothing of systemd behaves.
constexpr int SD_LISTEN_FDS_START = 3;
int sd_listen_fds(int) { return 0; }
int sd_notify(int, const char*) { return 0; }
int sd_watchdog_enabled(int, std::uint64_t*) { return 0; }
bool is_listening(int) { return false; }
#endif

std::uint64_t microseconds(std::chrono::duration<double> time) {
  return static_cast<std::uint64_t>(time.count() * 1e6);
}

// systemd tells apart by it which reload it is that has ended.
std::uint64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

// A status is one line.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

std::vector<net::Descriptor> ServiceManager::take_sockets() {
  std::vector<net::Descriptor> sockets;
  const int count = sd_listen_fds(1);
  for (int i = 0; i < count; ++i) {
    net::Descriptor socket(SD_LISTEN_FDS_START + i);
    if (is_listening(socket.get())) sockets.push_back(std::move(socket));
  }
  return sockets;
}

void ServiceManager::ready(const std::string& status) {
  notify(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

void ServiceManager::reloading() {
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reading the configuration anew",
                     monotonic_microseconds()));
}

void ServiceManager::stopping(std::chrono::duration<double> limit) {
  notify(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS=Waiting for the last sessions",
                     microseconds(limit)));
}

void ServiceManager::status(const std::string& status) { notify(fmt::format("STATUS={}", one_line(status))); }

std::optional<std::chrono::duration<double>> ServiceManager::watchdog_interval() const {
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(0, &limit) <= 0) return std::nullopt;
  return std::chrono::duration<double>(static_cast<double>(limit) / 1e6 / 2);
}

void ServiceManager::alive() { notify("WATCHDOG=1"); }

void ServiceManager::notify(const std::string& state) const { sd_notify(0, state.c_str()); }

}  // namespace milter_manager::supervision
