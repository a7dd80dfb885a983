// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/charts_page.h"

#include <QSplitter>
#include <QVBoxLayout>
#include <cmath>

#include "gui/chart/chart.h"
#include "gui/pages/message_bar.h"
#include "gui/pages/series_look.h"
#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

constexpr int kPause = 60;  // milliseconds
// Of the range: what is asked for besides, on both sides. More would reach behind rows that are finer.
constexpr double kMargin = 0.03;

// Of these there may be none: then they take no place.
bool is_extra(ChartKind kind) { return kind == ChartKind::evaluation || kind == ChartKind::greylist; }

}  // namespace

ChartsPage::ChartsPage(TimeRange& range, QWidget* parent)
    : QWidget(parent), range_(range), messages_(new MessageBar(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(messages_);
  auto* splitter = new QSplitter(Qt::Vertical, this);
  splitter->setChildrenCollapsible(false);
  layout->addWidget(splitter, 1);
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    Shown& shown = shown_[i];
    const ChartKind kind = kChartKinds[i];
    shown.chart = new Chart(range_, splitter);
    shown.chart->setVisible(!is_extra(kind));
    splitter->addWidget(shown.chart);
    connect(shown.chart, &Chart::series_toggled, this, [this, i, kind](int series, bool is_shown) {
      Shown& toggled = shown_[i];
      if (!toggled.numbers.present) return;
      const auto& lines = toggled.numbers.present->lines;
      if (static_cast<std::size_t>(series) >= lines.size()) return;
      toggled.toggled.set(QString::fromStdString(lines[static_cast<std::size_t>(series)].key), is_shown);
      draw(toggled, kind);
    });
  }
  pause_.setSingleShot(true);
  pause_.setInterval(kPause);
  connect(&pause_, &QTimer::timeout, this, qOverload<>(&ChartsPage::ask));
  connect(&range_, &TimeRange::changed, this, [this] {
    draw_all();
    if (!pause_.isActive()) pause_.start();
  });
}

void ChartsPage::set_source(Source* source) {
  if (source_) source_->disconnect(this);
  source_ = source;
  is_first_ = true;
  for (Shown& shown : shown_) {
    shown.present.cancel();
    shown.earlier.cancel();
    shown.numbers = {};
    shown.failure.clear();
  }
  if (source_) connect(source_, &Source::changed, this, &ChartsPage::renew);
  draw_all();
  tell_failures();
  renew();
}

void ChartsPage::set_subject(const std::string& host, const std::string& milter) {
  if (host == host_ && milter == milter_) return;
  host_ = host;
  milter_ = milter;
  renew();
}

void ChartsPage::set_comparison(std::chrono::seconds before) {
  if (before == before_) return;
  before_ = before;
  for (Shown& shown : shown_) shown.numbers.earlier.reset();
  draw_all();
  // The period before is as long as the range: while people zoom it changes with each turn of the wheel.
  if (!pause_.isActive()) pause_.start();
}

void ChartsPage::set_peaks(bool peaks) {
  peaks_ = peaks;
  renew();
}

void ChartsPage::set_scheme(Scheme scheme) {
  for (Shown& shown : shown_) shown.chart->set_scheme(scheme);
}

void ChartsPage::renew() {
  pause_.stop();
  ask();
}

Period ChartsPage::visible() const {
  return {
      std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::floor(range_.from())))),
      std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::ceil(range_.to()))))};
}

void ChartsPage::ask() {
  if (!source_) return;
  for (std::size_t i = 0; i < shown_.size(); ++i) ask(shown_[i], kChartKinds[i]);
}

void ChartsPage::ask(Shown& shown, ChartKind kind) {
  shown.present.cancel();
  shown.earlier.cancel();
  const Period seen = visible();
  const auto margin = std::chrono::seconds(static_cast<std::int64_t>(kMargin * range_.length()));
  ChartQuery query;
  query.kind = kind;
  query.host = host_;
  query.milter = milter_;
  query.period = {seen.from - margin, seen.to + margin};
  query.columns = static_cast<std::uint32_t>(shown_.front().chart->columns() * (1 + 2 * kMargin));
  query.peaks = peaks_;
  shown.present = source_->charts(query);
  on_answer(shown.present, this,
            [this, &shown](Result<ChartData> answer) { take(shown, std::move(answer), false); });
  if (before_.count() == 0) return;
  query.period.from -= before_;
  query.period.to -= before_;
  shown.earlier = source_->charts(query);
  on_answer(shown.earlier, this,
            [this, &shown](Result<ChartData> answer) { take(shown, std::move(answer), true); });
}

void ChartsPage::take(Shown& shown, Result<ChartData> answer, bool is_earlier) {
  const auto place = static_cast<std::size_t>(&shown - shown_.data());
  if (!answer) {
    shown.failure = QString::fromStdString(answer.error().message);
    if (!is_earlier && shown.numbers.present && shown.numbers.present->milter != milter_) shown.numbers = {};
  } else if (is_earlier) {
    shown.numbers.earlier = std::make_shared<const ChartData>(moved(std::move(*answer), before_));
  } else {
    if (answer->milter != milter_) return;  // of the one that was looked at before
    shown.failure = answer->failures.empty() ? QString() : QString::fromStdString(answer->failures.front());
    shown.numbers.present = std::make_shared<const ChartData>(std::move(*answer));
  }
  draw(shown, kChartKinds[place]);
  tell_failures();
  if (is_first_ && shown.numbers.present) {
    is_first_ = false;
    emit first_shown();
  }
}

void ChartsPage::draw(Shown& shown, ChartKind kind) {
  const bool has_lines = shown.numbers.present && !shown.numbers.present->lines.empty();
  if (is_extra(kind)) shown.chart->setVisible(has_lines);
  if (is_extra(kind) && !has_lines) return;
  if (shown.numbers.present) {
    shown.chart->set_content(chart_content(shown.numbers, shown.toggled, visible(),
                                           static_cast<std::uint32_t>(shown.chart->columns())));
    return;
  }
  ChartContent content;
  content.title = chart_title(kind, milter_);
  content.message = !source_ ? tr("Open a folder of archives, log files or a running manager.")
                    : shown.failure.isEmpty() ? tr("Reading …")
                                              : shown.failure;
  shown.chart->set_content(std::move(content));
}

void ChartsPage::draw_all() {
  for (std::size_t i = 0; i < shown_.size(); ++i) draw(shown_[i], kChartKinds[i]);
}

void ChartsPage::tell_failures() {
  QStringList sentences;
  for (const Shown& shown : shown_) {
    if (shown.numbers.present) sentences += shown.failure;
  }
  messages_->set_messages(sentences);
}

std::vector<ChartContent> ChartsPage::contents() const {
  std::vector<ChartContent> contents;
  for (const Shown& shown : shown_) {
    if (shown.chart->isVisibleTo(this) && !shown.chart->content().series.empty()) {
      contents.push_back(shown.chart->content());
    }
  }
  return contents;
}

std::vector<ChartData> ChartsPage::numbers() const {
  std::vector<ChartData> numbers;
  for (const Shown& shown : shown_) {
    if (!shown.numbers.present || shown.numbers.present->lines.empty()) continue;
    numbers.push_back(*shown.numbers.present);
    numbers.back().period = visible();  // the table is of what is seen
  }
  return numbers;
}

}  // namespace milter_manager::gui
