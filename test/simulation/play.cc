// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/play.h"

#include <fmt/format.h>

#include "core/protocol/reply.h"

namespace milter_manager::simulation {
namespace {

namespace step = protocol::step;
using session::Fallback;

constexpr const char* kHeaderNames[] = {"Subject", "X-A", "x-a", "To", "Cc", "X-Long-Name", "Date"};

// What MTAs offered when that version was theirs (Sendmail, include/libmilter/mfdef.h).
protocol::Option full_offer(std::uint32_t version) {
  constexpr std::uint32_t kSteps[] = {0x7f, 0x17f, 0x3ff, 0x3ff, step::kAll};
  return {version, version < 6 ? 0x3fu : protocol::action::kAll, kSteps[version - 2]};
}

protocol::Option offer(Dice& dice) {
  protocol::Option made = full_offer(6);
  if (dice.percent(30)) made = full_offer(static_cast<std::uint32_t>(2 + dice.below(5)));
  if (dice.percent(10)) made.steps &= static_cast<std::uint32_t>(dice.next());
  if (dice.percent(5))
    made.actions &= static_cast<std::uint32_t>(dice.next()) | protocol::action::kAddHeaders;
  return made;
}

Transaction transaction(Dice& dice, int number) {
  Transaction made;
  made.sender = dice.percent(5) ? "<>" : fmt::format("<sender{}@example.net>", number);
  if (dice.percent(20)) made.sender_arguments = {"SIZE=100", "BODY=8BITMIME"};
  for (std::size_t i = 0, count = 1 + dice.below(3); i < count; ++i) {
    made.recipients.push_back(
        {fmt::format("<user{}@example.{}>", i, dice.one_of({"org", "com", "net"})), dice.percent(8)});
  }
  for (std::size_t i = 0, count = dice.below(6); i < count; ++i) {
    std::string value = dice.percent(85) ? " " : dice.percent(50) ? "" : "  ";
    value += dice.percent(95) ? fmt::format("value {}", i) : "";
    if (dice.percent(10)) value += "\n\tfolded";
    made.headers.push_back({dice.one_of(kHeaderNames), value});
  }
  const std::size_t size = dice.percent(20) ? 0 : dice.percent(97) ? 1 + dice.below(60) : dice.below(150000);
  made.body.assign(size, 'x');
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 40); ++i)
    made.body[i] = static_cast<char>(dice.below(256));
  if (dice.percent(10))
    made.give_up = dice.one_of({GiveUp::after_mail, GiveUp::after_recipients, GiveUp::after_data});
  made.unknown_before = dice.percent(4);
  made.unknown_within = dice.percent(4);
  return made;
}

MtaManner mta_manner(Dice& dice) {
  MtaManner made;
  made.postfix = dice.percent(50);
  made.offer = offer(dice);
  made.aborts_always = dice.percent(made.postfix ? 90 : 30);
  made.asks_on = dice.percent(20);
  made.writes_ahead = dice.percent(80);
  made.body_piece = dice.percent(50) ? 65535 : 1 + dice.below(30);
  made.last_piece_at_end = dice.percent(10);
  return made;
}

std::string symbols(Dice& dice) {
  std::string lists;
  for (std::uint32_t stage = 0; stage < protocol::kSymbolStages; ++stage) {
    if (!dice.percent(40)) continue;
    protocol::append_symbol_list(
        lists, static_cast<protocol::SymbolStage>(stage),
        dice.one_of({"i", "j {mail_addr} {extra}", "{rcpt_addr} i", "", "{extra},{absent}"}));
  }
  return lists;
}

MilterManner milter_manner(Dice& dice) {
  MilterManner made;
  made.seed = dice.next();
  made.wish = {6, protocol::action::kAll, 0};
  if (dice.percent(15)) made.wish.version = static_cast<std::uint32_t>(2 + dice.below(5));
  if (dice.percent(15)) made.wish.actions = static_cast<std::uint32_t>(dice.next()) & protocol::action::kAll;
  if (dice.percent(60)) made.wish.steps = static_cast<std::uint32_t>(dice.next() & dice.next()) & step::kAll;
  if (dice.percent(10)) made.wish.steps |= static_cast<std::uint32_t>(dice.next()) & step::kAll;
  if (dice.percent(40)) made.wish.steps |= step::kSkip;
  if (dice.percent(20)) made.symbols = symbols(dice);
  if (made.wish.version < 6) made.symbols.clear();
  made.envelope_permille = dice.one_of({0u, 15u, 15u, 60u});
  made.content_permille = dice.one_of({0u, 15u, 60u});
  made.end_permille = dice.one_of({0u, 100u, 300u});
  made.edit_percent = dice.one_of({0u, 50u, 90u});
  made.refusal_percent = dice.one_of({20u, 60u, 90u});
  return made;
}

