// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/statistics/escape.h"
#include "core/statistics/event.h"
#include "core/statistics/scanner.h"

namespace milter_manager::statistics {
namespace {

using Parsed = std::optional<Event>;

class Parser {
 public:
  Parser(std::string_view text, Escapes escapes, std::string& scratch)
      : scanner_(text), escapes_(escapes), unescape_(text, scratch) {}

  Parsed parse() {
    if (scanner_.next_is("[milter]")) return milter();
    if (scanner_.next_is("[session]")) return session();
    if (scanner_.next_is("[sessions][finished] ")) return sessions_finished();
    if (scanner_.next_is("[message][end]")) return message_end();
    if (scanner_.next_is("[heartbeat]")) return heartbeat();
    if (scanner_.next_is("[reply]")) return reply();
    if (scanner_.next_is("[maintain][memory] (")) return maintain_memory();
    if (scanner_.next_is("[abort]")) return complete(OldAbort{scanner_.word(parse_state)});
    return std::nullopt;
  }

 private:
  Parsed milter() {
    if (scanner_.next_is("[header][add]")) return milter_header_add();
    if (scanner_.next_is("[end]")) return milter_end();
    if (scanner_.next_is("[message]")) return milter_message();
    if (scanner_.next_is("[load]")) return milter_load();
    if (scanner_.next_is("[start]")) {
      MilterStart event;
      event.tag = tag();
      event.name = last();
      return complete(event);
    }
    return std::nullopt;
  }

  Parsed session() {
    if (scanner_.next_is("[end]")) return session_end();
    if (scanner_.next_is("[header][add]")) return session_header_add();
    if (scanner_.next_is("[disconnected]")) {
      SessionDisconnected event;
      event.elapsed = scanner_.bracketed_seconds();
      event.tag = tag();
      return complete(event);
    }
    if (scanner_.next_is("[start]")) return complete(SessionStart{tag()});
    return std::nullopt;
  }

  // Both kinds of ends had one bracket, the elapsed time, in old versions.
  bool is_old_end() const {
    Scanner ahead = scanner_;
    ahead.bracket();
    return ahead.at('(');
  }

  Parsed session_end() {
    if (is_old_end()) {
      OldSessionEnd old;
      old.elapsed = scanner_.bracketed_seconds();
      old.tag = tag();
      return complete(old);
    }
    SessionEnd event;
    event.state = scanner_.word(parse_state);
    event.status = scanner_.word(parse_status);
    event.elapsed = scanner_.bracketed_seconds();
    event.tag = tag();
    return complete(event);
  }

  Parsed milter_end() {
    if (is_old_end()) {
      OldMilterEnd old;
      old.elapsed = scanner_.bracketed_seconds();
      old.tag = tag();
      old.name = last();
      return complete(old);
    }
    MilterEnd event;
    event.state = scanner_.word(parse_state);
    event.status = scanner_.word(parse_status);
    event.elapsed = scanner_.bracketed_seconds();
    event.tag = tag();
    event.name = last();
    return complete(event);
  }

  Parsed milter_header_add() {
    MilterHeaderAdd event;
    event.tag = tag();
    scanner_.literal(": <");
    if (escapes_ == Escapes::undone) {
      event.header = undo(scanner_.until(">"));
      scanner_.literal("=<");
      event.value = value(scanner_.until(">"), event.truncated);
      event.milter = last();
      return complete(event);
    }
    // Raw values come from mails and may hold anything, milters' names come from the configuration: the last mark
    // that could end the value does.
    event.header = scanner_.until(">=<");
    event.value = scanner_.until_last(">: ");
    event.milter = scanner_.rest();
    return complete(event);
  }

  Parsed session_header_add() {
    SessionHeaderAdd event;
    event.tag = tag();
    scanner_.literal(": <");
    if (escapes_ == Escapes::undone) {
      event.header = undo(scanner_.until(">"));
      scanner_.literal("=<");
      event.value = value(scanner_.until(">"), event.truncated);
    } else {
      event.header = scanner_.until(">=<");
      event.value = scanner_.until_last(">");
    }
    return complete(event);
  }

  Parsed sessions_finished() {
    SessionsFinished event;
    event.total = scanner_.number<std::uint64_t>();
    scanner_.literal("(+");
    event.added = scanner_.number<std::uint64_t>();
    scanner_.literal(") ");
    event.processing = scanner_.number<std::uint64_t>();
    return complete(event);
  }

  Parsed maintain_memory() {
    MaintainMemory event;
    event.kilobytes = scanner_.number<std::uint64_t>();
    scanner_.literal("KB)");
    if (scanner_.next_is(" ")) event.rest = undo(scanner_.rest());
    return complete(event);
  }

