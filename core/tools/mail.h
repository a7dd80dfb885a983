// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::tools {

struct Header {
  std::string name;
  std::string value;  // without the blank behind the colon; folded lines keep their line ends
  friend bool operator==(const Header&, const Header&) = default;
};

// A mail as an MTA holds it.
struct Mail {
  std::string sender;                   // "<a@example.com>"
  std::vector<std::string> recipients;  // likewise
  std::vector<Header> headers;
  std::vector<std::string> body;  // in pieces, of any length
  friend bool operator==(const Mail&, const Mail&) = default;
};

// "a@b" gives "<a@b>"; what has brackets stays.
std::string with_brackets(std::string_view address);

// "X-Name: value" gives the header. Nothing is checked but that there is a colon.
Result<Header> parse_header(std::string_view text);

// Reads a mail from the text of a file: an mbox's "From " line is passed over, the first From: gives the sender, the
// addresses of all To: the recipients. Lines of the body end in LF; its last line end is dropped.
// Sender and recipients stay empty where the headers have none. Fails on a line before the body that is no header.
Result<Mail> parse_mail(std::string_view text);

// The same from a file, or from standard input for "-".
Result<Mail> read_mail_file(const std::string& path);

}  // namespace milter_manager::tools
