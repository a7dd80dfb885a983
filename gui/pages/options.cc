// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <QDateTime>
#include <map>

#include "gui/pages/range_bar.h"

namespace milter_manager::gui {
namespace {

constexpr int kUsageError = 2;

std::map<std::string, ChartKind> kinds() {
  std::map<std::string, ChartKind> kinds;
  for (const ChartKind kind : kChartKinds) kinds.emplace(name_of(kind), kind);
  return kinds;
}

// Why this is no range; "": it is one.
std::string check_range(const std::string& word) {
  if (period_of(QString::fromStdString(word), std::chrono::sys_seconds(std::chrono::hours(24)))) return {};
  return fmt::format("{}: no range: take one of {}, or FROM/TO as in 2026-05-01/2026-05-08T12:00", word,
                     RangeBar::words().join(QStringLiteral(", ")).toStdString());
}

}  // namespace

std::optional<Period> period_of(const QString& range, std::chrono::sys_seconds newest) {
  const std::chrono::seconds length = RangeBar::length_of(range);
  if (length.count() > 0) return Period{newest - length, newest};
  const QStringList ends = range.split('/');
  if (ends.size() != 2) return std::nullopt;
  const QDateTime from = QDateTime::fromString(ends[0], Qt::ISODate);
  const QDateTime to = QDateTime::fromString(ends[1], Qt::ISODate);
  if (!from.isValid() || !to.isValid() || from >= to) return std::nullopt;
  return Period{std::chrono::sys_seconds(std::chrono::seconds(from.toSecsSinceEpoch())),
                std::chrono::sys_seconds(std::chrono::seconds(to.toSecsSinceEpoch()))};
}

std::optional<Options> read_options(int argc, const char* const* argv, const std::string& version,
                                    int& status) {
  Options options;
  CLI::App app(
      "Looks at what milters did over months and years, and finds settings for spamd and greylisting.",
      "milter-manager-viewer");
  app.set_version_flag("--version", "milter-manager-viewer " + version);
  std::vector<std::string> place;
  std::string range = options.range.toStdString(), output, language;
  app.add_option("place", place,
                 "A folder of archives, log files, ssh://HOST[/FOLDER], a manager's controller socket "
                 "(unix:PATH, inet:PORT@HOST) or metrics address (http://HOST:PORT/metrics).")
      ->type_name("DIR|FILE...|URL");
  const std::map<std::string, Format> formats{
      {"PNG", Format::png}, {"SVG", Format::svg}, {"CSV", Format::csv}};
  app.add_option_function<Format>(
         "--export", [&](const Format& format) { options.format = format; },
         "Write a file and open no window.")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->type_name("PNG|SVG|CSV");
  app.add_option("--output", output, "The file; - is standard output.")->type_name("FILE");
  app.add_option("--milter", options.milter, "Show this milter, and not all.")->type_name("NAME");
  app.add_option("--host", options.host, "Show this host, and not all.")->type_name("NAME");
  app.add_option("--range", range, "How much time up to the newest numbers, or FROM/TO in local time.")
      ->type_name("hour|day|week|month|year|10y|FROM/TO")
      ->check(check_range)
      ->capture_default_str();
  app.add_option("--chart", options.charts, "--export: this chart; can be given several times.")
      ->transform(CLI::CheckedTransformer(kinds()))
      ->type_name("status|report|load|message|evaluation|greylist");
  app.add_option("--width", options.width, "--export: dots.")
      ->check(CLI::Range(300, 20'000))
      ->capture_default_str();
  app.add_flag("--peaks", options.peaks, "The highest value of each stretch of time, not the mean.");
  app.add_flag("--compare", options.compare, "--export: with the period before, dashed.");
  const std::map<std::string, Scheme> schemes{
      {"light", Scheme::light}, {"dark", Scheme::dark}, {"contrast", Scheme::contrast}};
  app.add_option_function<Scheme>(
         "--colours", [&](const Scheme& scheme) { options.scheme = scheme; },
         "Colours of window and pictures.")
      ->transform(CLI::CheckedTransformer(schemes))
      ->type_name("light|dark|contrast");
  app.add_option("--language", language, "In which language, if not the desktop's.")
      ->check(CLI::IsMember({"en", "ja"}))
      ->type_name("en|ja");
  try {
    app.parse(argc, argv);
    if (options.format && place.empty()) throw CLI::RequiredError("--export needs a place:");
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : kUsageError;
    return std::nullopt;
  }
  for (const std::string& word : place) options.place += QString::fromLocal8Bit(word.c_str());
  options.range = QString::fromStdString(range);
  options.output = QString::fromLocal8Bit(output.c_str());
  options.language = QString::fromStdString(language);
  return options;
}

}  // namespace milter_manager::gui
