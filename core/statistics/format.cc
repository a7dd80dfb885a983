// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "core/statistics/escape.h"
#include "core/statistics/event.h"
#include "core/statistics/seconds.h"

namespace milter_manager::statistics {
namespace {

class Formatter {
 public:
  explicit Formatter(std::string& out) : out_(out) {}

  void operator()(const SessionEnd& e) const {
    put(FMT_COMPILE("[session][end][{}][{}]["), word(e.state), word(e.status));
    append_general(finite(e.elapsed), out_);
    put(FMT_COMPILE("]({})"), e.tag);
  }
  void operator()(const MilterEnd& e) const {
    put(FMT_COMPILE("[milter][end][{}][{}]["), word(e.state), word(e.status));
    append_general(finite(e.elapsed), out_);
    put(FMT_COMPILE("]({}): "), e.tag);
    last(e.name);
  }
  void operator()(const MilterHeaderAdd& e) const {
    put(FMT_COMPILE("[milter][header][add]({}): "), e.tag);
    header(e.header, e.value, e.truncated);
    out_ += ": ";
    last(e.milter);
  }
  void operator()(const SessionHeaderAdd& e) const {
    put(FMT_COMPILE("[session][header][add]({}): "), e.tag);
    header(e.header, e.value, e.truncated);
  }
  void operator()(const SessionDisconnected& e) const {
    put(FMT_COMPILE("[session][disconnected][{:g}]({})"), finite(e.elapsed), e.tag);
  }
  void operator()(const Quarantined& e) const {
    put(FMT_COMPILE("[reply][end-of-message][quarantine]({})"), e.tag);
  }
  void operator()(const SessionsFinished& e) const {
    put(FMT_COMPILE("[sessions][finished] {}(+{}) {}"), e.total, e.added, e.processing);
  }
  void operator()(const MaintainMemory& e) const {
    put(FMT_COMPILE("[maintain][memory] ({}KB)"), e.kilobytes);
    if (e.rest.empty()) return;
    out_ += ' ';
    last(e.rest);
  }
  void operator()(const SessionStart& e) const { put(FMT_COMPILE("[session][start]({})"), e.tag); }
  void operator()(const MilterStart& e) const {
    put(FMT_COMPILE("[milter][start]({}): "), e.tag);
    last(e.name);
  }
  void operator()(const OldSessionEnd& e) const {
    put(FMT_COMPILE("[session][end][{:g}]({})"), finite(e.elapsed), e.tag);
  }
  void operator()(const OldMilterEnd& e) const {
    put(FMT_COMPILE("[milter][end][{:g}]({}): "), finite(e.elapsed), e.tag);
    last(e.name);
  }
  void operator()(const OldReply& e) const {
    const bool says_continue = e.is_continue && e.status == Status::pass;
    put(FMT_COMPILE("[reply][{}][{}]"), word(e.state),
        says_continue ? std::string_view("continue") : word(e.status));
  }
  void operator()(const OldAbort& e) const { put(FMT_COMPILE("[abort][{}]"), word(e.state)); }

  void operator()(const MessageEnd& e) const {
    put(FMT_COMPILE("[message][end][{}][{}]"), word(e.state), word(e.status));
    seconds(e.elapsed);
    put(FMT_COMPILE("[{}][{}][{}]({}.{}): "), e.bytes, e.recipients, e.refused, e.session, e.number);
    optional_word(e.queue_id);
  }
  void operator()(const MilterMessage& e) const {
    put(FMT_COMPILE("[milter][message][{}][{}][{}][{}][{}][{}][{}]"), word(e.state), word(e.status),
        word(e.group), word(e.cause), e.recipients, e.rejected, e.deferred);
    seconds(e.waited);
    seconds(e.final_waited);
    optional_seconds(e.epoch);
    put(FMT_COMPILE("({}.{}.{}): "), e.session, e.number, e.child);
    optional_word(e.queue_id);
    out_ += ": ";
    optional_word(e.condition);
    out_ += ": ";
    last(e.name);
  }
  void operator()(const MilterLoad& e) const {
    put(FMT_COMPILE("[milter][load][{:.6f}][{:.6f}][{}][{}][{:.6f}][{}]"), finite(e.span), finite(e.epoch),
        e.open, e.busy, finite(e.busy_mean), e.busy_max);
    optional_seconds(e.p50);
    optional_seconds(e.p95);
    optional_seconds(e.p99);
    put(FMT_COMPILE("[{}][{}][{}]: "), e.messages, e.errors, e.timeouts);
    last(e.name);
  }
  void operator()(const Heartbeat& e) const {
    put(FMT_COMPILE("[heartbeat][{:.6f}][{:.6f}][{}][{}][{}][{}][{}]"), finite(e.span), finite(e.epoch),
        e.lines, e.sessions, e.open, e.children, e.dropped);
  }

 private:
  static double finite(double value) { return std::isfinite(value) ? value : 0.0; }

  // Formats are compiled: parsing one anew for each line costs as much as writing the line.
  template <typename Format, typename... Arguments>
  void put(const Format& format, const Arguments&... arguments) const {
    fmt::format_to(std::back_inserter(out_), format, arguments...);
  }

  void last(std::string_view text) const { append_escaped(text, '\0', out_); }

  void header(std::string_view name, std::string_view value, bool truncated) const {
    out_ += '<';
    append_escaped(name, '>', out_);
    out_ += ">=<";
    append_escaped(value, '>', out_);
    if (truncated) out_ += "\\~";
    out_ += '>';
  }

  void optional_word(std::string_view text) const {
    if (text.empty()) {
      out_ += '-';
    } else if (text == "-") {
      append_escape('-', out_);
    } else {
      append_escaped(text, ':', out_);
    }
  }

  void optional_seconds(std::optional<double> value) const {
    if (value) {
      seconds(*value);
    } else {
      out_ += "[-]";
    }
  }

  void seconds(double value) const {
    out_ += '[';
    append_fixed(finite(value), out_);
    out_ += ']';
  }

  std::string& out_;
};

}  // namespace

void format(const Event& event, std::string& out) { std::visit(Formatter(out), event); }

}  // namespace milter_manager::statistics
