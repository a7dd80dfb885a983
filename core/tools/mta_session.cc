// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/mta_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/esmtp.h"
#include "core/protocol/macro.h"
#include "core/tools/describe.h"

namespace milter_manager::tools {
namespace {

using namespace protocol;

constexpr std::size_t kChunkBytes = 65535;

struct StepRule {
  CommandKind kind;
  std::uint32_t not_wanted;
  std::uint32_t not_answered;
  std::uint32_t since_version = kMinVersion;
};

constexpr StepRule kStepRules[] = {
    {CommandKind::connect, step::kNoConnect, step::kNoReplyConnect},
    {CommandKind::helo, step::kNoHelo, step::kNoReplyHelo},
    {CommandKind::mail, step::kNoMail, step::kNoReplyMail},
    {CommandKind::recipient, step::kNoRecipient, step::kNoReplyRecipient},
    {CommandKind::unknown, step::kNoUnknown, step::kNoReplyUnknown, 3},
    {CommandKind::data, step::kNoData, step::kNoReplyData, 4},
    {CommandKind::header, step::kNoHeaders, step::kNoReplyHeader},
    {CommandKind::end_of_header, step::kNoEndOfHeader, step::kNoReplyEndOfHeader},
    {CommandKind::body, step::kNoBody, step::kNoReplyBody},
    {CommandKind::end_of_message, 0, 0},
};

const StepRule& rule_of(CommandKind kind) {
  return *std::find_if(std::begin(kStepRules), std::end(kStepRules),
                       [kind](const StepRule& rule) { return rule.kind == kind; });
}

constexpr struct {
  CommandKind kind;
  SymbolStage stage;
} kSymbolStageOf[] = {
    {CommandKind::connect, SymbolStage::connect},
    {CommandKind::helo, SymbolStage::helo},
    {CommandKind::mail, SymbolStage::mail},
    {CommandKind::recipient, SymbolStage::recipient},
    {CommandKind::data, SymbolStage::data},
    {CommandKind::end_of_header, SymbolStage::end_of_header},
    {CommandKind::end_of_message, SymbolStage::end_of_message},
};

Status status_of(const reply::ReplyCode& code) {
  return is_temporary(code) ? Status::temporary_failure : Status::reject;
}

}  // namespace

std::string_view name_of(Status status) {
  constexpr std::string_view kNames[] = {"pass",    "accept",     "reject", "temporary-failure",
                                         "discard", "quarantine", "abort",  "error"};
  return kNames[static_cast<std::size_t>(status)];
}

MtaSession::MtaSession(const Script& script) : script_(script), mail_(script.mail) {}

void MtaSession::start(std::string& out) {
  encode(command::Negotiate{{script_.version, action::kAll, step::kAll}}, out);
}

// All that is to be said after the negotiation; advance() leaves out what is not wanted.
void MtaSession::plan() {
  steps_ = {{CommandKind::connect}, {CommandKind::helo}, {CommandKind::mail}};
  for (std::size_t i = 0; i < script_.mail.recipients.size(); ++i)
    steps_.push_back({CommandKind::recipient, i});
  if (script_.unknown) steps_.push_back({CommandKind::unknown});
  steps_.push_back({CommandKind::data});
  for (std::size_t i = 0; i < script_.mail.headers.size(); ++i) steps_.push_back({CommandKind::header, i});
  steps_.push_back({CommandKind::end_of_header});
  for (const std::string_view piece : script_.mail.body) {
    for (std::size_t at = 0; at < piece.size(); at += kChunkBytes) {
      steps_.push_back({CommandKind::body, 0, piece.substr(at, kChunkBytes)});
    }
  }
  steps_.push_back({CommandKind::end_of_message});
}

bool MtaSession::wanted(const Step& step) const {
  const StepRule& rule = rule_of(step.kind);
  if (step.kind == CommandKind::body && skip_body_) return false;
  return option_.version >= rule.since_version && (option_.steps & rule.not_wanted) == 0;
}

// Goes on to the next command that is answered.
void MtaSession::advance(std::string& out) {
  while (true) {
    const Step& step = steps_[next_];
    if (step.kind != CommandKind::recipient && no_recipient_left()) {
      return end(last_refusal_, last_refusal_code_, out);
    }
    ++next_;
    if (!wanted(step)) continue;
    say(step, out);
    waiting_for_ = step.kind;
    if ((option_.steps & rule_of(step.kind).not_answered) == 0) return;
  }
}

bool MtaSession::no_recipient_left() const {
  return refusals_ > 0 && refusals_ == script_.mail.recipients.size();
}

void MtaSession::say_macros(const Step& step, std::string& out) const {
  Macros macros;
  if (const auto given = script_.macros.find(step.kind); given != script_.macros.end())
    macros = given->second;
  if (step.kind == CommandKind::recipient) {
    macros.try_emplace("rcpt_addr", address_of(script_.mail.recipients[step.index]));
  }
  MacroTable table;
  for (const auto& [name, value] : macros) table.set(step.kind, name, value);
  std::string pairs(table.pairs(step.kind));
  for (const auto& [kind, stage] : kSymbolStageOf) {
    if (kind != step.kind) continue;
    const auto listed = SymbolLists(symbols_).find(stage);
    if (listed.present) pairs = table.subset(step.kind, listed.names);
  }
  if (!pairs.empty()) encode(command::DefineMacro{step.kind, StringList(pairs)}, out);
}

void MtaSession::say(const Step& step, std::string& out) const {
  say_macros(step, out);
  const Mail& mail = script_.mail;
  switch (step.kind) {
    case CommandKind::connect:
      return encode(command::Connect{script_.host, script_.family, script_.port, script_.address}, out);
    case CommandKind::helo:
      return encode(command::Helo{script_.helo}, out);
    case CommandKind::mail:
      return encode(command::Mail{mail.sender, {}}, out);
    case CommandKind::recipient:
      return encode(command::Recipient{mail.recipients[step.index], {}}, out);
    case CommandKind::unknown:
      return encode(command::Unknown{*script_.unknown}, out);
    case CommandKind::data:
      return encode(command::Data{}, out);
    case CommandKind::header: {
      const Header& header = mail.headers[step.index];
      const bool with_blank = (option_.steps & step::kHeaderLeadingSpace) != 0;
      const std::string value = with_blank ? " " + header.value : header.value;
      return encode(command::Header{header.name, value}, out);
    }
    case CommandKind::end_of_header:
      return encode(command::EndOfHeader{}, out);
    case CommandKind::body:
      return encode(command::Body{step.chunk}, out);
    default:
      return encode(command::EndOfMessage{}, out);
  }
}

void MtaSession::received(Packet packet, std::string& out) {
  const auto reply = decode_reply(packet);
  if (!reply) return fail(reply.error().message);
  if (waiting_for_ == CommandKind::negotiate) return negotiated(*reply, out);
  if (waiting_for_ == CommandKind::end_of_message && edited(*reply)) return;
  answered(*reply, out);
}

void MtaSession::negotiated(const Reply& reply, std::string& out) {
  const auto* negotiate = std::get_if<reply::Negotiate>(&reply);
  if (!negotiate) return fail(fmt::format("The milter refused the negotiation: {}", describe(reply)));
  option_ = negotiate->option;
  if (option_.version < kMinVersion || option_.version > script_.version) {
    return fail(fmt::format("The milter answered with protocol version {}, offered was {}", option_.version,
                            script_.version));
  }
  if ((option_.actions & ~action::kAll) != 0 || (option_.steps & ~step::kAll) != 0) {
    return fail(fmt::format("The milter asks for what was not offered: {}", describe(reply)));
  }
  symbols_ = negotiate->symbols.bytes();
  outcome_.negotiated = true;
  plan();
  advance(out);
}

// What a milter may say at the end of the message before its verdict.
bool MtaSession::edited(const Reply& reply) {
  if (const auto* quarantine = std::get_if<reply::Quarantine>(&reply)) {
    quarantined_ = true;
    outcome_.quarantine_reason = quarantine->reason;
    return true;
  }
  return std::holds_alternative<reply::Progress>(reply) ||
         mail_.apply(reply, (option_.steps & step::kHeaderLeadingSpace) != 0);
}

void MtaSession::answered(const Reply& reply, std::string& out) {
  const bool at_end = waiting_for_ == CommandKind::end_of_message;
  if (std::holds_alternative<reply::Continue>(reply)) {
    return at_end ? end(Status::pass, {}, out) : advance(out);
  }
  if (std::holds_alternative<reply::Skip>(reply) && waiting_for_ == CommandKind::body) {
    skip_body_ = true;
    return advance(out);
  }
  if (std::holds_alternative<reply::Accept>(reply)) return end(Status::accept, {}, out);
  if (std::holds_alternative<reply::Discard>(reply)) return end(Status::discard, {}, out);
  if (std::holds_alternative<reply::Reject>(reply)) return refused(Status::reject, {}, out);
  if (std::holds_alternative<reply::TemporaryFailure>(reply))
    return refused(Status::temporary_failure, {}, out);
  if (const auto* code = std::get_if<reply::ReplyCode>(&reply))
    return refused(status_of(*code), code->text, out);
  if (std::holds_alternative<reply::Shutdown>(reply)) return end(Status::abort, {}, out);
  if (std::holds_alternative<reply::ConnectionFailure>(reply)) return end(Status::error, {}, out);
  fail(fmt::format("The milter answered {} with what is no answer to that: {}", name_of(waiting_for_),
                   describe(reply)));
}

void MtaSession::refused(Status status, std::string_view reply_code, std::string& out) {
  if (waiting_for_ != CommandKind::recipient) return end(status, reply_code, out);
  ++refusals_;
  last_refusal_ = status;
  last_refusal_code_ = reply_code;
  mail_.delete_recipient(script_.mail.recipients[steps_[next_ - 1].index]);
  advance(out);
}

void MtaSession::end(Status status, std::string_view reply_code, std::string& out) {
  const bool passes = status == Status::pass || status == Status::accept;
  outcome_.status = passes && quarantined_ ? Status::quarantine : status;
  outcome_.reply_code = reply_code;
  outcome_.mail = mail_.mail();
  if (waiting_for_ != CommandKind::end_of_message) encode(command::Abort{}, out);
  encode(command::Quit{}, out);
  finished_ = true;
}

void MtaSession::fail(std::string message) {
  outcome_.status = Status::error;
  outcome_.error = std::move(message);
  finished_ = true;
}

void MtaSession::lost(std::string_view reason) {
  fail(fmt::format("{} at {}", reason, name_of(waiting_for_)));
}

}  // namespace milter_manager::tools
