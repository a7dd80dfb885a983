// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/daemon.h"

#include <fmt/format.h>
#include <rrd.h>
extern "C" {  // it does not say so itself
#include <rrd_client.h>
}
#include <signal.h>

#include <string_view>
#include <vector>

namespace milter_manager::archive {
namespace {

// The daemon reads commands of up to 4096 bytes, the file's name among them, each byte of it perhaps escaped.
constexpr std::size_t kCommandRoom = 4096 - 64;

tl::unexpected<Error> daemon_failure(std::string_view what, const std::string& address) {
  const char* const reason = rrd_get_error();
  const std::string_view told = reason == nullptr ? "" : reason;
  auto error = failure(fmt::format("rrdcached at {} cannot {}: {}", address, what,
                                   told.empty() ? "the connection is lost" : told));
  rrd_clear_error();
  return error;
}

std::size_t room_for_updates(const std::string& path) {
  const std::size_t name = 2 * path.size();
  return name < kCommandRoom ? kCommandRoom - name : 0;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::connect(std::string address) {
  // librrd writes to the socket of a daemon that is gone.
  ::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(address)));
  if (auto connected = daemon->reconnect(); !connected) return tl::unexpected(connected.error());
  return daemon;
}

Daemon::~Daemon() { rrdc_disconnect(); }

bool Daemon::is_connected() const { return rrdc_is_connected(address_.c_str()) != 0; }

Result<void> Daemon::reconnect() {
  rrdc_disconnect();
  rrd_clear_error();
  if (rrdc_connect(address_.c_str()) != 0) return daemon_failure("be reached", address_);
  return {};
}

Result<void> Daemon::update(const std::string& path, std::span<const std::string> updates) {
  const std::size_t room = room_for_updates(path);
  while (!updates.empty()) {
    std::vector<const char*> values;
    std::size_t size = 0;
    for (const std::string& update : updates) {
      size += update.size() + 1;
      if (size > room && !values.empty()) break;
      values.push_back(update.c_str());
    }
    rrd_clear_error();
    if (rrdc_update(path.c_str(), static_cast<int>(values.size()), values.data()) != 0) {
      return daemon_failure(fmt::format("update {}", path), address_);
    }
    updates = updates.subspan(values.size());
  }
  return {};
}

Result<void> Daemon::flush(const std::string& path) {
  rrd_clear_error();
  if (rrdc_flush(path.c_str()) != 0) return daemon_failure(fmt::format("flush {}", path), address_);
  return {};
}

}  // namespace milter_manager::archive
