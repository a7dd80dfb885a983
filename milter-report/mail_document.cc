// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/mail_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

constexpr std::size_t kLongestLine = 500;

struct Deed {
  Status status;
  const char* did;
  const char* would;
};
constexpr Deed kDeeds[] = {{Status::reject, "rejected it", "would have rejected it"},
                           {Status::temporary_failure, "deferred it", "would have deferred it"},
                           {Status::discard, "discarded it", "would have discarded it"},
                           {Status::quarantine, "quarantined it", "would have quarantined it"},
                           {Status::accept, "accepted it", "would have accepted it"}};

std::string deed(const ChildVerdict& verdict) {
  for (const Deed& one : kDeeds) {
    if (verdict.status == one.status) return verdict.group == Group::enforced ? one.did : one.would;
  }
  if (verdict.rejected + verdict.deferred > 0) {
    return fmt::format("{} {} of {} recipients",
                       verdict.group == Group::enforced ? "refused" : "would have refused",
                       verdict.rejected + verdict.deferred, verdict.recipients);
  }
  return "let it pass";
}

// What it did, in words.
std::string outcome(const ChildVerdict& verdict) {
  switch (verdict.cause) {
    case Cause::condition:
      return fmt::format("kept out by the condition {}", verdict.condition.empty() ? "?" : verdict.condition);
    case Cause::cut:
      return "another milter's verdict ended the message before it had answered";
    case Cause::fallback:
      return fmt::format("failed; its fallback {}", deed(verdict));
    case Cause::overruled:
      return fmt::format("{}, but another milter's verdict counted", deed(verdict));
    case Cause::answer:
      break;
  }
  if (verdict.state == State::start && verdict.status == Status::pass) return "was not asked";
  return deed(verdict);
}

Table milters_table(const MailStory& story) {
  Table table;
  table.id = "milters";
  table.title = "Milters";
  table.columns = {{"milter", "milter", true},       {"outcome", "outcome", true},
                   {"group", "group", true},         {"stage", "stage", true},
                   {"status", "status", true},       {"cause", "cause", true},
                   {"condition", "condition", true}, {"waited", "waited"},
                   {"final_waited", "last step"},    {"answered", "answered"}};
  for (const ChildStory& child : story.children) {
    const ChildVerdict& verdict = child.verdict;
    table.rows.push_back({child.name, outcome(verdict), std::string(statistics::word(verdict.group)),
                          std::string(statistics::word(verdict.state)),
                          std::string(statistics::word(verdict.status)),
                          std::string(statistics::word(verdict.cause)),
                          child.condition.empty() ? Cell(Unknown{}) : Cell(child.condition),
                          number(verdict.waited, Unit::seconds), number(verdict.final_waited, Unit::seconds),
                          number(verdict.epoch, Unit::time)});
  }
  table.notes.emplace_back("Waited: by the manager for this milter, in this message.");
  return table;
}

Table edits_table(const MailStory& story) {
  Table table;
  table.id = "headers";
  table.title = "Headers added or changed";
  table.columns = {{"milter", "milter", true}, {"sent", "sent to the MTA", true}, {"header", "header", true}};
  for (const ChildStory& child : story.children) {
    for (const std::string& header : child.headers) {
      const bool sent = std::find(story.headers.begin(), story.headers.end(), header) != story.headers.end();
      table.rows.push_back({child.name, sent ? "yes" : "no", header.substr(0, kLongestLine)});
    }
  }
  return table;
}

void add_milter_events(const MailStory& story, std::vector<StoryEvent>& events) {
  for (const ChildStory& child : story.children) {
    if (!child.verdict.epoch) continue;
    events.push_back(
        {*child.verdict.epoch, child.name,
         fmt::format("{} at {} (waited {})", outcome(child.verdict), statistics::word(child.verdict.state),
                     shown(number(child.verdict.waited, Unit::seconds)))});
  }
}

Table timeline_table(const MailStory& story) {
  std::vector<StoryEvent> events = story.mta_lines;
  add_milter_events(story, events);
  if (story.has_message) {
    events.push_back({story.time - story.elapsed, "", "the message begins"});
    events.push_back({story.time, "",
                      fmt::format("the message ends: {} at {}", statistics::word(story.status),
                                  statistics::word(story.state))});
  }
  if (story.connection_end) events.push_back(*story.connection_end);
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  Table table;
  table.id = "timeline";
  table.title = "What happened when";
  table.columns = {{"time", "time"}, {"who", "who", true}, {"what", "what", true}};
  for (const StoryEvent& event : events) {
    std::string what = event.what.substr(0, kLongestLine);
    if (event.what.size() > kLongestLine) what += " …";
    table.rows.push_back(
        {number(event.time, Unit::time), event.who.empty() ? "milter-manager" : event.who, std::move(what)});
  }
  return table;
}

Cell text_or_unknown(const std::string& text) { return text.empty() ? Cell(Unknown{}) : Cell(text); }

