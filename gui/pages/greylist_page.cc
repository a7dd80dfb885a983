// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/greylist_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/chart/marked_plot.h"
#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

constexpr SeriesColour kCaught{0x297e56, 0x1bb62d};
constexpr SeriesColour kMedian{0x4583ff, 0x6fa5ff};
constexpr SeriesColour kLongest{0xcf0100, 0xff6b5e};
constexpr double kMinute = 60;
constexpr double kUsualAutowhite = 7 * 86400.0;
constexpr double kLongestRetry = 240;  // minutes that are drawn

ChartSeries curve_of(const GreylistDelays& delays, GreylistDelays::Column column, double unit) {
  ChartSeries series;
  std::vector<Point> points;
  for (int row = 0; row < delays.rowCount(); ++row) {
    const QVariant value = delays.data(delays.index(row, column), Qt::EditRole);
    const double delay = delays.data(delays.index(row, GreylistDelays::Delay), Qt::EditRole).toDouble();
    if (value.isValid()) points.push_back({delay / kMinute, value.toDouble() / unit});
  }
  if (!points.empty()) series.line = {std::move(points)};
  return series;
}

double top_of(const ChartSeries& series) {
  double top = 0;
  for (const auto& piece : series.line) {
    for (const Point& point : piece) top = std::max(top, point.value);
  }
  return top;
}

}  // namespace

GreylistPage::GreylistPage(QWidget* parent) : TuningPage(parent) {
  milter_ = make_milter_box();
  autowhite_ = new QComboBox(this);
  autowhite_->setAccessibleName(tr("Time for which a sender that passed is known"));
  for (const double time : report::kAutowhites) {
    if (time <= 0) continue;
    const int hours = static_cast<int>(time / 3600);
    autowhite_->addItem(hours < 24 ? tr("%n hour(s)", nullptr, hours) : tr("%n day(s)", nullptr, hours / 24),
                        time);
  }
  retries_ = new MarkedPlot(this);
  effect_ = new MarkedPlot(this);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setMinimum(1);
  slider_->setPageStep(5);
  slider_->setAccessibleName(tr("Delay in minutes"));
  recommended_ = new QPushButton(this);

  auto* choice = new QHBoxLayout;
  auto* milter_label = new QLabel(tr("&Milter:"), this);
  milter_label->setBuddy(milter_);
  choice->addWidget(milter_label);
  choice->addWidget(milter_);
  choice->addStretch();
  auto* autowhite_label = new QLabel(tr("Whi&te list for:"), this);
  autowhite_label->setBuddy(autowhite_);
  choice->addWidget(autowhite_label);
  choice->addWidget(autowhite_);
  choices()->addLayout(choice);
  auto* plots = new QHBoxLayout;
  plots->setSpacing(10);
  plots->addWidget(retries_, 2);
  plots->addWidget(effect_, 3);
  body()->addLayout(plots, 1);
  auto* sliding = new QHBoxLayout;
  auto* slider_label = new QLabel(tr("&Delay"), this);
  slider_label->setBuddy(slider_);
  sliding->addWidget(slider_label);
  sliding->addWidget(slider_, 1);
  sliding->addWidget(recommended_);
  choices()->addLayout(sliding);

  connect(slider_, &QSlider::valueChanged, this, &GreylistPage::tell_choice);
  connect(autowhite_, &QComboBox::activated, this, &GreylistPage::tell_choice);
  connect(recommended_, &QPushButton::clicked, this, [this] {
    if (const auto best = delays_.delays().recommended_delay) slider_->setValue(delays_.row_of(*best) + 1);
  });
  for (MarkedPlot* plot : {retries_, effect_}) {
    plot->on_click([this](double minutes) { slider_->setValue(static_cast<int>(std::lround(minutes))); });
  }
  GreylistPage::clear();
}

void GreylistPage::set_scheme(Scheme scheme) {
  retries_->set_scheme(scheme);
  effect_->set_scheme(scheme);
}

void GreylistPage::clear() {
  question_.cancel();
  delays_.set_delays({});
  slider_->setEnabled(false);
  recommended_->hide();
  draw();
  set_configuration({});
}

void GreylistPage::ask(Source& source, const Period& period) {
  question_.cancel();
  question_ = source.greylist(period, milter_->currentText().toStdString());
  on_answer(question_, this, [this](Result<GreylistMaterial> answer) { take(std::move(answer)); });
}

