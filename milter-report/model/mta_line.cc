// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mta_line.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace milter_manager::report {
namespace {

using std::string_view;

bool take(string_view prefix, string_view& text) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// What stands before `mark`, which is taken too. None where it isn't there: then nothing is taken.
std::optional<string_view> take_until(string_view mark, string_view& text) {
  const std::size_t at = text.find(mark);
  if (at == string_view::npos) return std::nullopt;
  const string_view before = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return before;
}

constexpr std::array<bool, 256> queue_bytes() {
  std::array<bool, 256> all{};
  for (int byte = '0'; byte <= '9'; ++byte) all[static_cast<std::size_t>(byte)] = true;
  for (int byte = 'A'; byte <= 'Z'; ++byte) all[static_cast<std::size_t>(byte)] = true;
  for (int byte = 'a'; byte <= 'z'; ++byte) all[static_cast<std::size_t>(byte)] = true;
  return all;
}
constexpr std::array<bool, 256> kQueueBytes = queue_bytes();

bool is_queue_byte(char byte) { return kQueueBytes[static_cast<unsigned char>(byte)]; }

// "4Xyz: ". False for what begins with no queue id.
bool take_queue_id(string_view& text, string_view& queue_id) {
  constexpr std::size_t kLongest = 32;
  std::size_t length = 0;
  while (length < text.size() && length <= kLongest && is_queue_byte(text[length])) ++length;
  if (length == 0 || length > kLongest || text.substr(length, 2) != ": ") return false;
  queue_id = text.substr(0, length);
  text.remove_prefix(length + 2);
  if (queue_id == "NOQUEUE") queue_id = {};
  return true;
}

string_view without_brackets(string_view address) {
  if (address.size() >= 2 && address.front() == '<' && address.back() == '>') {
    return address.substr(1, address.size() - 2);
  }
  return address;
}

// "mail.example.com[192.0.2.1]", also with ":PORT" behind; of the name everything up to the last bracket.
void take_client(string_view text, MtaLine& line) {
  const std::size_t open = text.rfind('[');
  if (open == string_view::npos) return;
  const std::size_t close = text.find(']', open);
  if (close == string_view::npos) return;
  line.client_name = text.substr(0, open);
  line.client_address = text.substr(open + 1, close - open - 1);
  if (line.client_address.starts_with("IPv6:")) line.client_address.remove_prefix(5);
  while (line.client_name.ends_with(' ')) line.client_name.remove_suffix(1);
}

int leading_code(string_view text) {
  int code = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 3), code);
  return error == std::errc() && end == text.data() + 3 && code >= 200 && code <= 599 ? code : 0;
}

// "RCPT from mail.example.com[192.0.2.1]: 451 4.7.1 TEXT; from=<…> to=<…> proto=ESMTP helo=<…>"
bool take_refusal(string_view rest, string_view status, bool by_milter, MtaLine& line) {
  line.kind = MtaLine::Kind::refusal;
  line.status = status;
  line.by_milter = by_milter;
  const auto stage = take_until(" from ", rest);
  if (!stage) return false;
  line.stage = *stage;
  const auto client = take_until("]: ", rest);
  if (!client) return false;
  take_client(string_view(client->data(), client->size() + 1), line);
  const std::size_t tail = rest.find("; from=<");
  line.reply = rest.substr(0, tail);
  line.reply_code = leading_code(line.reply);
  if (tail == string_view::npos) return true;
  rest.remove_prefix(tail + 8);
  line.sender = take_until(">", rest);
  if (take(" to=<", rest)) line.recipient = take_until(">", rest);
  return true;
}

bool take_postfix_delivery(string_view rest, MtaLine& line) {
  if (!take("to=<", rest)) return false;
  line.kind = MtaLine::Kind::delivery;
  line.recipient = take_until(">, ", rest);
  if (!line.recipient) return false;
  if (take("orig_to=<", rest)) line.original_recipient = take_until(">, ", rest).value_or(string_view());
  const std::size_t at = rest.find("status=");
  if (at == string_view::npos) return false;
  rest.remove_prefix(at + 7);
  line.status = rest.substr(0, rest.find(' '));
  rest.remove_prefix(line.status.size());
  take(" ", rest);
  if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
  line.reply = rest;
  return true;
}

bool take_postfix(string_view daemon, string_view rest, MtaLine& line) {
  if (!take_queue_id(rest, line.queue_id)) return false;
  if (take("milter-reject: ", rest)) return take_refusal(rest, "reject", true, line);
  if (take("milter-discard: ", rest)) return take_refusal(rest, "discard", true, line);
  if (take("milter-hold: ", rest)) return take_refusal(rest, "hold", true, line);
  if (take("reject: ", rest)) return take_refusal(rest, "reject", false, line);
  if (line.queue_id.empty()) return false;
  if (take("client=", rest)) {
    line.kind = MtaLine::Kind::client;
    take_client(rest.substr(0, rest.find(", ")), line);
    return true;
  }
  if (take("message-id=", rest)) {
    line.kind = MtaLine::Kind::message_id;
    line.message_id = without_brackets(rest);
    return true;
  }
  if (daemon == "qmgr" && rest == "removed") {
    line.kind = MtaLine::Kind::removed;
    return true;
  }
  if (take("from=<", rest)) {
    line.kind = MtaLine::Kind::sender;
    line.sender = take_until(">, ", rest);
    return line.sender.has_value();
  }
  return take_postfix_delivery(rest, line);
}

