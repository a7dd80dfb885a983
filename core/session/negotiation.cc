// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/negotiation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace milter_manager::session {
namespace {

namespace action = protocol::action;
namespace step = protocol::step;
using protocol::CommandKind;
using protocol::SymbolStage;

struct EventRow {
  CommandKind kind;
  EventBits bits;
  StageSet stage;  // of conditions; 0 for none
};
constexpr EventRow kEvents[] = {
    {CommandKind::connect, {step::kNoConnect, step::kNoReplyConnect}, stage_bit(Stage::connect)},
    {CommandKind::helo, {step::kNoHelo, step::kNoReplyHelo}, stage_bit(Stage::helo)},
    {CommandKind::mail, {step::kNoMail, step::kNoReplyMail}, stage_bit(Stage::mail)},
    {CommandKind::recipient, {step::kNoRecipient, step::kNoReplyRecipient}, stage_bit(Stage::recipient)},
    {CommandKind::data, {step::kNoData, step::kNoReplyData}, stage_bit(Stage::data)},
    {CommandKind::unknown, {step::kNoUnknown, step::kNoReplyUnknown}, 0},
    {CommandKind::header, {step::kNoHeaders, step::kNoReplyHeader}, stage_bit(Stage::header)},
    {CommandKind::end_of_header,
     {step::kNoEndOfHeader, step::kNoReplyEndOfHeader},
     stage_bit(Stage::end_of_header)},
    {CommandKind::body, {step::kNoBody, step::kNoReplyBody}, stage_bit(Stage::body)},
};

// Steps with the bits that go without saying: a milter of an old version declines the events that came later, and to a
// declined event no answer comes.
std::uint32_t quiet_steps(const protocol::Option& option) {
  std::uint32_t steps = option.steps;
  for (const EventRow& row : kEvents) {
    if (!knows_command(option, row.kind)) steps |= row.bits.no_event;
    if (steps & row.bits.no_event) steps |= row.bits.no_reply;
  }
  return steps;
}

// What MTAs send without being asked, and what we need in any case: Postfix's milter_*_macros (postconf(5)) and
// Sendmail's confMILTER_MACROS_* together, so that a child without a list gets what it would get directly.
struct SymbolRow {
  SymbolStage stage;
  std::string_view needed;
  std::string_view defaults;
};
constexpr SymbolRow kSymbols[] = {
    {SymbolStage::connect, "v j", "j _ {daemon_name} {daemon_addr} {if_name} {if_addr} {daemon_port} v"},
    {SymbolStage::helo, "", "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"},
    {SymbolStage::mail, "i {auth_type} {auth_authen}",
     "i {auth_type} {auth_authen} {auth_author} {auth_ssf} {mail_addr} {mail_host} {mail_mailer}"},
    {SymbolStage::recipient, "i {rcpt_mailer} {rcpt_host} {rcpt_addr}",
     "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"},
    {SymbolStage::data, "i", "i"},
    {SymbolStage::end_of_message, "i", "i {msg_id}"},
    {SymbolStage::end_of_header, "i", "i"},
};

void add_names(std::vector<std::string_view>& names, std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(" ,"), list.size());
    const std::string_view name = list.substr(0, end);
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

std::string union_of_symbols(const Settings& settings, const KnownChildren& known) {
  std::string lists;
  for (const SymbolRow& row : kSymbols) {
    std::vector<std::string_view> names;
    bool asked = false;
    bool unasked = false;
    for (std::size_t i = 0; i < settings.children.size(); ++i) {
      const auto* knowledge = known.find(static_cast<int>(i));
      const auto found = knowledge ? protocol::SymbolLists(knowledge->symbols).find(row.stage)
                                   : protocol::SymbolLists::Found{};
      asked = asked || found.present;
      unasked = unasked || !found.present;
      add_names(names, found.names);
    }
    if (!asked) continue;
    if (unasked) add_names(names, row.defaults);
    add_names(names, row.needed);
    protocol::append_symbol_list(lists, row.stage, fmt::format("{}", fmt::join(names, " ")));
  }
  return lists;
}

}  // namespace

EventBits bits_of(CommandKind kind) {
  for (const EventRow& row : kEvents) {
    if (row.kind == kind) return row.bits;
  }
  return {};
}

// SMFIC_DATA, SMFIC_UNKNOWN: Sendmail, libmilter/docs.
bool knows_command(const protocol::Option& option, CommandKind kind) {
  if (kind == CommandKind::data) return option.version >= 4;
  return kind != CommandKind::unknown || option.version >= 3;
}

NegotiationAnswer answer_negotiation(const protocol::Option& offer, const Settings& settings,
                                     const KnownChildren& known) {
  std::uint32_t all = ~std::uint32_t{0};  // bits that every child asks for
  std::uint32_t any = 0;
  StageSet condition_stages = 0;
  bool trial = false;
  for (std::size_t i = 0; i < settings.children.size(); ++i) {
    const auto* knowledge = known.find(static_cast<int>(i));
    // What the MTA does not let it decline it will answer.
    all &= knowledge ? quiet_steps({std::min(knowledge->option.version, offer.version), 0,
                                    knowledge->option.steps & offer.steps})
                     : 0;
    any |= knowledge ? knowledge->option.steps : step::kYes;
    condition_stages |= settings.children[i].condition_stages;
    trial = trial || settings.children[i].enforcement_share.has_value();
  }

  NegotiationAnswer answer;
  answer.option.version = std::min(offer.version, protocol::kMaxVersion);
  answer.option.actions = offer.actions;
  std::uint32_t steps = any & step::kYes;
  for (const EventRow& row : kEvents) {
    const bool wanted_by_condition = (condition_stages & row.stage) != 0;
    if ((all & row.bits.no_event) && !wanted_by_condition) steps |= row.bits.no_event;
    if (all & row.bits.no_reply) steps |= row.bits.no_reply;
  }
  steps |= step::kNoReplyHeader;
  if (settings.rejected_recipients) steps |= step::kRejectedRecipients;
  if (settings.children.empty()) {
    // One step is left, to say manager.fallback_status. (There is no mail at CONNECT that could be discarded.)
    const bool discards = settings.fallback == Fallback::discard;
    steps = (step::kNoEvent | step::kNoReplyHeader) & ~(discards ? step::kNoMail : step::kNoConnect);
  } else if (settings.children.size() > 1 || trial) {
    // What MTA it is says macro v at CONNECT; the keys of a trial are the client and the recipients.
    steps &= ~(step::kNoConnect | step::kNoReplyConnect);
    if (trial) steps &= ~step::kNoRecipient;
  }
  if (settings.checks_client && !settings.children.empty()) steps &= ~step::kNoConnect;
  answer.option.steps = steps & offer.steps;
  if (offer.actions & action::kSetSymbolList) answer.symbols = union_of_symbols(settings, known);
  return answer;
}

Result<protocol::Option> agree(const protocol::Option& offer, const protocol::Option& told,
                               const protocol::Option& answer) {
  if (answer.version > offer.version) {
    return failure(
        fmt::format("it wants protocol version {}, the MTA offers {}", answer.version, offer.version));
  }
  if (answer.version < protocol::kMinVersion) {
    return failure(fmt::format("it answers with protocol version {}", answer.version));
  }
  const std::uint32_t lost = told.steps & step::kNoEvent & ~quiet_steps(answer);
  if (lost != 0) {
    return failure(
        fmt::format("it wants events that no milter wanted when the MTA was answered (declined: {})",
                    protocol::step_names(lost)));
  }
  return protocol::Option{answer.version, offer.actions & answer.actions, offer.steps & answer.steps};
}

}  // namespace milter_manager::session
