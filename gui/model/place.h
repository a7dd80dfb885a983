// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

#include "core/result.h"

namespace milter_manager::gui {

// What can be opened, as a person names it: on the command line, in the dialogue, in the list of recent ones.
struct Place {
  enum class Kind : std::uint8_t {
    folder,      // of archives
    ssh,         // a folder of archives on another host
    logs,        // log files
    controller,  // a running manager's controller socket
    metrics,     // a running manager's metrics address
  };
  Kind kind = Kind::folder;
  QStringList paths;  // folder: one; logs: some; ssh: at most one, the folder there
  QString host;       // ssh
  QString address;    // controller: a connection spec; metrics: host:port

  bool operator==(const Place&) const = default;
};

// "/var/lib/milter-manager" (a folder), "/var/log/mail.log" (a file), "ssh://mail.example.com", "ssh://admin@mail/srv/archives",
// "unix:/run/…/controller.sock", "inet:10026@localhost", "http://localhost:9764/metrics". Several words are log files. Error:
// a sentence on what is wrong; of an ssh host what would be taken for an option, or has letters that no host name has.
// Looks at the disk, whether there is a folder or a file: what is not there is taken for a folder, whose source says so.
Result<Place> parse_place(const QStringList& words);

// What parse_place() reads as the same place; log files are joined by a line feed each.
QString text_of(const Place& place);
// For a title: "mail.example.com (ssh)", "archives — /var/lib/milter-manager".
QString title_of(const Place& place);

// Whether ssh may be given this word as a host: letters, digits, ".", "-", "_", ":", "[", "]", one "@"; it begins with a letter, digit
// or "[" and is at most 255 bytes long. So it is never an option, and means nothing to a shell.
bool is_ssh_host(const QString& word);

}  // namespace milter_manager::gui
