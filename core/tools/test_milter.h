// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/protocol/macro.h"
#include "core/protocol/packet.h"
#include "core/result.h"

namespace milter_manager::tools {

// The milter's side of one connection, without I/O: lets every mail pass and says what the MTA told.
class TestMilter {
 public:
  // Appends what is to be answered to `out`, and to `report` what was asked, line by line:
  //
  //   connect: host=<mx.example.net>, address=<inet:50443@[192.168.123.123]>
  //   macros:
  //     daemon_name=smtpd
  //
  // Fails on what is no command; the connection is then to be closed.
  Result<void> received(protocol::Packet packet, std::string& out, std::string& report);

  // The MTA said that it will go.
  bool quitted() const { return quitted_; }
  // The connection is over: appends "finished" unless the MTA's quit has done so.
  void closed(std::string& report) const;

 private:
  protocol::MacroTable macros_;
  bool in_session_ = false;
  bool quitted_ = false;
};

}  // namespace milter_manager::tools
