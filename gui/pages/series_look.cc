// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/series_look.h"

#include <QCoreApplication>
#include <iterator>

namespace milter_manager::gui {
namespace {

constexpr SeriesColour kRed{0xcf0100, 0xb9252e};
constexpr SeriesColour kGold{0xd8ba26, 0xfdee66};
constexpr SeriesColour kMagenta{0x8d0ca7, 0xe218a7};
constexpr SeriesColour kGrey{0x5d636f, 0x636569};
constexpr SeriesColour kNavy{0x010b4f, 0xb3bbe6};
constexpr SeriesColour kGreen{0x297e56, 0x1bb62d};
constexpr SeriesColour kCyan{0x07cfe1, 0xc0fef5};
constexpr SeriesColour kBlue{0x4583ff, 0x2e7dff};
constexpr SeriesColour kPink{0xf77490, 0xec8c9f};
constexpr SeriesColour kOthers[] = {kBlue, kRed, kGreen, kGold, kMagenta, kCyan, kPink, kNavy, kGrey};

enum Style : unsigned { line = 0, area = 1, dashed = 2, hidden = 4 };

struct Row {
  std::string_view key;
  const char* name;
  SeriesColour colour;
  unsigned style = line;
};

// How something ended. What no verdict is, is a line.
constexpr Row kEnds[] = {
    {"pass", QT_TRANSLATE_NOOP("Series", "pass"), {0x5f8fe5, 0x478af2}, area},
    {"accept", QT_TRANSLATE_NOOP("Series", "accept"), {0x267355, 0x38c65c}, area},
    {"reject", QT_TRANSLATE_NOOP("Series", "reject"), {0xf7590a, 0xd6400f}, area},
    {"discard", QT_TRANSLATE_NOOP("Series", "discard"), {0xeed820, 0xffeb3b}, area},
    {"temporary_failure", QT_TRANSLATE_NOOP("Series", "temporary failure"), {0x6d7284, 0xb0b4bf}, area},
    {"quarantine", QT_TRANSLATE_NOOP("Series", "quarantine"), {0x792b0f, 0x7a3d29}, area},
    {"abort", QT_TRANSLATE_NOOP("Series", "abort"), {0xec91a7, 0xf26995}, area},
    {"error", QT_TRANSLATE_NOOP("Series", "error"), {0x4f105f, 0x8e1eb3}, area},
    {"stop", QT_TRANSLATE_NOOP("Series", "stop"), {0xa0e0f4, 0xd1faf8}, area},
    {"recipients", QT_TRANSLATE_NOOP("Series", "recipients"), kNavy, hidden},
    {"refused", QT_TRANSLATE_NOOP("Series", "recipients refused by milters"), kRed, hidden},
    {"rejected", QT_TRANSLATE_NOOP("Series", "recipients rejected"), kRed, hidden},
    {"deferred", QT_TRANSLATE_NOOP("Series", "recipients deferred"), kGrey, hidden},
    {"bytes", QT_TRANSLATE_NOOP("Series", "bytes of headers and bodies"), kMagenta, hidden | dashed},
};
constexpr Row kReport[] = {
    {"spam", QT_TRANSLATE_NOOP("Series", "spam"), kRed},
    {"virus", QT_TRANSLATE_NOOP("Series", "virus"), kGold},
    {"uribl", QT_TRANSLATE_NOOP("Series", "URIBL"), kMagenta},
    {"greylisting_pass", QT_TRANSLATE_NOOP("Series", "greylisting pass"), kGrey},
    {"tarpitting_pass", QT_TRANSLATE_NOOP("Series", "tarpitting pass"), kNavy},
    {"spf_pass", QT_TRANSLATE_NOOP("Series", "SPF pass"), kGreen},
    {"spf_fail", QT_TRANSLATE_NOOP("Series", "SPF fail"), kGreen, dashed},
    {"sender_id_pass", QT_TRANSLATE_NOOP("Series", "Sender ID pass"), kCyan},
    {"sender_id_fail", QT_TRANSLATE_NOOP("Series", "Sender ID fail"), kCyan, dashed},
    {"dkim_pass", QT_TRANSLATE_NOOP("Series", "DKIM pass"), kBlue},
    {"dkim_fail", QT_TRANSLATE_NOOP("Series", "DKIM fail"), kBlue, dashed},
    {"dkim_adsp_pass", QT_TRANSLATE_NOOP("Series", "DKIM ADSP pass"), kPink},
    {"dkim_adsp_fail", QT_TRANSLATE_NOOP("Series", "DKIM ADSP fail"), kPink, dashed},
};
constexpr Row kLoad[] = {
    {"smtp", QT_TRANSLATE_NOOP("Series", "SMTP connections"), kNavy},
    {"child", QT_TRANSLATE_NOOP("Series", "milter connections"), kBlue},
    {"disconnected", QT_TRANSLATE_NOOP("Series", "disconnected by the client"), kRed},
    {"concurrent", QT_TRANSLATE_NOOP("Series", "connections at once"), kMagenta},
    {"open", QT_TRANSLATE_NOOP("Series", "open"), kBlue},
    {"busy_max", QT_TRANSLATE_NOOP("Series", "busy, at most"), kRed},
    {"busy_mean", QT_TRANSLATE_NOOP("Series", "busy, on average"), kGreen},
    {"busy", QT_TRANSLATE_NOOP("Series", "busy at the minute's end"), kGrey, dashed | hidden},
    {"p50", QT_TRANSLATE_NOOP("Series", "wait of half of the messages"), kNavy, hidden},
    {"p95", QT_TRANSLATE_NOOP("Series", "wait of 95 of 100 messages"), kCyan},
    {"p99", QT_TRANSLATE_NOOP("Series", "wait of 99 of 100 messages"), kPink, dashed | hidden},
    {"errors", QT_TRANSLATE_NOOP("Series", "errors"), kMagenta},
    {"timeouts", QT_TRANSLATE_NOOP("Series", "of these, timeouts"), kGold},
};
// The longer, the warmer.
constexpr Row kGreylist[] = {
    {"delayed_1", QT_TRANSLATE_NOOP("Series", "up to 1 minute"), {0x20405f, 0x2b5a8c}, area},
    {"delayed_5", QT_TRANSLATE_NOOP("Series", "up to 5 minutes"), {0x3a74ad, 0x5a93cf}, area},
    {"delayed_10", QT_TRANSLATE_NOOP("Series", "up to 10 minutes"), {0x7fb8ee, 0xa9cdf2}, area},
    {"delayed_30", QT_TRANSLATE_NOOP("Series", "up to 30 minutes"), {0xf2cf5b, 0xf2cf5b}, area},
    {"delayed_60", QT_TRANSLATE_NOOP("Series", "up to 60 minutes"), {0xe8792b, 0xe8792b}, area},
    {"delayed_over", QT_TRANSLATE_NOOP("Series", "longer"), {0xb02a2a, 0xc43c3c}, area},
};

struct Rows {
  const Row* begin;
  const Row* end;
};

Rows rows_of(ChartKind kind) {
  switch (kind) {
    case ChartKind::report:
      return {std::begin(kReport), std::end(kReport)};
    case ChartKind::load:
      return {std::begin(kLoad), std::end(kLoad)};
    case ChartKind::greylist:
      return {std::begin(kGreylist), std::end(kGreylist)};
    case ChartKind::status:
    case ChartKind::message:
    case ChartKind::evaluation:
      break;
  }
  return {std::begin(kEnds), std::end(kEnds)};
}

QString title_of(ChartKind kind) {
  const auto words = [](const char* text) { return QCoreApplication::translate("ChartTitle", text); };
  switch (kind) {
    case ChartKind::status:
      return words(QT_TRANSLATE_NOOP("ChartTitle", "How connections ended"));
    case ChartKind::report:
      return words(QT_TRANSLATE_NOOP("ChartTitle", "What headers report"));
    case ChartKind::load:
      return words(QT_TRANSLATE_NOOP("ChartTitle", "Load"));
    case ChartKind::message:
      return words(QT_TRANSLATE_NOOP("ChartTitle", "How messages ended"));
    case ChartKind::evaluation:
      return words(QT_TRANSLATE_NOOP("ChartTitle", "Evaluation: verdicts that were not enforced"));
    case ChartKind::greylist:
      break;
  }
  return words(QT_TRANSLATE_NOOP("ChartTitle", "Delays by greylisting"));
}

}  // namespace

SeriesLook series_look(ChartKind kind, std::string_view key, std::size_t place) {
  const Rows rows = rows_of(kind);
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    if (row->key != key) continue;
    return {QCoreApplication::translate("Series", row->name), row->colour, (row->style & dashed) != 0,
            (row->style & area) != 0, (row->style & hidden) == 0};
  }
  return {QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size())),
          kOthers[place % std::size(kOthers)], place / std::size(kOthers) % 2 == 1};
}

QString chart_title(ChartKind kind, const std::string& milter) {
  const QString title = title_of(kind);
  if (milter.empty()) return title;
  //: %1 is a milter's name, %2 what a chart shows
  return QCoreApplication::translate("ChartTitle", "%1: %2").arg(QString::fromStdString(milter), title);
}

QString unit_text(ChartKind kind, Measure measure) {
  const auto words = [](const char* text) { return QCoreApplication::translate("Unit", text); };
  switch (measure) {
    case Measure::at_once:
      return words(QT_TRANSLATE_NOOP("Unit", "at once"));
    case Measure::seconds:
      return words(QT_TRANSLATE_NOOP("Unit", "seconds"));
    case Measure::bytes:
      return words(QT_TRANSLATE_NOOP("Unit", "bytes/min"));
    case Measure::events:
      break;
  }
  switch (kind) {
    case ChartKind::status:
    case ChartKind::load:
      return words(QT_TRANSLATE_NOOP("Unit", "connections/min"));
    case ChartKind::report:
    case ChartKind::message:
    case ChartKind::evaluation:
    case ChartKind::greylist:
      break;
  }
  return words(QT_TRANSLATE_NOOP("Unit", "messages/min"));
}

}  // namespace milter_manager::gui
