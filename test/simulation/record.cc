// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/record.h"

#include <fmt/format.h>

#include "core/protocol/reply.h"
#include "test/session/packet_text.h"

namespace milter_manager::simulation {
namespace {

constexpr std::string_view kFallbacks[] = {"accept", "reject", "temporary-failure", "discard"};
constexpr std::string_view kStages[] = {"connect", "helo",          "mail", "rcpt",          "data",
                                        "header",  "end-of-header", "body", "end-of-message"};
constexpr std::string_view kSymbolStages[] = {"connect", "helo",           "mail",         "rcpt",
                                              "data",    "end-of-message", "end-of-header"};

std::string name(std::size_t index) { return std::string(1, static_cast<char>('a' + index)); }

std::string stages(session::StageSet set) {
  std::string text;
  for (unsigned i = 0; i < std::size(kStages); ++i) {
    if ((set >> i & 1) != 0) text += (text.empty() ? "" : ",") + std::string(kStages[i]);
  }
  return text;
}

}  // namespace

Record::Record(const Play& play) {
  line("# SPDX-License-Identifier: GPL-3.0-or-later");
  line(fmt::format("# seed {}", play.seed));
  const session::Settings& settings = play.settings;
  for (std::size_t i = 0; i < play.milters.size(); ++i) {
    const session::ChildSettings& child = settings.children[i];
    const MilterManner& milter = play.milters[i];
    std::string text = fmt::format("child {} by-hand version={} actions=0x{:x} steps=0x{:x} fallback={}",
                                   child.name, milter.wish.version, milter.wish.actions, milter.wish.steps,
                                   kFallbacks[static_cast<int>(child.fallback)]);
    if (child.evaluation) text += " evaluation";
    if (child.enforcement_share) text += fmt::format(" enforcement-share={}", *child.enforcement_share);
    if (child.condition_stages) text += " conditions=" + stages(child.condition_stages);
    if (play.known[i] == 0) text += " unknown";
    for (std::uint32_t stage = 0; stage < protocol::kSymbolStages; ++stage) {
      const auto list = protocol::SymbolLists(milter.symbols).find(static_cast<protocol::SymbolStage>(stage));
      if (list.present) text += fmt::format(" {}=\"{}\"", kSymbolStages[stage], list.names);
    }
    line(text);
    const Fault& fault = play.faults[i];
    if (fault.trouble != Trouble::none) {
      line(fmt::format("# ({}: trouble {} at packet {}, in the first {} connections)", child.name,
                       static_cast<int>(fault.trouble), fault.at, fault.connections));
    }
    if (play.known[i] == 2) line("# (known as a milter that declines more than it does now)");
  }
  line(fmt::format("manager fallback={} chunk-size={} session-deadline={}{}",
                   kFallbacks[static_cast<int>(settings.fallback)], settings.chunk_size,
                   settings.session_deadline.count(),
                   settings.rejected_recipients ? " refused-recipients" : ""));
  line("without statistics");
}

void Record::child(std::size_t index, std::string_view text) {
  line(fmt::format("{} {}", name(index), text));
}
void Record::mta_says(std::string_view packet) { line("mta > " + session::command_text(packet)); }
void Record::mta_hears(std::string_view packet) { line("mta < " + session::reply_text(packet)); }
void Record::child_says(std::size_t index, std::string_view packet) {
  child(index, "> " + session::reply_text(packet));
}
void Record::child_hears(std::size_t index, std::string_view packet) {
  child(index, "< " + session::command_text(packet));
}
void Record::waits(session::Time::duration time) {
  line(fmt::format("wait {:.9f}", session::Seconds(time).count()));
}

void Record::condition(std::size_t index, session::Stage stage, bool stops, bool refused_recipient) {
  child(index, fmt::format("condition {} {}{}", kStages[static_cast<int>(stage)],
                           stops ? "stops X cond=1" : "passes cond=1",
                           refused_recipient ? " refused-recipient" : ""));
}

}  // namespace milter_manager::simulation
