// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/mta.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/protocol/reply.h"
#include "core/session/evaluation.h"

namespace milter_manager::simulation {

namespace command = protocol::command;
namespace reply = protocol::reply;
namespace step = protocol::step;
using protocol::StringList;
using session::Stage;

namespace {

bool is_final(char verdict) { return std::string_view("rtyd4").find(verdict) != std::string_view::npos; }
bool refuses(char verdict) { return std::string_view("rty").find(verdict) != std::string_view::npos; }

std::string packet_of(const protocol::Command& command) {
  std::string packet;
  protocol::encode(command, packet);
  return packet;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(word).push_back('\0');
  return list;
}

protocol::SymbolStage symbol_stage(char command) {
  switch (command) {
    case 'C':
      return protocol::SymbolStage::connect;
    case 'H':
      return protocol::SymbolStage::helo;
    case 'M':
      return protocol::SymbolStage::mail;
    case 'R':
      return protocol::SymbolStage::recipient;
    case 'T':
      return protocol::SymbolStage::data;
    case 'N':
      return protocol::SymbolStage::end_of_header;
    default:
      return protocol::SymbolStage::end_of_message;
  }
}

bool names(std::string_view list, std::string_view name) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(" ,", at), list.size());
    if (list.substr(at, end - at) == name) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::string domain(std::string_view address) {
  const std::size_t at = address.find('@');
  if (at == std::string_view::npos) return {};
  address.remove_prefix(at + 1);
  return std::string(address.substr(0, address.find('>')));
}

bool DirectLink::send(std::string_view bytes, MessageId message) {
  protocol::Framer framer;
  const auto result = framer.feed(bytes, [&](protocol::Packet packet) {
    std::vector<std::string> replies;
    milter_.hear(packet, message, replies);
    std::move(replies.begin(), replies.end(), std::back_inserter(replies_));
    return true;
  });
  return result.has_value();
}

std::optional<std::string> DirectLink::receive() {
  if (next_ == replies_.size()) return std::nullopt;
  return std::move(replies_[next_++]);
}

bool Oversight::enforced(std::size_t child, Stage stage, const std::string& address,
                         std::string_view of) const {
  const session::ChildSettings& settings = play_.settings.children[child];
  if (!settings.enforcement_share) return !settings.evaluation;
  std::string key(of);
  if (stage <= Stage::mail) key = address.substr(0, address.rfind('.')) + ".0/24";
  if (stage >= Stage::data) key = children_[child].first_domain;
  return session::enforcement_position(settings.name, key) < *settings.enforcement_share;
}

bool Oversight::stops(std::size_t child, Stage stage, MessageId message, std::string_view subject) const {
  return (play_.settings.children[child].condition_stages & session::stage_bit(stage)) != 0 &&
         condition_stops(play_, child, stage, message, subject);
}

Mta::Mta(const Play& play, std::vector<Link*> links, Oversight* oversight)
    : play_(play), oversight_(oversight) {
  for (Link* link : links) {
    filters_.emplace_back();
    filters_.back().link = link;
    filters_.back().index = filters_.size() - 1;
  }
}

bool Mta::Filter::wants(char command) const {
  return (option.steps & bits(command).no_event) == 0 && understands(option, command);
}

Outcome Mta::run() {
  try {
    for (Filter& filter : filters_) negotiate(filter);
    for (std::size_t i = 0; i < play_.visits.size(); ++i) {
      message_ = static_cast<MessageId>(kFirstConnection * (i + 1));
      if (i > 0) {
        for (Filter& filter : filters_) {
          std::string packet;
          protocol::append_packet(packet, 'K');
          send(filter, packet);
          filter.state = Filter::State::open;
        }
      }
      visit(play_.visits[i]);
    }
    for (Filter& filter : filters_) {
      std::string packet;
      protocol::append_packet(packet, 'Q');
      send(filter, packet);
    }
  } catch (const Gone&) {
    // smtp says so.
  }
  return std::move(outcome_);
}

void Mta::negotiate(Filter& filter) {
  message_ = 0;
  send(filter, packet_of(command::Negotiate{play_.mta.offer}));
  const auto packet = filter.link->receive();
  if (!packet) throw Gone{};
  const auto answer = protocol::decode_reply({*packet});
  const auto* agreed = answer ? std::get_if<reply::Negotiate>(&*answer) : nullptr;
  if (!agreed) throw Gone{};
  filter.option = agreed->option;
  filter.symbols = agreed->symbols.bytes();
}

void Mta::visit(const Visit& visit) {
  address_ = visit.address;
  const MessageId connection = message_;
  command::Connect connect{"client.example.net", command::Family::inet, 25, visit.address};
  outcome_.smtp.push_back("CONNECT " + ask_all('C', Stage::connect, packet_of(connect), {}, false));
  for (int i = 0; i < (visit.helo_again ? 2 : 1); ++i) {
    outcome_.smtp.push_back("HELO " +
                            ask_all('H', Stage::helo, packet_of(command::Helo{visit.helo}), {}, false));
  }
  for (std::size_t i = 0; i < visit.transactions.size(); ++i) {
    message_ = connection + static_cast<MessageId>(i) + 1;
    transact(visit.transactions[i]);
  }
  message_ = connection;
}

void Mta::transact(const Transaction& transaction) {
  for (Filter& filter : filters_) {
    if (filter.state == Filter::State::done_with_message) filter.state = Filter::State::open;
  }
  if (oversight_) oversight_->begin_message();
  discarded_ = false;
  sender_ = transaction.sender;
  const auto tell = [&](std::string_view what, const std::string& refusal) {
    outcome_.smtp.push_back(fmt::format("{} {} {}", message_, what, refusal));
    return refusal.empty();
  };
  const auto unknown = [&] {
    tell("UNKNOWN", ask_all('U', Stage::connect, packet_of(command::Unknown{"NOSUCH"}), {}, false));
  };
  if (transaction.unknown_before) unknown();
  const std::string arguments = list_of(transaction.sender_arguments);
  const bool begun = tell(
      "MAIL", ask_all('M', Stage::mail, packet_of(command::Mail{sender_, StringList(arguments)}), {}, false));
  if (!begun || transaction.give_up == GiveUp::after_mail) return abort();
  std::vector<std::string> accepted;
  for (const Recipient& recipient : transaction.recipients) {
    const std::string refusal =
        ask_all('R', Stage::recipient, packet_of(command::Recipient{recipient.address, {}}),
                recipient.address, recipient.refused_by_mta);
    if (tell("RCPT " + recipient.address, recipient.refused_by_mta ? "550 unknown user" : refusal)) {
      accepted.push_back(recipient.address);
    }
  }
  if (transaction.unknown_within) unknown();
  if (accepted.empty() || transaction.give_up == GiveUp::after_recipients) return abort();
  drop_those_without_recipients();
  if (!tell("DATA", ask_all('T', Stage::data, packet_of(command::Data{}), {}, false))) return abort();
  if (transaction.give_up == GiveUp::after_data) return abort();
  tell(".", content(transaction, accepted));
  if (play_.mta.aborts_always) abort();
}

// A milter that has itself refused every recipient that it was asked about has no part in the message.
void Mta::drop_those_without_recipients() {
  if (!oversight_) return;
  for (Filter& filter : filters_) {
    const Oversight::Child& child = oversight_->child(filter.index);
    if (child.recipients > 0 && child.recipients == child.refused) leave(filter, false);
  }
}

void Mta::abort() {
  std::string packet;
  protocol::append_packet(packet, 'A');
  for (Filter& filter : filters_) {
    if (filter.told && filter.state != Filter::State::refused) send(filter, packet);
    filter.told = false;
  }
}

void Mta::leave(Filter& filter, bool connection) {
  if (filter.state == Filter::State::done_with_connection) return;
  filter.state = connection ? Filter::State::done_with_connection : Filter::State::done_with_message;
}

// --- The envelope

std::string Mta::ask_all(char command, Stage stage, const std::string& packet, const std::string& subject,
                         bool refused) {
  using State = Filter::State;
  if (!understands(play_.mta.offer, command)) return {};
  if (discarded_ && command != 'C' && command != 'H' && command != 'U') return {};
  recipient_ = refused ? "" : subject;
  const bool asks_on = play_.mta.asks_on && !oversight_;
  for (const Filter& filter : filters_) {
    if (filter.state == State::refused && !asks_on) return filter.refusal;
  }
  for (Filter& filter : filters_) {
    if (filter.state == State::done_with_connection || filter.state == State::done_with_message) continue;
    if (refused && !(filter.option.steps & step::kRejectedRecipients) &&
        !(oversight_ && oversight_->asks_about_refused())) {
      continue;
    }
    if (oversight_ && command != 'U' && (!refused || oversight_->asks_about_refused()) &&
        oversight_->stops(filter.index, stage, message_, subject)) {
      if (stage != Stage::recipient) leave(filter, stage < Stage::mail);
      continue;
    }
    if (refused && !(filter.option.steps & step::kRejectedRecipients)) continue;
    if (oversight_ && command == 'R' && !refused) {
      Oversight::Child& child = oversight_->child(filter.index);
      ++child.recipients;
      if (child.first_domain.empty()) child.first_domain = domain(subject);
    }
    if (command == 'M') filter.told = true;
    std::string text;
    const char given = ask(filter, command, packet, text);
    // Asked once more; where it does not answer, what it said counts.
    const bool answers = filter.wants(command) && filter.answers(command);
    if (filter.state == State::refused && (!answers || refuses(given))) return filter.refusal;
    if (oversight_ && command == 'R' && !refused && refuses(given)) ++oversight_->child(filter.index).refused;
    const char verdict = settle(filter, command, stage, given);
    if (verdict == '4') {
      outcome_.smtp.push_back("421");
      throw Gone{};
    }
    if (refused) {
      // Nobody reads the answer, but who has said its last word is done.
      if (verdict == 'd') leave(filter, false);
      continue;
    }
    if (verdict == 'd') discarded_ = true;
    if (verdict == 'd') return {};
    if (refuses(verdict)) {
      if (command == 'C' || command == 'H') {
        filter.state = State::refused;
        filter.refusal = text;
      }
      return text;
    }
  }
  return {};
}

char Mta::ask(Filter& filter, char command, const std::string& packet, std::string& text) {
  send_macros(filter, command);
  if (!filter.wants(command)) return 'c';
  send(filter, packet);
  return filter.answers(command) ? receive(filter, text, nullptr) : 'c';
}

bool Mta::applied(const Filter& filter, Stage stage) const {
  return !oversight_ || oversight_->enforced(filter.index, stage, address_, domain(recipient_));
}

// What the verdict does to the milter itself; gives what it means for the command.
char Mta::settle(Filter& filter, char command, Stage stage, char verdict) {
  const bool connection = command == 'C' || command == 'H';
  if (verdict == 'a' && command != 'U') leave(filter, connection);
  if (!is_final(verdict)) return 'c';
  if (applied(filter, stage)) return verdict;
  if (command == 'U' && verdict != '4') return 'c';
  if (command == 'R' && refuses(verdict)) return 'c';
  leave(filter, connection || verdict == '4');
  return 'c';
}

// --- The message

std::string Mta::content(const Transaction& transaction, std::vector<std::string> accepted) {
  if (discarded_) return {};
  const auto mail = held_mail(play_.mta.postfix, transaction, accepted);
  for (Filter& filter : filters_) {
    if (filter.state == Filter::State::refused) return filter.refusal;
    if (filter.state != Filter::State::open) continue;
    std::string text;
    const char verdict = settle(filter, 'E', Stage::data, show(filter, transaction, *mail, text));
    mail->next_milter();
    if (verdict == '4') {
      outcome_.smtp.push_back("421");
      throw Gone{};
    }
    if (verdict == 'd') return {};
    if (refuses(verdict)) return text;
    if (play_.mta.postfix && mail->quarantined()) break;
  }
  outcome_.mails.push_back({message_, mail->finished(), std::move(accepted)});
  return {};
}

char Mta::show(Filter& filter, const Transaction&, HeldMail& mail, std::string& text) {
  const auto stopped = [&](Stage stage, std::string_view subject) {
    return oversight_ && oversight_->stops(filter.index, stage, message_, subject);
  };
  const bool leading_space = (filter.option.steps & step::kHeaderLeadingSpace) != 0;
  if (!understands(play_.mta.offer, 'T') && stopped(Stage::data, {})) return 'a';
  for (const HeaderLine& line : mail.shown()) {
    if (stopped(Stage::header, line.name)) return 'a';
    std::string_view value = line.value;
    if (!leading_space && value.starts_with(' ')) value.remove_prefix(1);
    const char verdict = ask(filter, 'L', packet_of(command::Header{line.name, value}), text);
    if (verdict != 'c') return verdict;
  }
  if (stopped(Stage::end_of_header, {})) return 'a';
  const char verdict = ask(filter, 'N', packet_of(command::EndOfHeader{}), text);
  if (verdict != 'c') return verdict;
  std::string last_piece;
  if (!mail.body().empty() && stopped(Stage::body, {})) return 'a';
  if (filter.wants('B') && !mail.body().empty()) {
    const char of_body = show_body(filter, mail, text, last_piece);
    if (of_body != 'c' && of_body != 's') return of_body;
  }
  if (stopped(Stage::end_of_message, {})) return 'a';
  return end(filter, mail, last_piece, text);
}

char Mta::show_body(Filter& filter, const HeldMail& mail, std::string& text, std::string& last_piece) {
  std::string_view rest = mail.body();
  const std::size_t piece = std::max(play_.mta.body_piece, rest.size() / 40 + 1);
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view chunk = rest.substr(0, piece);
    rest.remove_prefix(chunk.size());
    if (rest.empty() && !first && play_.mta.last_piece_at_end && !oversight_) {
      last_piece = chunk;
      return 'c';
    }
    const char verdict = ask(filter, 'B', packet_of(command::Body{chunk}), text);
    if (verdict != 'c') return verdict;
  }
  return 'c';
}

