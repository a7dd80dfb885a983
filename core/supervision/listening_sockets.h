// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/net/connection_spec.h"
#include "core/net/descriptor.h"
#include "core/net/socket_file.h"
#include "core/result.h"

namespace milter_manager::supervision {

// The sockets on which the manager listens for MTAs, in its main process; whoever accepts has duplicates of them. One opened as
// manager.connection_spec says, or those that the service manager has opened.
//
// A plain value, without a loop; moves only.
class ListeningSockets {
 public:
  // How long an address that a reload has left is still listened at: whoever connects meanwhile must not be refused. The main process
  // forgets it then (end_lingering()); those who accept keep their duplicates a little longer, so that a socket never lives
  // without somebody to accept.
  static constexpr std::chrono::duration<double> kLinger{5};
  static constexpr std::chrono::duration<double> kAcceptorsLinger{6};

  ListeningSockets() = default;

  // At manager.connection_spec. Waits for the resolver of the system when the host is a name.
  static Result<ListeningSockets> open(const config::Configuration& configuration);
  // These, whatever the configuration says; their files are not ours to remove.
  static ListeningSockets inherited(std::vector<net::Descriptor> sockets);

  // Whether the configuration wants another place than the one that we listen at.
  bool wants_other_place(const config::Configuration& configuration) const;
  // What open() would give; for a thread that may wait. Stands beside ours, also where the addresses exclude each other.
  Result<ListeningSockets> open_other(const config::Configuration& configuration) const;
  // Goes over to those of open_other(); ours linger.
  void move_to(ListeningSockets&& others);
  // If that place is one that still lingers: goes back to it, without opening anything. False if it is not.
  bool return_to_lingering(const config::Configuration& configuration);
  // Mode and group of the socket's file as the configuration has them now. Does nothing where they are what they were: a group's
  // name may be looked up far away.
  Result<void> set_mode(const config::Configuration& configuration);

  // Removes the lingering ones' files and closes them here.
  void end_lingering();
  bool has_lingering() const { return !lingering_.empty(); }

  Result<std::vector<net::Descriptor>> duplicates() const;
  std::vector<int> descriptors() const;
  // "inet:10025@[127.0.0.1]"; several with a comma and a blank between.
  std::string spec() const;
  bool empty() const { return sockets_.empty(); }
  bool are_inherited() const { return !configured_; }

  // Nobody finds us any more: removes the files, and closes all of them here.
  void close();

 private:
  // Of a socket's file, as a configuration wants it.
  struct Access {
    std::uint32_t mode = 0;
    std::optional<std::string> group;
    bool operator==(const Access&) const = default;
  };
  struct Socket {
    net::Descriptor descriptor;
    net::SocketFile file;
    Access access;
  };
  struct Lingering {
    net::ConnectionSpec spec;
    Socket socket;
  };

  static Access access_of(const config::Configuration& configuration);

  std::optional<net::ConnectionSpec> configured_;  // what the one socket was opened for; none: inherited
  std::vector<Socket> sockets_;
  std::vector<Lingering> lingering_;
};

}  // namespace milter_manager::supervision