  Parsed reply() {
    if (scanner_.next_is("[end-of-message][quarantine](")) {
      Quarantined event;
      event.tag = scanner_.number<std::uint32_t>();
      scanner_.literal(")");
      return complete(event);
    }
    OldReply event;
    event.state = scanner_.word(parse_state);
    const std::string_view word = scanner_.bracket();
    const std::optional<Status> status = parse_status(word);
    if (!status) return std::nullopt;
    event.status = *status;
    event.is_continue = word == "continue";
    return complete(event);
  }

  Parsed message_end() {
    MessageEnd event;
    event.state = scanner_.word(parse_state);
    event.status = scanner_.word(parse_status);
    event.elapsed = scanner_.bracketed_seconds();
    event.bytes = scanner_.bracketed_number<std::uint64_t>();
    event.recipients = scanner_.bracketed_number<std::uint64_t>();
    event.refused = scanner_.bracketed_number<std::uint64_t>();
    scanner_.literal("(");
    event.session = scanner_.number<std::uint32_t>();
    scanner_.literal(".");
    event.number = scanner_.number<std::uint32_t>();
    scanner_.literal("): ");
    event.queue_id = optional_word(scanner_.rest());
    return complete(event);
  }

  Parsed milter_message() {
    MilterMessage event;
    event.state = scanner_.word(parse_state);
    event.status = scanner_.word(parse_status);
    event.group = scanner_.word(parse_group);
    event.cause = scanner_.word(parse_cause);
    event.recipients = scanner_.bracketed_number<std::uint64_t>();
    event.rejected = scanner_.bracketed_number<std::uint64_t>();
    event.deferred = scanner_.bracketed_number<std::uint64_t>();
    event.waited = scanner_.bracketed_seconds();
    event.final_waited = scanner_.bracketed_seconds();
    event.epoch = scanner_.optional_bracketed_seconds();
    scanner_.literal("(");
    event.session = scanner_.number<std::uint32_t>();
    scanner_.literal(".");
    event.number = scanner_.number<std::uint32_t>();
    scanner_.literal(".");
    event.child = scanner_.number<std::uint32_t>();
    scanner_.literal("): ");
    event.queue_id = optional_word(scanner_.until(": "));
    event.condition = optional_word(scanner_.until(": "));
    event.name = undo(scanner_.rest());
    return complete(event);
  }

  Parsed milter_load() {
    MilterLoad event;
    event.span = scanner_.bracketed_seconds();
    event.epoch = scanner_.bracketed_seconds();
    event.open = scanner_.bracketed_number<std::uint64_t>();
    event.busy = scanner_.bracketed_number<std::uint64_t>();
    event.busy_mean = scanner_.bracketed_seconds();
    event.busy_max = scanner_.bracketed_number<std::uint64_t>();
    event.p50 = scanner_.optional_bracketed_seconds();
    event.p95 = scanner_.optional_bracketed_seconds();
    event.p99 = scanner_.optional_bracketed_seconds();
    event.messages = scanner_.bracketed_number<std::uint64_t>();
    event.errors = scanner_.bracketed_number<std::uint64_t>();
    event.timeouts = scanner_.bracketed_number<std::uint64_t>();
    event.name = last();
    return complete(event);
  }

  Parsed heartbeat() {
    Heartbeat event;
    event.span = scanner_.bracketed_seconds();
    event.epoch = scanner_.bracketed_seconds();
    event.lines = scanner_.bracketed_number<std::uint64_t>();
    event.sessions = scanner_.bracketed_number<std::uint64_t>();
    event.open = scanner_.bracketed_number<std::uint64_t>();
    event.children = scanner_.bracketed_number<std::uint64_t>();
    event.dropped = scanner_.bracketed_number<std::uint64_t>();
    return complete(event);
  }

  // "(TAG)"
  std::uint32_t tag() {
    scanner_.literal("(");
    const auto number = scanner_.number<std::uint32_t>();
    scanner_.literal(")");
    return number;
  }
  // ": TEXT" up to the line's end
  std::string_view last() {
    scanner_.literal(": ");
    return undo(scanner_.rest());
  }
  std::string_view optional_word(std::string_view text) {
    return text == "-" ? std::string_view() : undo(text);
  }

  std::string_view value(std::string_view text, bool& truncated) {
    truncated = text.ends_with("\\~");
    if (truncated) text.remove_suffix(2);
    return undo(text);
  }
  std::string_view undo(std::string_view text) {
    return escapes_ == Escapes::undone && scanner_.ok() ? unescape_(text) : text;
  }

  template <typename Kind>
  Parsed complete(const Kind& event) const {
    if (!scanner_.done()) return std::nullopt;
    return event;
  }

  Scanner scanner_;
  Escapes escapes_;
  Unescaper unescape_;
};

}  // namespace

std::optional<Event> parse(std::string_view text, Escapes escapes, std::string& scratch) {
  return Parser(text, escapes, scratch).parse();
}

}  // namespace milter_manager::statistics