void add_facts(const MailStory& story, Section& section) {
  auto& facts = section.facts;
  facts.push_back({"host", "Host", story.key.host});
  facts.push_back({"queue_id", "Queue id", story.key.queue_id});
  facts.push_back({"message_id", "Message id", text_or_unknown(story.mta.message_id)});
  facts.push_back(
      {"sender", "From", story.mta.sender ? Cell(fmt::format("<{}>", *story.mta.sender)) : Cell(Unknown{})});
  facts.push_back(
      {"recipients", "To", text_or_unknown(fmt::format("{}", fmt::join(story.recipients, ", ")))});
  const std::string client = story.mta.client_address.empty()
                                 ? ""
                                 : fmt::format("{}[{}]", story.mta.client_name, story.mta.client_address);
  facts.push_back({"client", "Client", text_or_unknown(client)});
  if (!story.has_message) return;
  facts.push_back(
      {"session", "Session",
       fmt::format("{} of process {}, its message number {}", story.session, story.pid, story.number)});
  facts.push_back({"state", "Stage at its end", std::string(statistics::word(story.state))});
  facts.push_back({"status", "Answer", std::string(statistics::word(story.status))});
  facts.push_back({"elapsed", "Time in the manager", number(story.elapsed, Unit::seconds)});
  facts.push_back(
      {"connection_time", "Time of the connection", number(story.connection_time, Unit::seconds)});
  facts.push_back({"bytes", "Size", number(static_cast<double>(story.bytes), Unit::bytes)});
  facts.push_back({"recipient_count", "Recipients", count(story.recipient_count)});
  facts.push_back({"refused", "Recipients refused", count(story.refused)});
}

// Who decided, in a sentence.
std::string conclusion(const MailStory& story) {
  for (const ChildStory& child : story.children) {
    const Status status = child.verdict.status;
    const bool passes = status == Status::pass || status == Status::accept || status == Status::abort;
    if (child.verdict.applied() && !passes && status == story.status) {
      return fmt::format("{} {} at {}.", child.name, outcome(child.verdict),
                         statistics::word(child.verdict.state));
    }
  }
  if (story.status == Status::pass || story.status == Status::accept) return "The milters let it pass.";
  if (story.status == Status::abort) return "The MTA ended it before the milters had: see its own lines.";
  return fmt::format("It ended with {} at {}, and no milter's own verdict says why.",
                     statistics::word(story.status), statistics::word(story.state));
}

// What became of it by the MTA, recipient by recipient; "" where no line tells.
std::string delivery(const MailStory& story) {
  struct Words {
    Delivery delivery;
    const char *of_all, *of_some;
  };
  static constexpr Words kWords[] = {
      {Delivery::sent, "The MTA has delivered it.", "delivered to {} of {} recipients"},
      {Delivery::deferred, "The MTA still tries to deliver it.", "still tried for {} of {}"},
      {Delivery::failed, "The MTA could not deliver it.", "not to be delivered to {} of {}"}};
  const std::size_t all = story.deliveries.size();
  std::string text;
  for (const Words& words : kWords) {
    const auto some = static_cast<std::size_t>(
        std::count_if(story.deliveries.begin(), story.deliveries.end(),
                      [&](const auto& one) { return one.second == words.delivery; }));
    if (all > 0 && some == all) return words.of_all;
    if (some > 0) {
      text += text.empty() ? "The MTA: " : "; ";
      text += fmt::format(fmt::runtime(words.of_some), some, all);
    }
  }
  return text.empty() ? text : text + ".";
}

}  // namespace

void add_story(const MailStory& story, Document& document) {
  Section& section = document.sections.emplace_back();
  section.id = story.key.queue_id;
  section.heading = fmt::format("Mail {} on {}", story.key.queue_id, story.key.host);
  add_facts(story, section);
  if (story.has_message) {
    section.conclusions.push_back(conclusion(story));
    section.tables.push_back(milters_table(story));
    section.tables.push_back(edits_table(story));
  } else {
    section.paragraphs.emplace_back(
        "The manager's lines do not name this mail: it did not pass the manager (its milters may be asked "
        "for SMTP only), all milters accepted the "
        "connection, an old version wrote the log, or statistics.messages is false.");
  }
  if (std::string delivered = delivery(story); !delivered.empty())
    section.conclusions.push_back(std::move(delivered));
  if (story.mta_lines.empty()) {
    section.paragraphs.emplace_back(
        "The log has no line of the MTA with this queue id: sender, recipients and delivery are not known.");
  }
  section.tables.push_back(timeline_table(story));
}

void add_refusals(const MailSearch& search, Document& document) {
  if (search.refusals().empty()) return;
  Section& section = document.sections.emplace_back();
  section.id = "refused";
  section.heading = "Refused before there was a queue id";
  Table table;
  table.id = "refusals";
  table.title = "The MTA's lines";
  table.columns = {{"time", "time"}, {"host", "host", true}, {"line", "line", true}};
  for (const MailSearch::Refusal& refusal : search.refusals()) {
    table.rows.push_back(
        {number(refusal.time, Unit::time), refusal.host, refusal.text.substr(0, kLongestLine)});
  }
  if (search.refusals_left_out() > 0)
    table.notes.push_back(fmt::format("And {} more.", search.refusals_left_out()));
  table.notes.emplace_back("Without a queue id nothing joins them with the lines of the manager.");
  section.tables.push_back(std::move(table));
}

}  // namespace milter_manager::report
