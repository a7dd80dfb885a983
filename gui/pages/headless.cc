// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/headless.h"

#include <fmt/format.h>

#include <QEventLoop>
#include <QFutureWatcher>
#include <algorithm>
#include <iterator>

#include "gui/pages/chart_content.h"
#include "gui/source/source.h"

namespace milter_manager::gui {
namespace {

template <class T>
Result<T> await(QFuture<Result<T>> future) {
  QFutureWatcher<Result<T>> watcher;
  QEventLoop loop;
  QObject::connect(&watcher, &QFutureWatcherBase::finished, &loop, &QEventLoop::quit);
  watcher.setFuture(future);
  if (!future.isFinished()) loop.exec();
  if (future.resultCount() == 0) return tl::unexpected(Error{"the question was not answered"});
  return future.result();
}

std::vector<ChartKind> wanted(const Options& options) {
  if (!options.charts.empty()) return options.charts;
  if (options.format == Format::csv) return {ChartKind::status};
  return {ChartKind::status, ChartKind::report, ChartKind::load, ChartKind::message};
}

Result<void> check_name(const std::string& name, const std::vector<std::string>& all, std::string_view what) {
  if (name.empty() || std::find(all.begin(), all.end(), name) != all.end()) return {};
  return tl::unexpected(Error{fmt::format("{}: no such {} here; there are: {}", name, what,
                                          all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", ")))});
}

QString heading(const Options& options, const Source& source) {
  const QString place = title_of(source.place());
  return options.milter.empty() ? place
                                : place + QStringLiteral(" — ") + QString::fromStdString(options.milter);
}

}  // namespace

Result<QStringList> export_charts(Source& source, const Options& options) {
  const auto contents = await(source.contents());
  if (!contents) return tl::unexpected(contents.error());
  if (const auto known = check_name(options.milter, contents->milters, "milter"); !known)
    return tl::unexpected(known.error());
  if (const auto known = check_name(options.host, contents->hosts, "host"); !known)
    return tl::unexpected(known.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto period = period_of(options.range, contents->newest.value_or(now));
  if (!period) return tl::unexpected(Error{options.range.toStdString() + ": no range"});

  ChartQuery query;
  query.host = options.host;
  query.milter = options.milter;
  query.period = *period;
  query.columns = picture_columns(options.width);
  query.peaks = options.peaks;
  Picture picture;
  picture.heading = heading(options, source);
  picture.from = static_cast<double>(period->from.time_since_epoch().count());
  picture.to = static_cast<double>(period->to.time_since_epoch().count());
  picture.scheme = options.scheme.value_or(Scheme::light);
  std::vector<ChartData> tables;
  for (const ChartKind kind : wanted(options)) {
    query.kind = kind;
    query.period = *period;
    auto present = await(source.charts(query));
    if (!present) return tl::unexpected(present.error());
    tables.push_back(*present);
    if (options.format == Format::csv) continue;
    ChartNumbers numbers{std::make_shared<const ChartData>(std::move(*present)), nullptr};
    if (options.compare) {
      query.period = {period->from - period->length(), period->from};
      auto earlier = await(source.charts(query));
      if (!earlier) return tl::unexpected(earlier.error());
      numbers.earlier = std::make_shared<const ChartData>(moved(std::move(*earlier), period->length()));
    }
    picture.charts.push_back(chart_content(numbers, {}, *period, query.columns));
  }
  const QString path = options.output.isEmpty()
                           ? QStringLiteral("milter-manager.") + suffix_of(*options.format)
                           : options.output;
  if (options.format == Format::csv) return write_tables(path, tables);
  const QByteArray bytes =
      options.format == Format::png ? to_png(picture, options.width) : to_svg(picture, options.width);
  if (auto written = write_file(path, bytes); !written) return tl::unexpected(written.error());
  return QStringList{path};
}

}  // namespace milter_manager::gui