char Mta::end(Filter& filter, HeldMail& mail, std::string_view last_piece, std::string& text) {
  send_macros(filter, 'E');
  send(filter, packet_of(command::EndOfMessage{last_piece}));
  return receive(filter, text, &mail);
}

// --- Packets

char Mta::receive(Filter& filter, std::string& text, HeldMail* mail) {
  const bool leading_space = (filter.option.steps & step::kHeaderLeadingSpace) != 0;
  for (;;) {
    const auto packet = filter.link->receive();
    const auto answer = packet ? protocol::decode_reply({*packet}) : Result<protocol::Reply>(failure("gone"));
    if (!answer) {
      outcome_.smtp.push_back("451 gone");
      throw Gone{};
    }
    const char kind = (*packet)[4];
    switch (kind) {
      case 'c':
      case 'a':
      case 'd':
      case 's':
        return kind;
      case 'r':
        text = "550 5.7.1 Command rejected";
        return kind;
      case 't':
        text = "451 4.7.1 Service unavailable";
        return kind;
      case '4':
        text = "421";
        return kind;
      case 'y':
        text = std::get<reply::ReplyCode>(*answer).text;
        return kind;
      case 'p':
        break;
      default:
        if (mail && applied(filter, Stage::data)) mail->apply(*answer, leading_space);
    }
  }
}

