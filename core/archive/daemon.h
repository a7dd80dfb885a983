// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/result.h"

namespace milter_manager::archive {

// A connection to rrdcached, which writes updates of many archives, of many programs, in an order that is good for the
// disk. It works on the same files as this process: the paths are the same for both, and lie below its base directory.
//
// librrd has one connection a process, and calls wait for the daemon's answer: one object at a time, and not where
// nothing may wait. SIGPIPE is ignored from the first connection on.
class Daemon {
 public:
  // "unix:/run/rrdcached.sock", "/run/rrdcached.sock", "localhost:42217": as for `rrdtool --daemon`.
  static Result<std::unique_ptr<Daemon>> connect(std::string address);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Updates as for `rrdtool update`, "TIME:VALUE:VALUE…", each with a value for every data source in the file's order.
  // On success the daemon has them in its memory. After an error it may have a beginning of them.
  Result<void> update(const std::string& path, std::span<const std::string> updates);
  // Returns when the file holds all that the daemon had for it.
  Result<void> flush(const std::string& path);

  // Whether the connection still stands, and another try. The daemon may have been restarted; what it had in memory and
  // not in its journal is then gone.
  bool is_connected() const;
  Result<void> reconnect();

  const std::string& address() const { return address_; }

 private:
  explicit Daemon(std::string address) : address_(std::move(address)) {}
  std::string address_;
};

}  // namespace milter_manager::archive
