// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/spamd_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/chart/marked_plot.h"
#include "gui/chart/ticks.h"
#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

constexpr SeriesColour kWaiting{0xcf0100, 0xff6b5e};
constexpr SeriesColour kMemory{0x4583ff, 0x6fa5ff};
constexpr SeriesColour kAtOnce{0x297e56, 0x1bb62d};
constexpr int kMebibyte = 1 << 20;

ChartSeries curve_of(const SpamdChildren& children, SpamdChildren::Column column, double unit) {
  ChartSeries series;
  std::vector<Point> points;
  for (int row = 0; row < children.rowCount(); ++row) {
    const QVariant value = children.data(children.index(row, column), Qt::EditRole);
    const double number =
        children.data(children.index(row, SpamdChildren::Children), Qt::EditRole).toDouble();
    if (value.isValid()) points.push_back({number, value.toDouble() / unit});
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

QLabel* label_for(const QString& text, QWidget* buddy, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setBuddy(buddy);
  return label;
}

}  // namespace

SpamdPage::SpamdPage(QWidget* parent) : TuningPage(parent) {
  milter_ = make_milter_box();
  host_ = new QComboBox(this);
  host_->setAccessibleName(tr("Host"));
  day_ = new QComboBox(this);
  day_->setAccessibleName(tr("Day to replay"));
  for (QComboBox* box : {host_, day_}) box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  at_once_ = new MarkedPlot(this);
  effect_ = new MarkedPlot(this);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setMinimum(1);
  slider_->setPageStep(5);
  slider_->setAccessibleName(tr("Number of children"));
  number_ = new QSpinBox(this);
  number_->setMinimum(1);
  number_->setAccessibleName(tr("Number of children"));
  memory_ = new QSpinBox(this);
  memory_->setRange(1, 100'000);
  //: mebibytes, behind a number
  memory_->setSuffix(tr(" MiB"));
  memory_->setValue(static_cast<int>(SpamdChildren::kUsualMemory / kMebibyte));
  recommended_ = new QPushButton(this);

  auto* choice = new QHBoxLayout;
  choice->addWidget(label_for(tr("&Milter:"), milter_, this));
  choice->addWidget(milter_);
  choice->addSpacing(12);
  choice->addWidget(label_for(tr("&Host:"), host_, this));
  choice->addWidget(host_);
  choice->addSpacing(12);
  choice->addWidget(label_for(tr("Re&play:"), day_, this));
  choice->addWidget(day_);
  choice->addStretch();
  choice->addWidget(label_for(tr("Memory of a &child:"), memory_, this));
  choice->addWidget(memory_);
  choices()->addLayout(choice);
  auto* plots = new QHBoxLayout;
  plots->setSpacing(10);
  plots->addWidget(at_once_, 2);
  plots->addWidget(effect_, 3);
  body()->addLayout(plots, 1);
  auto* sliding = new QHBoxLayout;
  sliding->addWidget(label_for(tr("--ma&x-children"), slider_, this));
  sliding->addWidget(slider_, 1);
  sliding->addWidget(number_);
  sliding->addWidget(recommended_);
  choices()->addLayout(sliding);

  connect(slider_, &QSlider::valueChanged, number_, &QSpinBox::setValue);
  connect(number_, &QSpinBox::valueChanged, slider_, &QSlider::setValue);
  connect(slider_, &QSlider::valueChanged, this, &SpamdPage::tell_choice);
  effect_->on_click([this](double at) { slider_->setValue(static_cast<int>(std::lround(at))); });
  connect(memory_, &QSpinBox::valueChanged, this, [this](int mebibytes) {
    children_.set_memory_of_child(static_cast<std::uint64_t>(mebibytes) * kMebibyte);
    draw();
    tell_choice();
  });
  connect(recommended_, &QPushButton::clicked, this, [this] {
    if (const auto best = children_.recommended()) slider_->setValue(static_cast<int>(*best));
  });
  connect(host_, &QComboBox::activated, this, [this] {
    day_->clear();
    compute();
  });
  connect(day_, &QComboBox::activated, this, &SpamdPage::compute);
  SpamdPage::clear();
}

void SpamdPage::set_scheme(Scheme scheme) {
  at_once_->set_scheme(scheme);
  effect_->set_scheme(scheme);
}

void SpamdPage::clear() {
  question_.cancel();
  curve_.cancel();
  material_.reset();
  children_.set_curve({});
  host_->clear();
  day_->clear();
  draw();
  for (QWidget* widget : {static_cast<QWidget*>(slider_), static_cast<QWidget*>(number_)})
    widget->setEnabled(false);
  recommended_->hide();
  set_configuration({});
}

void SpamdPage::ask(Source& source, const Period& period) {
  question_.cancel();
  question_ = source.workers(period, milter_->currentText().toStdString());
  on_answer(question_, this, [this](Result<WorkersMaterial> answer) { take(std::move(answer)); });
}

void SpamdPage::take(Result<WorkersMaterial> answer) {
  if (!answer) return tell(QString::fromStdString(answer.error().message));
  material_ = std::make_shared<const WorkersMaterial>(std::move(*answer));
  tell({}, material_->cautions);
  fill_milters(material_->milters, material_->milter);
  host_->clear();
  day_->clear();
  for (const auto& [name, load] : material_->hosts) {
    host_->addItem(name.empty() ? tr("all hosts") : QString::fromStdString(name),
                   QString::fromStdString(name));
  }
  host_->setEnabled(host_->count() > 1);
  compute();
}

void SpamdPage::compute() {
  curve_.cancel();
  if (!material_ || host_->count() == 0) return show_curve({});
  const std::string host = host_->currentData().toString().toStdString();
  const QDate chosen = day_->currentData().toDate();
  const std::optional<QDate> day = chosen.isValid() ? std::optional(chosen) : std::nullopt;
  curve_ = computations_.start<SpamdChildren::Curve>(
      [material = material_, host, day](const IsCancelled&) -> Result<SpamdChildren::Curve> {
        return SpamdChildren::compute(*material, host, day);
      });
  on_answer(curve_, this, [this](Result<SpamdChildren::Curve> curve) { show_curve(std::move(*curve)); });
}

void SpamdPage::fill_days() {
  if (day_->count() > 0) return;
  day_->addItem(tr("all days"));
  for (const QDate& day : children_.curve().days) {
    day_->addItem(QLocale().toString(day, QLocale::ShortFormat), day);
  }
  day_->setEnabled(day_->count() > 1);
}

void SpamdPage::show_curve(SpamdChildren::Curve curve) {
  children_.set_curve(std::move(curve));
  fill_days();
  const int rows = children_.rowCount();
  const bool has_rows = rows > 0;
  slider_->setEnabled(has_rows);
  number_->setEnabled(has_rows);
  const auto best = children_.recommended();
  recommended_->setVisible(best.has_value());
  if (best) recommended_->setText(tr("&Recommended: %1").arg(*best));
  draw();
  if (!has_rows) {
    set_configuration({});
    return set_answer(tr("Nothing is known of its work in this period."), {});
  }
  slider_->setMaximum(rows);
  number_->setMaximum(rows);
  slider_->setValue(static_cast<int>(best.value_or(children_.curve().now.value_or(1))));
  tell_choice();
}

void SpamdPage::draw() {
  const QString nothing = tr("There are no numbers of this kind here.");
  ChartContent at_once;
  at_once.title = tr("Mails at once");
  //: how long
  at_once.unit = tr("minutes of the period");
  at_once.across_unit = tr("mails worked on at once");
  ChartSeries bars;
  bars.name = at_once.title;
  bars.colour = kAtOnce;
  bars.is_area = true;
  const auto& seconds = children_.curve().seconds_at_once;
  std::vector<Point> steps;
  for (std::size_t k = 1; k < seconds.size(); ++k) {
    const auto middle = static_cast<double>(k);
    // A bar, and the ground between it and the next.
    for (const auto& [x, part] : {std::pair{-0.4, 0.0}, {-0.4, 1.0}, {0.4, 1.0}, {0.4, 0.0}}) {
      steps.push_back({middle + x, part * seconds[k] / 60});
    }
  }
  if (steps.empty()) {
    at_once.message = nothing;
  } else {
    bars.line = {std::move(steps)};
    at_once.highest = top_of(bars);
    at_once.series.push_back(std::move(bars));
  }
  at_once_->set_content(std::move(at_once), 0.5, std::max(static_cast<double>(seconds.size()) - 0.5, 4.5));

  ChartContent effect;
  effect.title = tr("What so many children would do");
  effect.unit = tr("% of mails wait");
  effect.right_unit = tr("memory, GiB");
  effect.across_unit = tr("children");
  ChartSeries waiting = curve_of(children_, SpamdChildren::WaitingShare, 0.01);
  waiting.name = tr("mails that wait");
  waiting.colour = kWaiting;
  ChartSeries memory = curve_of(children_, SpamdChildren::Memory, 1024.0 * kMebibyte);
  memory.name = tr("memory");
  memory.colour = kMemory;
  memory.is_dashed = true;
  memory.is_on_right = true;
  effect.highest = top_of(waiting);
  effect.right_highest = top_of(memory);
  if (children_.rowCount() == 0) effect.message = nothing;
  effect.series = {std::move(waiting), std::move(memory)};
  effect_->set_content(std::move(effect), 1, children_.rowCount());
  effect_->set_mark(slider_->value());
}

void SpamdPage::tell_choice() {
  effect_->set_mark(slider_->value());
  if (children_.rowCount() == 0) return;
  const int row = slider_->value() - 1;
  const auto text = [&](SpamdChildren::Column column) {
    const QString shown = children_.data(children_.index(row, column), Qt::DisplayRole).toString();
    return shown.isEmpty() ? QStringLiteral("–") : shown;
  };
  QString explanation = tr("Those that wait do so for %1 on average, at most for %2.")
                            .arg(text(SpamdChildren::MeanWait), text(SpamdChildren::LongestWait));
  if (children_.is_saturated()) {
    explanation += '\n' + tr("There were too few children already: these waits hold time spent queueing. Try "
                             "more for some days.");
  }
  set_answer(tr("--max-children=%1: %2 of the mails wait, %3 of memory")
                 .arg(slider_->value())
                 .arg(text(SpamdChildren::WaitingShare), text(SpamdChildren::Memory)),
             explanation);
  set_configuration(SpamdChildren::configuration(static_cast<std::uint32_t>(slider_->value())));
}

}  // namespace milter_manager::gui
