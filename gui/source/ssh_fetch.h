// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "core/result.h"
#include "gui/source/readings.h"

namespace milter_manager::gui {

// What is had of another host.
struct SshFetch {
  static constexpr std::chrono::seconds kPatience{30};

  QString host;                                    // is_ssh_host()
  QString folder;                                  // there; "" for where the analyzer puts archives by itself
  std::chrono::milliseconds patience = kPatience;  // so long may the host say nothing
};

// Copies the archives of a folder of another host into `target`, which exists, with
//
//   ssh -T -C -o BatchMode=yes -o ConnectTimeout=… -- HOST COMMAND
//
// COMMAND is always the same text, for any shell; the folder's name goes to its standard input, so nothing of it is ever read as a
// command. Who has to type a password uses an agent, or a key: nobody is asked. Waits for the host; stops soon when cancelled. `bytes`
// grows with what has come. Errors: sentences, with the host's own words.
Result<void> fetch_archives(const SshFetch& what, const std::string& target, std::atomic<qint64>& bytes,
                            const IsCancelled& is_cancelled);

}  // namespace milter_manager::gui