Fallback fallback(Dice& dice) {
  return dice.one_of({Fallback::accept, Fallback::temporary_failure, Fallback::temporary_failure,
                      Fallback::reject, Fallback::discard});
}

void settings_of(Play& play, Dice& dice) {
  session::Settings& settings = play.settings;
  settings.fallback = play.calm ? Fallback::accept : fallback(dice);
  settings.chunk_size = dice.one_of<std::size_t>({1000, 65535, 65535, 7});
  settings.rejected_recipients = dice.percent(20);
  if (!play.calm && dice.percent(20))
    settings.session_deadline = session::Seconds(60.0 + static_cast<double>(dice.below(600)));
  for (std::size_t i = 0; i < play.milters.size(); ++i) {
    session::ChildSettings child;
    child.name = std::string(1, static_cast<char>('a' + i));
    child.fallback = fallback(dice);
    child.evaluation = dice.percent(15);
    if (dice.percent(15)) child.enforcement_share = dice.one_of({0.0, 0.5, 0.5, 1.0});
    if (dice.percent(25))
      child.condition_stages = static_cast<session::StageSet>(dice.next() & dice.next()) & 0x1ff;
    settings.children.push_back(child);
    play.condition_seeds.push_back(dice.next());
    play.known.push_back(dice.percent(80) ? 1 : play.calm || dice.percent(50) ? 0 : 2);
  }
}

void troubles(Play& play, Dice& dice) {
  using enum Trouble;
  for (Fault& fault : play.faults) {
    if (dice.percent(40)) continue;
    fault.trouble =
        dice.one_of({refuses, never_connects, hangs, hangs, closes, closes, closes_within_reply, garbage,
                     broken_packet, wrong_reply, unasked_reply, slow, slow, never_reads, fails_itself});
    fault.at = static_cast<int>(dice.percent(60) ? dice.below(12) : dice.below(40));
    fault.connections = static_cast<int>(1 + dice.below(3));
  }
  if (dice.percent(10)) play.disk = Play::Disk::fails;
  if (dice.percent(35)) {
    using enum Play::Leaving;
    play.leaving = dice.one_of({closes, closes, hangs, garbage, manager_stops, client_gone});
    play.leaving_at = dice.below(dice.percent(50) ? 300 : 1500);
  }
}

}  // namespace

Play play_of(std::uint64_t seed) {
  Dice dice(seed);
  Play play;
  play.seed = seed;
  play.calm = dice.percent(60);
  play.mta = mta_manner(dice);
  int number = 0;
  for (std::size_t visit = 0, visits = dice.percent(90) ? 1 : 2; visit < visits; ++visit) {
    Visit made;
    made.address = fmt::format("192.0.{}.{}", dice.below(8), 1 + dice.below(200));
    made.helo = dice.percent(95) ? "client.example.net" : "";
    made.helo_again = dice.percent(5);
    for (std::size_t i = 0, count = dice.below(3) + (dice.percent(90) ? 1 : 0); i < count; ++i) {
      made.transactions.push_back(transaction(dice, ++number));
    }
    play.visits.push_back(made);
  }
  const std::size_t children = dice.percent(2) ? 0 : 1 + dice.below(3) + (dice.percent(5) ? 1 : 0);
  for (std::size_t i = 0; i < children; ++i) play.milters.push_back(milter_manner(dice));
  settings_of(play, dice);
  play.faults.resize(children);
  play.disk = dice.percent(30) ? Play::Disk::slow : Play::Disk::works;
  play.peers_block = dice.percent(30);
  for (const Visit& visit : play.visits) {
    for (const Transaction& mail : visit.transactions) {
      // So many pieces would take longer than an MTA waits.
      if (mail.body.size() > 1000) play.settings.chunk_size = 65535;
    }
  }
  if (!play.calm) troubles(play, dice);
  return play;
}

bool condition_stops(const Play& play, std::size_t child, session::Stage stage, MessageId message,
                     std::string_view subject) {
  const std::uint64_t question =
      scramble(play.condition_seeds[child], message * 16 + static_cast<unsigned>(stage));
  return scramble(question, subject) % 100 < play.condition_percent;
}

}  // namespace milter_manager::simulation