void GreylistPage::take(Result<GreylistMaterial> answer) {
  if (!answer) return tell(QString::fromStdString(answer.error().message));
  tell({}, answer->cautions);
  fill_milters({}, answer->milter);
  delays_.set_delays(std::move(answer->delays));
  const auto& found = delays_.delays();
  slider_->setEnabled(delays_.rowCount() > 0);
  slider_->setMaximum(std::max(delays_.rowCount(), 1));
  recommended_->setVisible(found.recommended_delay.has_value());
  if (found.recommended_delay) {
    recommended_->setText(tr("&Recommended: %n minute(s)", nullptr,
                             static_cast<int>(std::lround(*found.recommended_delay / kMinute))));
  }
  const double autowhite = found.recommended_autowhite.value_or(kUsualAutowhite);
  autowhite_->setCurrentIndex(std::max(autowhite_->findData(autowhite), 0));
  draw();
  if (delays_.rowCount() == 0) return set_answer(tr("Nobody was deferred in this period."), {});
  const double begin = found.recommended_delay.value_or(found.present_delay.value_or(kMinute));
  slider_->setValue(std::max(delays_.row_of(begin), 0) + 1);
  tell_choice();
}

double GreylistPage::chosen_delay() const { return slider_->value() * kMinute; }

void GreylistPage::draw() {
  const QString nothing = tr("There are no numbers of this kind here.");
  const auto& found = delays_.delays();
  ChartContent retries;
  retries.title = tr("When senders come back");
  retries.unit = tr("% of them");
  retries.across_unit = tr("minutes after the first attempt");
  ChartSeries back;
  back.name = retries.title;
  back.colour = kMedian;
  std::vector<Point> points;
  const auto count = static_cast<double>(found.first_retries.size());
  for (std::size_t i = 0; i < found.first_retries.size(); ++i) {
    points.push_back({found.first_retries[i] / kMinute, 100 * static_cast<double>(i + 1) / count});
  }
  if (points.empty()) retries.message = nothing;
  const double last = points.empty() ? kMinute : std::min(points.back().time, kLongestRetry);
  if (!points.empty()) back.line = {std::move(points)};
  retries.highest = 100;
  retries.series.push_back(std::move(back));
  retries_->set_content(std::move(retries), 0, last);

  ChartContent effect;
  effect.title = tr("What so long a delay would do");
  effect.unit = tr("% of senders caught");
  effect.right_unit = tr("wait, minutes");
  effect.across_unit = tr("minutes of delay");
  ChartSeries caught = curve_of(delays_, GreylistDelays::CaughtShare, 0.01);
  caught.name = tr("never pass");
  caught.colour = kCaught;
  ChartSeries median = curve_of(delays_, GreylistDelays::MedianWait, kMinute);
  median.name = tr("wait of the others, median");
  median.colour = kMedian;
  median.is_on_right = true;
  ChartSeries longest = curve_of(delays_, GreylistDelays::P95Wait, kMinute);
  longest.name = tr("wait of 95 of 100");
  longest.colour = kLongest;
  longest.is_on_right = true;
  longest.is_dashed = true;
  effect.highest = top_of(caught);
  effect.right_highest = std::max(top_of(median), top_of(longest));
  if (delays_.rowCount() == 0) effect.message = nothing;
  effect.series = {std::move(caught), std::move(median), std::move(longest)};
  effect_->set_content(std::move(effect), 1, delays_.rowCount());
}

void GreylistPage::tell_choice() {
  for (MarkedPlot* plot : {retries_, effect_}) plot->set_mark(slider_->value());
  if (delays_.rowCount() == 0) return;
  const int row = slider_->value() - 1;
  const auto text = [&](GreylistDelays::Column column) {
    const QString shown = delays_.data(delays_.index(row, column), Qt::DisplayRole).toString();
    return shown.isEmpty() ? QStringLiteral("–") : shown;
  };
  const bool is_replayed = delays_.data(delays_.index(row, GreylistDelays::Known), Qt::EditRole).toBool();
  set_answer(tr("%n minute(s): %1 of the deferred never pass, the others wait %2", nullptr, slider_->value())
                 .arg(text(GreylistDelays::CaughtShare), text(GreylistDelays::MedianWait)),
             tr("%1 caught, %2 passed; 95 of 100 wait no longer than %3.")
                     .arg(text(GreylistDelays::Caught), text(GreylistDelays::Passed),
                          text(GreylistDelays::P95Wait)) +
                 ' ' +
                 (is_replayed ? tr("So it would have been with these mails.")
                              : tr("An estimate: the delay in force is shorter.")));
  set_configuration(GreylistDelays::configuration(chosen_delay(), autowhite_->currentData().toDouble()));
}

}  // namespace milter_manager::gui
