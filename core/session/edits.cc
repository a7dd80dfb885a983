// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/session/engine.h"

namespace milter_manager::session {

namespace action = protocol::action;
namespace reply = protocol::reply;
namespace step = protocol::step;
using message::BodyStore;

namespace {

// More than this of one child for one message is an attack or a loop.
constexpr std::size_t kMaxEditBytes = std::size_t{16} << 20;
// Each is worked into the list that the next child is shown, which takes longer the longer that is.
constexpr int kMaxHeaderEdits = 10000;

std::uint32_t needed_action(protocol::ReplyKind kind) {
  switch (kind) {
    case protocol::ReplyKind::add_header:
    case protocol::ReplyKind::insert_header:
      return action::kAddHeaders;
    case protocol::ReplyKind::change_header:
      return action::kChangeHeaders;
    case protocol::ReplyKind::replace_body:
      return action::kChangeBody;
    case protocol::ReplyKind::add_recipient:
      return action::kAddRecipient;
    case protocol::ReplyKind::add_recipient_with_parameters:
      return action::kAddRecipientWithParameters;
    case protocol::ReplyKind::delete_recipient:
      return action::kDeleteRecipient;
    case protocol::ReplyKind::change_from:
      return action::kChangeFrom;
    case protocol::ReplyKind::quarantine:
      return action::kQuarantine;
    default:
      return 0;
  }
}

// The header that a reply adds or changes, with references into the reply.
struct HeaderEdit {
  std::string_view name;
  std::string_view value;
};
std::optional<HeaderEdit> header_edit(const protocol::Reply& answer) {
  if (const auto* add = std::get_if<reply::AddHeader>(&answer)) return HeaderEdit{add->name, add->value};
  if (const auto* insert = std::get_if<reply::InsertHeader>(&answer))
    return HeaderEdit{insert->name, insert->value};
  if (const auto* change = std::get_if<reply::ChangeHeader>(&answer))
    return HeaderEdit{change->name, change->value};
  return std::nullopt;
}

void set_value(protocol::Reply& answer, std::string_view value) {
  if (auto* add = std::get_if<reply::AddHeader>(&answer)) add->value = value;
  if (auto* insert = std::get_if<reply::InsertHeader>(&answer)) insert->value = value;
  if (auto* change = std::get_if<reply::ChangeHeader>(&answer)) change->value = value;
}

// Calls visit(reply, packet) for each packet in `packets`, all of which were decoded before.
template <typename Visit>
void for_each_edit(std::string_view packets, const Visit& visit) {
  protocol::Framer framer;
  const auto result = framer.feed(packets, [&](protocol::Packet packet) {
    const auto answer = protocol::decode_reply(packet);
    if (answer) visit(*answer);
    return true;
  });
  (void)result;
}

}  // namespace

void Session::Engine::edit(int index, const protocol::Reply& answer, protocol::Packet packet) {
  Child& child = at(index);
  const auto kind = static_cast<protocol::ReplyKind>(packet.kind());
  const std::uint32_t needed = needed_action(kind);
  if ((child.option.actions & needed) == 0) {
    fail(index,
         fmt::format("it sent {} without having asked for {}", name_of(kind), protocol::action_names(needed)),
         false);
    return;
  }
  if (const auto* body = std::get_if<reply::ReplaceBody>(&answer)) {
    replace_body(index, body->chunk);
    return;
  }
  if (kind == protocol::ReplyKind::quarantine) child.edits.quarantine = true;
  if (header_edit(answer)) {
    edit_header(child, answer, packet);
    ++child.edits.headers;
  } else {
    child.edits.packets += packet.raw;
  }
  if (child.edits.packets.size() > kMaxEditBytes || child.edits.headers > kMaxHeaderEdits)
    fail(index, "it changes the message without end", false);
}

void Session::Engine::replace_body(int index, std::string_view chunk) {
  Child& child = at(index);
  if (!enforced(child, Stage::data)) return;  // it will not be sent, so no disk may fail for it
  if (!child.edits.body) child.edits.body = actions_.create_body_store();
  switch (child.edits.body->append(chunk)) {
    case BodyStore::Progress::done:
      break;
    case BodyStore::Progress::pending:
      child.edits.pending = true;
      break;
    case BodyStore::Progress::failed:
      fail_message("the body that a milter replaced can't be kept");
      break;
  }
}

void Session::Engine::replacement_progressed(Child& child) {
  switch (child.edits.body->append({})) {
    case BodyStore::Progress::pending:
      return;
    case BodyStore::Progress::failed:
      fail_message("the body that a milter replaced can't be kept");
      return;
    case BodyStore::Progress::done:
      child.edits.pending = false;
  }
}

void Session::Engine::edit_header(Child& child, const protocol::Reply& answer, protocol::Packet packet) {
  const HeaderEdit header = *header_edit(answer);
  const bool deletes = std::holds_alternative<reply::ChangeHeader>(answer) && header.value.empty();
  if (!deletes) {
    std::string value;
    statistics::MilterHeaderAdd event{
        child.tag, statistics::prepare_name(header.name), {}, child.settings->name, false};
    event.truncated = statistics::prepare_value(header.value, value);
    event.value = value;
    actions_.report(event);
  }
  const bool mta_has_space = (told_.steps & step::kHeaderLeadingSpace) != 0;
  const bool child_has_space = (child.option.steps & step::kHeaderLeadingSpace) != 0;
  if (deletes || mta_has_space == child_has_space) {
    child.edits.packets += packet.raw;
    return;
  }
  std::string value(header.value);
  // Without the step an MTA puts a space behind the colon, whatever the value begins with.
  if (mta_has_space) value.insert(0, 1, ' ');
  if (!mta_has_space && value.starts_with(' ')) value.erase(0, 1);
  protocol::Reply adapted = answer;
  set_value(adapted, value);
  protocol::encode(adapted, child.edits.packets);
}

// The child's verdict lets the mail pass: its edits will be sent, and the next child sees the message with them.
void Session::Engine::adopt_edits(int index) {
  Child& child = at(index);
  child.edits.adopted = true;
  if (child.edits.body) {
    shown_body_ = child.edits.body.get();
    body_from_ = index;
  }
  for_each_edit(child.edits.packets, [&](const protocol::Reply& answer) {
    if (const auto* add = std::get_if<reply::AddHeader>(&answer)) {
      headers_.add(add->name, add->value);
    } else if (const auto* insert = std::get_if<reply::InsertHeader>(&answer)) {
      headers_.insert(insert->index, insert->name, insert->value);
    } else if (const auto* change = std::get_if<reply::ChangeHeader>(&answer)) {
      headers_.change(change->index, change->name, change->value);
    }
  });
  if (!child.edits.quarantine) return;
  quarantined_ = true;
  if (!is_postfix()) return;
  // Postfix puts the message on hold and shows it to no later milter (cleanup_milter.c).
  for (int i = index + 1; i < count(); ++i) {
    Child& later = at(i);
    if (!later.in_message) continue;
    cut(later);
    abort_message(i);
  }
}

void Session::Engine::conclude() {
  emitting_ = true;
  emit_child_ = 0;
  emit_offset_ = 0;
  pump_emission();
}

// The edits go out in the children's order, the body of the last one that replaced it behind them, then the verdict.
void Session::Engine::pump_emission() {
  for (; emit_child_ < children_.size(); ++emit_child_) {
    if (mta_blocked_) return;
    const Child& child = children_[emit_child_];
    if (!child.edits.adopted || child.edits.packets.empty()) continue;
    actions_.send_to_mta(child.edits.packets);
    report_emitted(child.edits.packets);
  }
  if (body_from_ >= 0 && !emit_body(*at(body_from_).edits.body)) return;
  emitting_ = false;
  message_verdict_ = Verdict{continued_ ? Verdict::Kind::continue_ : Verdict::Kind::accept, {}};
  end_step(Verdict(*message_verdict_));
}

// Whether all is sent.
bool Session::Engine::emit_body(BodyStore& body) {
  do {
    if (mta_blocked_) return false;
    const auto read = body.read(emit_offset_, settings_->chunk_size);
    if (read.progress == BodyStore::Progress::pending) return false;
    if (read.progress == BodyStore::Progress::failed) {
      log(Severity::error, "[message][error] the body that a milter replaced can't be read");
      emitting_ = false;
      // Part of it may have been sent: nothing but a later try gives a whole mail.
      decide({Verdict::Kind::temporary_failure, {}}, -1);
      return false;
    }
    out_.clear();
    protocol::append_packet(out_, 'b', read.bytes);
    actions_.send_to_mta(out_);
    emit_offset_ += read.bytes.size();
    if (read.bytes.empty()) break;
  } while (emit_offset_ < body.size_bytes());
  return true;
}

void Session::Engine::report_emitted(std::string_view packets) {
  for_each_edit(packets, [&](const protocol::Reply& answer) {
    if (std::holds_alternative<reply::Quarantine>(answer)) actions_.report(statistics::Quarantined{tag_});
    const auto header = header_edit(answer);
    if (!header || (std::holds_alternative<reply::ChangeHeader>(answer) && header->value.empty())) return;
    std::string value;
    statistics::SessionHeaderAdd event{tag_, statistics::prepare_name(header->name), {}, false};
    event.truncated = statistics::prepare_value(header->value, value);
    event.value = value;
    actions_.report(event);
  });
}

}  // namespace milter_manager::session