void Mta::send(Filter& filter, std::string_view bytes) {
  if (filter.link->send(bytes, message_)) return;
  outcome_.smtp.push_back("451 gone");
  throw Gone{};
}

void Mta::send_macros(Filter& filter, char command) {
  if (std::string_view("CHMRTNE").find(command) == std::string_view::npos) return;
  if (!understands(filter.option, command)) return;
  struct Defined {
    std::string_view name;
    std::string value;
    bool usual = true;
  };
  std::vector<Defined> all;
  if (command == 'C') all = {{"j", "mx.example.org"}, {"v", play_.mta.postfix ? "Postfix 3.7.11" : "8.17.1"}};
  if (command != 'C' && command != 'H') all = {{"i", fmt::format("Q{}", message_)}};
  if (command == 'M') all.push_back({"{mail_addr}", sender_});
  if (command == 'R' && !recipient_.empty()) all.push_back({"{rcpt_addr}", recipient_});
  if (command == 'R' && recipient_.empty()) {
    all.push_back({"{rcpt_mailer}", "error"});
    all.push_back({"{rcpt_host}", "5.1.1"});
    all.push_back({"{rcpt_addr}", "no such user"});
  } else if (command == 'R') {
    all.push_back({"{rcpt_mailer}", "local"});
  }
  all.push_back({"{extra}", fmt::format("{}{}", command, message_), false});
  const auto list = protocol::SymbolLists(filter.symbols).find(symbol_stage(command));
  std::string pairs;
  for (const Defined& macro : all) {
    if (list.present ? !names(list.names, macro.name) : !macro.usual) continue;
    pairs.append(macro.name).push_back('\0');
    pairs.append(macro.value).push_back('\0');
  }
  if (pairs.empty()) return;
  send(filter,
       packet_of(command::DefineMacro{static_cast<protocol::CommandKind>(command), StringList(pairs)}));
}

}  // namespace milter_manager::simulation
