// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/range_bar.h"

#include <QComboBox>
#include <QDateTimeEdit>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>
#include <cmath>

#include "gui/chart/time_range.h"

namespace milter_manager::gui {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct Length {
  const char* word;  // of the command line
  const char* text;
  seconds length;
};

constexpr hours kDay{24};
constexpr Length kLengths[] = {
    {"hour", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "1 hour"), hours(1)},
    {"6h", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "6 hours"), hours(6)},
    {"day", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "1 day"), kDay},
    {"3d", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "3 days"), 3 * kDay},
    {"week", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "1 week"), 7 * kDay},
    {"2w", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "2 weeks"), 14 * kDay},
    {"month", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "1 month"), 30 * kDay},
    {"3m", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "3 months"), 91 * kDay},
    {"6m", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "6 months"), 182 * kDay},
    {"year", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "1 year"), 365 * kDay},
    {"2y", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "2 years"), 730 * kDay},
    {"5y", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "5 years"), 1826 * kDay},
    {"10y", QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "10 years"), 3652 * kDay},
};

struct Before {
  const char* text;
  seconds by;  // 0: none; below 0: as long as the range is
};
constexpr Before kBefore[] = {
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "no other period"), seconds(0)},
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "the period before"), seconds(-1)},
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "a day earlier"), kDay},
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "a week earlier"), 7 * kDay},
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "four weeks earlier"), 28 * kDay},
    {QT_TRANSLATE_NOOP("milter_manager::gui::RangeBar", "a year earlier"),
     364 * kDay},  // the same day of the week
};

QDateTime moment(double time) { return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(time)); }

}  // namespace

RangeBar::RangeBar(TimeRange& range, QWidget* parent)
    : QToolBar(parent),
      range_(range),
      length_(new QComboBox(this)),
      from_(new QDateTimeEdit(this)),
      to_(new QDateTimeEdit(this)),
      now_(new QToolButton(this)),
      comparison_(new QComboBox(this)) {
  setObjectName(QStringLiteral("range"));
  setWindowTitle(tr("Range"));
  setMovable(false);
  for (const Length& length : kLengths) length_->addItem(tr(length.text));
  length_->addItem(tr("custom"));
  length_->setMaxVisibleItems(20);
  length_->setAccessibleName(tr("Length of the range"));
  for (QDateTimeEdit* edit : {from_, to_}) {
    //: a moment, as QDateTimeEdit shows it
    edit->setDisplayFormat(tr("yyyy-MM-dd HH:mm"));
    edit->setCalendarPopup(true);
    // Half a date is no range: nothing moves while somebody writes.
    edit->setKeyboardTracking(false);
    connect(edit, &QDateTimeEdit::dateTimeChanged, this, &RangeBar::set_range);
  }
  from_->setAccessibleName(tr("From"));
  to_->setAccessibleName(tr("To"));
  now_->setText(tr("&Now"));
  now_->setCheckable(true);
  now_->setToolTip(tr("Follow the present"));
  for (const Before& before : kBefore) comparison_->addItem(tr(before.text));
  comparison_->setAccessibleName(tr("Compare with"));

  const auto add = [this](const QString& text, QWidget* widget) {
    auto* label = new QLabel(text, this);
    label->setBuddy(widget);
    label->setContentsMargins(8, 0, 4, 0);
    addWidget(label);
    addWidget(widget);
  };
  add(tr("&Range:"), length_);
  add(tr("F&rom:"), from_);
  add(tr("&To:"), to_);
  auto* space = new QWidget(this);
  space->setFixedWidth(6);
  addWidget(space);
  addWidget(now_);
  add(tr("C&ompare with:"), comparison_);

  connect(length_, &QComboBox::activated, this, &RangeBar::choose);
  connect(comparison_, &QComboBox::activated, this, &RangeBar::choose_comparison);
  connect(now_, &QToolButton::toggled, &range_, &TimeRange::set_following);
  connect(&range_, &TimeRange::following_changed, now_, &QToolButton::setChecked);
  connect(&range_, &TimeRange::changed, this, &RangeBar::show_range);
  show_range();
}

QStringList RangeBar::words() {
  QStringList words;
  for (const Length& length : kLengths) words += QString::fromLatin1(length.word);
  return words;
}

seconds RangeBar::length_of(const QString& word) {
  for (const Length& length : kLengths) {
    if (word == QLatin1String(length.word)) return length.length;
  }
  return seconds(0);
}

QString RangeBar::chosen() const {
  const int row = length_->currentIndex();
  return row < static_cast<int>(std::size(kLengths)) ? QString::fromLatin1(kLengths[row].word) : QString();
}

void RangeBar::choose(int row) {
  if (row < 0 || row >= static_cast<int>(std::size(kLengths))) {
    from_->setFocus();
    return;
  }
  const auto length = static_cast<double>(kLengths[row].length.count());
  range_.set(range_.to() - length, range_.to());
  show_range();
}

void RangeBar::choose_comparison() {
  const seconds by = kBefore[std::max(comparison_->currentIndex(), 0)].by;
  emit comparison_changed(by.count() >= 0 ? by : seconds(static_cast<std::int64_t>(range_.length())));
}

void RangeBar::show_range() {
  const QSignalBlocker block_from(from_), block_to(to_);
  from_->setDateTime(moment(range_.from()));
  to_->setDateTime(moment(range_.to()));
  int row = static_cast<int>(std::size(kLengths));
  for (std::size_t i = 0; i < std::size(kLengths); ++i) {
    // A range that was cut at its limits is the whole of what there is: still the length that was asked for.
    if (std::abs(static_cast<double>(kLengths[i].length.count()) - range_.length()) < 1)
      row = static_cast<int>(i);
  }
  length_->setCurrentIndex(row);
  if (kBefore[std::max(comparison_->currentIndex(), 0)].by.count() < 0) choose_comparison();
}

void RangeBar::set_range() {
  const auto from = static_cast<double>(from_->dateTime().toSecsSinceEpoch());
  const auto to = static_cast<double>(to_->dateTime().toSecsSinceEpoch());
  if (from < to) range_.set(from, to);
  show_range();
}

}  // namespace milter_manager::gui