// The value behind ", NAME=" up to the next ", " that a name and "=" follow, roughly: up to ", ".
string_view field(string_view text, string_view name) {
  for (std::size_t at = text.find(name); at != string_view::npos; at = text.find(name, at + 1)) {
    if (at < 2 || text.substr(at - 2, 2) != ", " || text.substr(at + name.size(), 1) != "=") continue;
    const string_view value = text.substr(at + name.size() + 1);
    return value.substr(0, value.find(", "));
  }
  return {};
}

// "Milter: to=<b@example.org>, reject=451 4.7.1 …", "Milter: data, reject=…", "Milter: from=<…>, reject=…"
bool take_sendmail_milter(string_view rest, MtaLine& line) {
  line.kind = MtaLine::Kind::refusal;
  line.by_milter = true;
  const std::size_t at = rest.find(", reject=");
  const bool discards = rest.ends_with(", discard");
  if (at == string_view::npos && !discards) return false;
  const string_view of = rest.substr(0, discards ? rest.size() - 9 : at);
  line.status = discards ? "discard" : "reject";
  if (!discards) line.reply = rest.substr(at + 9);
  line.reply_code = leading_code(line.reply);
  if (of.starts_with("to=")) {
    line.stage = "RCPT";
    line.recipient = without_brackets(of.substr(3));
  } else if (of.starts_with("from=")) {
    line.stage = "MAIL";
    line.sender = without_brackets(of.substr(5));
  } else if (of == "data") {
    line.stage = "END-OF-MESSAGE";
  }
  return true;
}

bool take_sendmail(string_view rest, MtaLine& line) {
  if (!take_queue_id(rest, line.queue_id) || line.queue_id.empty()) return false;
  if (take("Milter: ", rest)) return take_sendmail_milter(rest, line);
  if (take("from=", rest)) {
    line.kind = MtaLine::Kind::sender;
    line.sender = without_brackets(rest.substr(0, rest.find(", ")));
    line.message_id = without_brackets(field(rest, "msgid"));
    const std::size_t relay = rest.rfind(", relay=");
    if (relay != string_view::npos) take_client(rest.substr(relay + 8), line);
    return true;
  }
  if (!take("to=", rest)) return false;
  line.kind = MtaLine::Kind::delivery;
  line.recipient = without_brackets(rest.substr(0, rest.find(", ")));
  const std::size_t at = rest.find(", stat=");
  if (at == string_view::npos) return false;
  line.reply = rest.substr(at + 7);
  line.status = line.reply.starts_with("Sent")       ? "sent"
                : line.reply.starts_with("Deferred") ? "deferred"
                : line.reply.starts_with("queued")   ? "queued"
                                                     : "bounced";
  return true;
}

bool is_sendmail(string_view program) {
  return program.starts_with("sendmail") || program.starts_with("sm-mta") || program.starts_with("sm-msp");
}

// The part of "postfix/smtpd" behind the last "/". Any name may stand before it: syslog_name is the administrator's.
string_view postfix_daemon(string_view program) {
  const std::size_t at = program.rfind('/');
  if (at == string_view::npos) return {};
  const string_view daemon = program.substr(at + 1);
  const auto is = [&](auto... names) { return ((daemon == names) || ...); };
  bool known = false;
  switch (daemon.size()) {  // for each line of the MTA's: few comparisons
    case 4:
      known = is("qmgr", "smtp", "lmtp", "pipe");
      break;
    case 5:
      known = is("smtpd", "local", "error", "retry", "relay");
      break;
    case 6:
      known = is("bounce");
      break;
    case 7:
      known = is("cleanup", "virtual", "discard");
      break;
    default:
      known = is("postscreen");
  }
  return known ? daemon : string_view();
}

}  // namespace

// One object is returned on all ways, so that it is made in its place: for each line of the MTA's.
std::optional<MtaLine> parse_mta_line(const maillog::OtherLine& other) {
  std::optional<MtaLine> line;
  const string_view daemon = postfix_daemon(other.program);
  if (daemon.empty() && !is_sendmail(other.program)) return line;
  line.emplace();
  line->time = other.time;
  line->host = other.host;
  line->program = other.program;
  line->text = other.text;
  const bool is_known =
      daemon.empty() ? take_sendmail(other.text, *line) : take_postfix(daemon, other.text, *line);
  if (!is_known) line.reset();
  return line;
}

}  // namespace milter_manager::report
