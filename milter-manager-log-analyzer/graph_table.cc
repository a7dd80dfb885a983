// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/graph_table.h"

#include <iterator>

namespace milter_manager::log_analyzer {
namespace {

using archive::Kind;

// The palette of Okabe and Ito, which people who see red and green alike tell apart, with two greys. What lets mail
// pass is cool, what stops it warm, what decides nothing grey.
constexpr std::uint32_t kSkyBlue = 0x56b4e9;
constexpr std::uint32_t kGreen = 0x009e73;
constexpr std::uint32_t kVermilion = 0xd55e00;
constexpr std::uint32_t kYellow = 0xf0e442;
constexpr std::uint32_t kOrange = 0xe69f00;
constexpr std::uint32_t kPurple = 0xcc79a7;
constexpr std::uint32_t kBlue = 0x0072b2;
constexpr std::uint32_t kGrey = 0x7f7f7f;
constexpr std::uint32_t kLightGrey = 0xcccccc;
constexpr std::uint32_t kBlack = 0x000000;

constexpr SeriesStyle kStatus[] = {
    {"pass", "pass", kSkyBlue},
    {"accept", "accept", kGreen},
    {"temporary_failure", "temporary failure", kGrey},
    {"reject", "reject", kVermilion},
    {"discard", "discard", kYellow},
    {"quarantine", "quarantine", kOrange},
    {"abort", "abort", kLightGrey},
    {"stop", "stop", kPurple},  // milters only
    {"error", "error", kBlack},
};
constexpr SeriesStyle kManagerStatus[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                          kStatus[4], kStatus[5], kStatus[6], kStatus[8]};

constexpr SeriesStyle kReport[] = {
    {"spam", "spam", kVermilion},
    {"virus", "virus", kBlack},
    {"uribl", "URIBL", kOrange},
    {"greylisting_pass", "greylisting pass", kGrey},
    {"tarpitting_pass", "tarpitting pass", kYellow},
    {"spf_pass", "SPF pass", kBlue},
    {"spf_fail", "SPF fail", kBlue, true},
    {"sender_id_pass", "Sender ID pass", kPurple},
    {"sender_id_fail", "Sender ID fail", kPurple, true},
    {"dkim_pass", "DKIM pass", kGreen},
    {"dkim_fail", "DKIM fail", kGreen, true},
    {"dkim_adsp_pass", "DKIM ADSP pass", kSkyBlue},
    {"dkim_adsp_fail", "DKIM ADSP fail", kSkyBlue, true},
};

constexpr SeriesStyle kSession[] = {
    {"smtp", "connections", kBlue},
    {"child", "milter connections", kSkyBlue},
    {"disconnected", "disconnected by the client", kVermilion},
    {"concurrent", "open at once (number)", kOrange, true, Measure::at_once},
};

// The statuses of messages: those of sessions, up to abort.
constexpr SeriesStyle kMessage[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                    kStatus[4], kStatus[5], kStatus[6]};
constexpr SeriesStyle kMessageBytes[] = {{"bytes", "bytes of headers and bodies", kBlue}};
constexpr SeriesStyle kMessageRecipients[] = {
    {"recipients", "recipients", kBlue},
    {"refused", "refused by milters", kVermilion},
};
constexpr SeriesStyle kMilterMessage[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                          kStatus[4], kStatus[5], kStatus[6], kStatus[7]};
constexpr SeriesStyle kMilterRefusals[] = {
    {"rejected", "recipients rejected", kVermilion},
    {"deferred", "recipients deferred", kGrey},
    {"error", "messages it failed on", kBlack},
};
constexpr SeriesStyle kEvaluation[] = {kStatus[0], kStatus[1], kStatus[2],
                                       kStatus[3], kStatus[4], kStatus[5]};
constexpr SeriesStyle kEvaluationRefusals[] = {
    {"rejected", "recipients rejected", kVermilion},
    {"deferred", "recipients deferred", kGrey},
};
constexpr SeriesStyle kLoad[] = {
    {"open", "open", kSkyBlue, false, Measure::at_once},
    {"busy_max", "busy, at most", kVermilion, false, Measure::at_once},
    {"busy_mean", "busy, on average", kOrange, false, Measure::at_once},
    {"busy", "busy at the minute's end", kGrey, true, Measure::at_once},
};
constexpr SeriesStyle kWait[] = {
    {"p50", "half of the messages", kGreen, false, Measure::at_once},
    {"p95", "95 of 100 messages", kOrange, false, Measure::at_once},
    {"p99", "99 of 100 messages", kVermilion, false, Measure::at_once},
};
constexpr SeriesStyle kErrors[] = {
    {"errors", "errors", kBlack},
    {"timeouts", "of these, timeouts", kVermilion},
};
constexpr SeriesStyle kGreylist[] = {
    {"delayed_1", "up to 1 minute", kSkyBlue},      {"delayed_5", "up to 5 minutes", kGreen},
    {"delayed_10", "up to 10 minutes", kYellow},    {"delayed_30", "up to 30 minutes", kOrange},
    {"delayed_60", "up to 60 minutes", kVermilion}, {"delayed_over", "longer", kBlack},
};
constexpr SeriesStyle kHealth[] = {
    {"lines", "lines written", kBlue},
    {"lost", "lost on the way", kVermilion},
    {"dropped", "dropped by the sink", kBlack},
    {"processes", "processes (number)", kGrey, true, Measure::at_once},
};

constexpr GraphDefinition kGraphs[] = {
    {Kind::manager_status, "milter manager: status", "status", "sessions/min", Shape::stack, kManagerStatus,
     true},
    {Kind::manager_report, "milter manager: report", "report", "mails/min", Shape::lines, kReport, true},
    {Kind::session, "milter manager: sessions", "sessions", "sessions/min", Shape::lines, kSession, true},
    {Kind::manager_message, "milter manager: messages", "messages", "messages/min", Shape::stack, kMessage},
    {Kind::manager_message, "milter manager: recipients", "recipients", "recipients/min", Shape::lines,
     kMessageRecipients, false, "milter-manager.recipients"},
    {Kind::manager_message, "milter manager: volume", "volume", "bytes/min", Shape::lines, kMessageBytes,
     false, "milter-manager.volume"},
    {Kind::health, "milter manager: health", "health", "lines/min", Shape::lines, kHealth},
    {Kind::milter_status, "milter: status", "status", "sessions/min", Shape::stack, kStatus, true},
    {Kind::milter_report, "milter: report", "report", "mails/min", Shape::lines, kReport, true},
    {Kind::milter_message, "milter: messages", "messages", "messages/min", Shape::stack, kMilterMessage},
    {Kind::milter_message, "milter: refusals", "refusals", "events/min", Shape::lines, kMilterRefusals, false,
     "milter.refusals."},
    {Kind::milter_evaluation, "milter: evaluation", "evaluation", "messages/min", Shape::stack, kEvaluation},
    {Kind::milter_evaluation, "milter: refusals in evaluation", "refusals in evaluation", "recipients/min",
     Shape::lines, kEvaluationRefusals, false, "milter.evaluated-refusals."},
    {Kind::milter_load, "milter: load", "load", "connections", Shape::lines, kLoad},
    {Kind::milter_load, "milter: wait", "wait", "seconds", Shape::lines, kWait, false, "milter.wait."},
    {Kind::milter_load, "milter: errors", "errors", "errors/min", Shape::lines, kErrors, false,
     "milter.errors."},
    {Kind::milter_greylist, "milter: greylist delays", "greylist delays", "messages/min", Shape::stack,
     kGreylist},
};

constexpr std::uint32_t kPalette[] = {kBlue, kVermilion, kGreen, kOrange, kSkyBlue, kPurple, kGrey};

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 86400;

constexpr Range kRanges[] = {
    {"day", "Last Day", kDay, 8 * kMinute, "HOUR:1:HOUR:3:HOUR:3:0:%H:%M"},
    {"week", "Last Week", 7 * kDay, 56 * kMinute, "HOUR:6:DAY:1:DAY:1:86400:%a %d %b"},
    {"month", "Last Month", 35 * kDay, 280 * kMinute, "DAY:1:WEEK:1:WEEK:1:0:%d %b"},
    // Files of older versions have no rows of a day; RRDtool then takes those of 56 hours.
    {"year", "Last Year", 420 * kDay, kDay, "MONTH:1:MONTH:1:MONTH:1:2592000:%b"},
};

}  // namespace

std::span<const GraphDefinition> graph_definitions() { return kGraphs; }
std::span<const Range> ranges() { return kRanges; }

SeriesStyle nth_style(std::size_t n) {
  SeriesStyle style{};
  style.colour = kPalette[n % std::size(kPalette)];
  style.dashed = n / std::size(kPalette) % 2 == 1;
  return style;
}

}  // namespace milter_manager::log_analyzer
