// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/message/header_list.h"
#include "core/tools/charset.h"
#include "core/tools/diff.h"
#include "core/tools/printable.h"

namespace milter_manager::tools {
namespace {

using Lines = std::vector<std::string>;

constexpr struct {
  Status status;
  int exit_status;
} kExitStatuses[] = {
    {Status::pass, 0},
    {Status::accept, 0},
    {Status::error, 1},
    {Status::reject, 2},
    {Status::temporary_failure, 3},
    {Status::discard, 4},
    {Status::quarantine, 5},
    {Status::abort, 6},
};

Lines envelope_lines(const Mail& mail) {
  Lines lines{"MAIL FROM:" + mail.sender};
  for (const auto& recipient : mail.recipients) lines.push_back("RCPT TO:" + recipient);
  return lines;
}

Lines header_lines(const Mail& mail) {
  Lines lines;
  for (const Header& header : mail.headers) {
    std::string text = fmt::format("{}: {}", header.name, header.value);
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      std::string line = text.substr(begin, end - begin);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      lines.push_back(std::move(line));
      begin = end + 1;
    }
  }
  return lines;
}

std::string body_text(const Mail& mail) {
  std::string body;
  for (const auto& piece : mail.body) body += piece;
  for (const Header& header : mail.headers) {
    if (message::same_name(header.name, "Content-Type")) return to_utf8(body, charset_of(header.value));
  }
  return body;
}

void append_diff(std::string& out, const Lines& before, const Lines& after, bool color) {
  constexpr std::string_view kPrefixes[] = {"  ", "- ", "+ "};
  constexpr std::string_view kColors[] = {"", "\x1b[31m", "\x1b[32m"};
  for (const DiffLine& line : diff(before, after)) {
    const auto kind = static_cast<std::size_t>(line.kind);
    const bool colored = color && !kColors[kind].empty();
    fmt::format_to(std::back_inserter(out), "{}{}{}{}\n", colored ? kColors[kind] : "", kPrefixes[kind],
                   printable(line.text), colored ? "\x1b[0m" : "");
  }
}

std::string message_text(const Mail& sent, const Mail& delivered, bool color) {
  std::string text = "\nEnvelope:------------------------------\n";
  append_diff(text, envelope_lines(sent), envelope_lines(delivered), color);
  text += "Header:--------------------------------\n";
  append_diff(text, header_lines(sent), header_lines(delivered), color);
  text += "Body:----------------------------------\n";
  text += printable(body_text(delivered));
  if (text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

std::string describe_reply_code(std::string_view code) {
  if (code.empty()) return {};
  const auto is_extended = [](std::string_view word) {
    return word.size() >= 5 && std::count(word.begin(), word.end(), '.') == 2 &&
           word.find_first_not_of("0123456789.") == std::string_view::npos;
  };
  const std::string_view number = code.substr(0, 3);
  std::string_view extended;
  std::string message;
  for (bool first = true; !code.empty(); first = false) {
    std::string_view line = code.substr(0, code.find("\r\n"));
    code.remove_prefix(std::min(line.size() + 2, code.size()));
    line.remove_prefix(std::min<std::size_t>(4, line.size()));
    const auto word = line.substr(0, line.find(' '));
    if (is_extended(word)) {
      extended = word;
      line.remove_prefix(std::min(word.size() + 1, line.size()));
    }
    if (!first) message += '\n';
    message += line;
  }
  const std::string shown_extended = extended.empty() ? "" : fmt::format("<{}>", extended);
  return fmt::format(" [{}]{}({})", number, shown_extended, printable(message));
}

std::string report(const Script& script, const Outcome& outcome, std::chrono::duration<double> elapsed,
                   const ReportStyle& style) {
  if (!outcome.error.empty()) return outcome.error + "\n";
  std::string text = fmt::format("status: {}{}\nelapsed-time: {:g} seconds\n", name_of(outcome.status),
                                 describe_reply_code(outcome.reply_code), elapsed.count());
  if (outcome.status == Status::quarantine) {
    text += fmt::format("Quarantine reason: <{}>\n", printable(outcome.quarantine_reason));
  }
  if (style.message) text += message_text(script.mail, outcome.mail, style.color);
  return text;
}

int exit_status(const Outcome& outcome) {
  return std::find_if(std::begin(kExitStatuses), std::end(kExitStatuses),
                      [&](const auto& entry) { return entry.status == outcome.status; })
      ->exit_status;
}

std::string describe_exit_statuses() {
  std::string text = "Exit status:\n";
  for (const auto& [status, number] : kExitStatuses) {
    if (status == Status::accept) continue;
    const std::string_view name = status == Status::pass ? "pass or accept: the mail got through"
                                  : status == Status::error
                                      ? "error: wrong options, no connection, or a milter that failed"
                                  : status == Status::abort ? "abort: the milter is shutting down"
                                                            : name_of(status);
    text += fmt::format("  {}  {}\n", number, name);
  }
  return text + "With --threads, that of the first session that did not pass.\n";
}

}  // namespace milter_manager::tools
