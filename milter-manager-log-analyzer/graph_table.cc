// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/graph_table.h"

#include <iterator>

namespace milter_manager::log_analyzer {
namespace {

using archive::Kind;

// Near what the series have always been, and chosen so that any two of a table are told apart by people who see all colours
// and by those who do not (protanopia, deuteranopia, tritanopia); a test measures it.

// For parts of a whole.
constexpr SeriesStyle kStatus[] = {
    {"pass", "pass", {0x5f8fe5, 0x478af2}},                            // blue
    {"accept", "accept", {0x267355, 0x38c65c}},                        // green
    {"reject", "reject", {0xf7590a, 0xd6400f}},                        // red
    {"discard", "discard", {0xeed820, 0xffeb3b}},                      // yellow
    {"temporary_failure", "temporary failure", {0x6d7284, 0xb0b4bf}},  // grey
    {"quarantine", "quarantine", {0x792b0f, 0x7a3d29}},                // brown
    {"abort", "abort", {0xec91a7, 0xf26995}},                          // pink
    {"error", "error", {0x4f105f, 0x8e1eb3}},                          // purple
    {"stop", "stop", {0xa0e0f4, 0xd1faf8}},                            // pale cyan; milters only
};
constexpr SeriesStyle kManagerStatus[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                          kStatus[4], kStatus[5], kStatus[6], kStatus[7]};

// For lines, which need more contrast with the ground.
constexpr Colour kRed = {0xcf0100, 0xb9252e};
constexpr Colour kGold = {0xd8ba26, 0xfdee66};
constexpr Colour kMagenta = {0x8d0ca7, 0xe218a7};
constexpr Colour kGrey = {0x5d636f, 0x636569};
constexpr Colour kNavy = {0x010b4f, 0xb3bbe6};
constexpr Colour kGreen = {0x297e56, 0x1bb62d};
constexpr Colour kCyan = {0x07cfe1, 0xc0fef5};
constexpr Colour kBlue = {0x4583ff, 0x2e7dff};
constexpr Colour kPink = {0xf77490, 0xec8c9f};

// What failed is a dashed line of the colour of what passed.
constexpr SeriesStyle kReport[] = {
    {"spam", "spam", kRed},
    {"virus", "virus", kGold},
    {"uribl", "URIBL", kMagenta},
    {"greylisting_pass", "greylisting pass", kGrey},
    {"tarpitting_pass", "tarpitting pass", kNavy},
    {"spf_pass", "SPF pass", kGreen},
    {"spf_fail", "SPF fail", kGreen, true},
    {"sender_id_pass", "Sender ID pass", kCyan},
    {"sender_id_fail", "Sender ID fail", kCyan, true},
    {"dkim_pass", "DKIM pass", kBlue},
    {"dkim_fail", "DKIM fail", kBlue, true},
    {"dkim_adsp_pass", "DKIM ADSP pass", kPink},
    {"dkim_adsp_fail", "DKIM ADSP fail", kPink, true},
};

constexpr SeriesStyle kSession[] = {
    {"smtp", "SMTP connections", kNavy},
    {"child", "milter connections", kBlue},
    {"disconnected", "disconnected by the client", kRed},
    {"concurrent", "concurrent", kMagenta, false, Measure::at_once},
};

// The statuses of messages: those of sessions, up to abort.
constexpr SeriesStyle kMessage[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                    kStatus[4], kStatus[5], kStatus[6]};
constexpr SeriesStyle kMessageBytes[] = {{"bytes", "bytes of headers and bodies", kBlue}};
constexpr SeriesStyle kMessageRecipients[] = {
    {"recipients", "recipients", kBlue},
    {"refused", "refused by milters", kRed},
};
constexpr SeriesStyle kMilterMessage[] = {kStatus[0], kStatus[1], kStatus[2], kStatus[3],
                                          kStatus[4], kStatus[5], kStatus[6], kStatus[8]};
constexpr SeriesStyle kMilterRefusals[] = {
    {"rejected", "recipients rejected", kRed},
    {"deferred", "recipients deferred", kGrey},
    {"error", "messages it failed on", kMagenta},
};
constexpr SeriesStyle kEvaluation[] = {kStatus[0], kStatus[1], kStatus[2],
                                       kStatus[3], kStatus[4], kStatus[5]};
constexpr SeriesStyle kEvaluationRefusals[] = {
    {"rejected", "recipients rejected", kRed},
    {"deferred", "recipients deferred", kGrey},
};
constexpr SeriesStyle kLoad[] = {
    {"open", "open", kBlue, false, Measure::at_once},
    {"busy_max", "busy, at most", kRed, false, Measure::at_once},
    {"busy_mean", "busy, on average", kGreen, false, Measure::level},
    {"busy", "busy at the minute's end", kGrey, true, Measure::level},
};
constexpr SeriesStyle kWait[] = {
    {"p50", "half of the messages", kGreen, false, Measure::at_once},
    {"p95", "95 of 100 messages", kBlue, false, Measure::at_once},
    {"p99", "99 of 100 messages", kRed, false, Measure::at_once},
};
constexpr SeriesStyle kErrors[] = {
    {"errors", "errors", kMagenta},
    {"timeouts", "of these, timeouts", kGold},
};
// The longer, the warmer.
constexpr SeriesStyle kGreylist[] = {
    {"delayed_1", "up to 1 minute", {0x20405f, 0x2b5a8c}},
    {"delayed_5", "up to 5 minutes", {0x3a74ad, 0x5a93cf}},
    {"delayed_10", "up to 10 minutes", {0x7fb8ee, 0xa9cdf2}},
    {"delayed_30", "up to 30 minutes", {0xf2cf5b, 0xf2cf5b}},
    {"delayed_60", "up to 60 minutes", {0xe8792b, 0xe8792b}},
    {"delayed_over", "longer", {0xb02a2a, 0xc43c3c}},
};
constexpr SeriesStyle kHealth[] = {
    {"lines", "lines written", kBlue},
    {"lost", "lost on the way", kRed},
    {"dropped", "dropped by the sink", kGold},
    {"processes", "processes", kMagenta, false, Measure::at_once},
};

// Messages stand beside connections.
constexpr GraphDefinition kGraphs[] = {
    {Kind::manager_status, "milter manager: status", Subject::status, "sessions/min", Shape::stack,
     kManagerStatus, true},
    {Kind::manager_message, "milter manager: messages", Subject::messages, "messages/min", Shape::stack,
     kMessage},
    {Kind::session,
     "milter manager: sessions",
     Subject::sessions,
     "sessions/min",
     Shape::lines,
     kSession,
     true,
     {},
     "at once"},
    {Kind::manager_report, "milter manager: report", Subject::report, "mails/min", Shape::lines, kReport,
     true},
    {Kind::manager_message, "milter manager: recipients", Subject::recipients, "recipients/min", Shape::lines,
     kMessageRecipients, false, "milter-manager.recipients"},
    {Kind::manager_message, "milter manager: volume", Subject::volume, "bytes/min", Shape::lines,
     kMessageBytes, false, "milter-manager.volume"},
    {Kind::health,
     "milter manager: health",
     Subject::health,
     "lines/min",
     Shape::lines,
     kHealth,
     false,
     {},
     "processes"},
    {Kind::milter_status, "milter: status", Subject::status, "sessions/min", Shape::stack, kStatus, true},
    {Kind::milter_message, "milter: messages", Subject::messages, "messages/min", Shape::stack,
     kMilterMessage},
    {Kind::milter_load, "milter: load", Subject::load, "connections", Shape::lines, kLoad},
    {Kind::milter_load, "milter: wait", Subject::wait, "seconds", Shape::lines, kWait, false, "milter.wait."},
    {Kind::milter_report, "milter: report", Subject::report, "mails/min", Shape::lines, kReport, true},
    {Kind::milter_message, "milter: refusals", Subject::refusals, "events/min", Shape::lines, kMilterRefusals,
     false, "milter.refusals."},
    {Kind::milter_load, "milter: errors", Subject::errors, "errors/min", Shape::lines, kErrors, false,
     "milter.errors."},
    {Kind::milter_evaluation, "milter: evaluation", Subject::evaluation, "messages/min", Shape::stack,
     kEvaluation},
    {Kind::milter_evaluation, "milter: refusals in evaluation", Subject::evaluated_refusals, "recipients/min",
     Shape::lines, kEvaluationRefusals, false, "milter.evaluated-refusals."},
    {Kind::milter_greylist, "milter: greylist delays", Subject::greylist, "messages/min", Shape::stack,
     kGreylist},
};

constexpr Colour kPalette[] = {kBlue, kRed, kGreen, kGold, kMagenta, kCyan, kPink, kNavy, kGrey};

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 86400;

constexpr Range kRanges[] = {
    {"day", "Last Day", kDay, 8 * kMinute},
    {"week", "Last Week", 7 * kDay, 56 * kMinute},
    {"month", "Last Month", 35 * kDay, 280 * kMinute},
    // Files of older versions have no rows of a day; they give those of 56 hours.
    {"year", "Last Year", 420 * kDay, kDay},
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
