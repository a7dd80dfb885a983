// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/message/header_list.h"
#include "core/protocol/esmtp.h"
#include "core/tools/printable.h"

namespace milter_manager::tools {
namespace {

constexpr auto kNone = std::string_view::npos;

// Takes one line; `line_end` gets what it ended in: "\n", "\r\n" or "".
std::string_view take_line(std::string_view& text, std::string_view& line_end) {
  const auto newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  std::size_t end_bytes = newline == kNone ? 0 : 1;
  if (end_bytes == 1 && !line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
    end_bytes = 2;
  }
  line_end = text.substr(line.size(), end_bytes);
  text.remove_prefix(line.size() + end_bytes);
  return line;
}

bool continues_header(std::string_view line) { return !line.empty() && (line[0] == ' ' || line[0] == '\t'); }

Result<std::vector<Header>> take_headers(std::string_view& text) {
  std::vector<Header> headers;
  std::string_view line_end, end_of_previous;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text, line_end);
    if (line.empty()) break;
    if (number == 1 && line.substr(0, 5) == "From ") continue;
    if (continues_header(line) && !headers.empty()) {
      headers.back().value.append(end_of_previous).append(line);
    } else if (auto header = parse_header(line); header && !continues_header(line)) {
      headers.push_back(std::move(*header));
    } else {
      return failure(fmt::format("line {} is no header: <{}>", number, printable(line.substr(0, 80))));
    }
    end_of_previous = line_end;
  }
  return headers;
}

std::string body_lines(std::string_view text) {
  std::string body;
  body.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    body.push_back(text[at]);
  }
  if (!body.empty() && body.back() == '\n') body.pop_back();
  return body;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// "A <a@x>, \"B, C\" <b@y>" gives "<a@x>" and "<b@y>".
std::vector<std::string> addresses_of(std::string_view value) {
  std::vector<std::string> addresses;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= value.size(); ++at) {
    if (at < value.size() && value[at] == '"') quoted = !quoted;
    if (at < value.size() && (value[at] != ',' || quoted)) continue;
    const auto address = trimmed(protocol::address_of(value.substr(begin, at - begin)));
    if (!address.empty()) addresses.push_back(with_brackets(address));
    begin = at + 1;
  }
  return addresses;
}

}  // namespace

std::string with_brackets(std::string_view address) {
  return address.substr(0, 1) == "<" ? std::string(address) : fmt::format("<{}>", address);
}

Result<Header> parse_header(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == kNone || colon == 0) return failure("headers option should be 'NAME:VALUE'");
  std::string_view value = text.substr(colon + 1);
  if (!value.empty() && value[0] == ' ') value.remove_prefix(1);
  return Header{std::string(text.substr(0, colon)), std::string(value)};
}

Result<Mail> parse_mail(std::string_view text) {
  // A milter's strings end at NUL: a file with one in its head could not be sent as it is.
  auto headers = take_headers(text);
  if (!headers) return tl::unexpected(headers.error());
  Mail mail;
  mail.headers = std::move(*headers);
  for (const Header& header : mail.headers) {
    if (header.name.find('\0') != kNone || header.value.find('\0') != kNone) {
      return failure(fmt::format("a NUL in header <{}>", printable(header.name)));
    }
    if (mail.sender.empty() && message::same_name(header.name, "From")) {
      const auto senders = addresses_of(header.value);
      if (!senders.empty()) mail.sender = senders[0];
    } else if (message::same_name(header.name, "To")) {
      for (auto& recipient : addresses_of(header.value)) mail.recipients.push_back(std::move(recipient));
    }
  }
  if (std::string body = body_lines(text); !body.empty()) mail.body.push_back(std::move(body));
  return mail;
}

Result<Mail> read_mail_file(const std::string& path) {
  const auto loading_failed = [&](std::string_view why) {
    return failure(fmt::format("Loading from {} failed.: {}", path, why));
  };
  const bool from_stdin = path == "-";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
      from_stdin ? nullptr : std::fopen(path.c_str(), "rb"), std::fclose);
  if (!from_stdin && !opened) {
    if (errno == ENOENT) return failure(path + " does not exist.");
    return loading_failed(std::strerror(errno));
  }
  std::FILE* const file = from_stdin ? stdin : opened.get();
  std::string text;
  char bytes[65536];
  while (const std::size_t count = std::fread(bytes, 1, sizeof bytes, file)) text.append(bytes, count);
  if (std::ferror(file)) return loading_failed(std::strerror(errno));
  auto mail = parse_mail(text);
  if (!mail) return loading_failed(mail.error().message);
  return mail;
}

}  // namespace milter_manager::tools
