// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/option.h"
#include "core/session/settings.h"
#include "test/simulation/dice.h"

namespace milter_manager::simulation {

// Which message it is: connection * 1000 + message; 0 before the first message of a connection (* 1000).
using MessageId = std::uint32_t;
constexpr MessageId kFirstConnection = 1000;
constexpr MessageId connection_of(MessageId message) { return message / 1000; }

// What the SMTP client does.
struct Recipient {
  std::string address;
  bool refused_by_mta = false;
};
struct HeaderLine {
  std::string name;
  std::string value;  // as it stands behind the colon, mostly with a leading space
};
enum class GiveUp { never, after_mail, after_recipients, after_data };
struct Transaction {
  std::string sender;
  std::vector<std::string> sender_arguments;
  std::vector<Recipient> recipients;
  std::vector<HeaderLine> headers;
  std::string body;
  GiveUp give_up = GiveUp::never;
  bool unknown_before = false;  // a command that the MTA does not know
  bool unknown_within = false;
};
struct Visit {  // from CONNECT to QUIT or QUIT_NC
  std::string address;
  std::string helo;
  bool helo_again = false;
  std::vector<Transaction> transactions;
};

// How the MTA is.
struct MtaManner {
  bool postfix = true;
  protocol::Option offer;
  bool aborts_always = true;  // after each message, as Postfix does
  bool asks_on = false;       // goes on after a refusal at CONNECT or HELO (only with one milter)
  bool writes_ahead = true;   // does not wait where no reply is due
  std::size_t body_piece = 65535;
  bool last_piece_at_end = false;  // in the end-of-message packet
};

// How a milter is. What it answers follows from `seed` and what it sees, not from time or order.
struct MilterManner {
  std::uint64_t seed = 0;
  protocol::Option wish;
  std::string symbols;              // bytes of protocol::SymbolLists
  unsigned envelope_permille = 30;  // of verdicts other than continue
  unsigned content_permille = 30;
  unsigned end_permille = 150;
  unsigned edit_percent = 60;
  unsigned refusal_percent = 60;  // of those verdicts
};

// What befalls a milter's connections; counted in the packets that it has heard.
enum class Trouble {
  none,
  refuses,
  never_connects,
  hangs,
  closes,
  closes_within_reply,
  garbage,
  broken_packet,
  wrong_reply,
  unasked_reply,
  slow,
  never_reads,
  fails_itself
};
struct Fault {
  Trouble trouble = Trouble::none;
  int at = 0;
  int connections = 1;  // the first so many connections
};

struct Play {
  std::uint64_t seed = 0;
  bool calm = true;  // nothing goes wrong: the outcome can be compared
  MtaManner mta;
  std::vector<Visit> visits;
  std::vector<MilterManner> milters;
  session::Settings settings;
  std::vector<int> known;  // by child: 0 not known, 1 as it is, 2 as it was once
  std::vector<std::uint64_t> condition_seeds;
  unsigned condition_percent = 10;
  std::vector<Fault> faults;
  enum class Disk { works, slow, fails } disk = Disk::works;
  enum class Leaving { quits, closes, hangs, garbage, manager_stops, client_gone } leaving = Leaving::quits;
  std::size_t leaving_at = 0;  // bytes that the MTA has sent by then
  bool peers_block = false;
};

// All of it follows from the seed.
Play play_of(std::uint64_t seed);

// Whether the conditions of a milter stop it; what is asked about is `subject` (a recipient, a header's name).
bool condition_stops(const Play& play, std::size_t child, session::Stage stage, MessageId message,
                     std::string_view subject);

}  // namespace milter_manager::simulation
