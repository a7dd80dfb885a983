// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/shown.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace milter_manager::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Numbers)
};

// Three digits that count.
QString three_digits(double value) {
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return QLocale().toString(value, 'f', value == 0 ? 0 : decimals);
}

}  // namespace

QString shown_count(std::uint64_t count) { return QLocale().toString(static_cast<qulonglong>(count)); }

QString shown_share(double share) { return Words::tr("%1 %").arg(three_digits(share * 100)); }

QString shown_seconds(double seconds) {
  if (seconds == 0) return Words::tr("0 s");
  if (seconds < 0.9995) return Words::tr("%1 ms").arg(three_digits(seconds * 1000));
  if (seconds < 99.95) return Words::tr("%1 s").arg(three_digits(seconds));
  constexpr double kLongest = 1e15;
  const auto whole = std::llround(std::fmin(seconds, kLongest));
  if (whole < 3600) return Words::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60);
  return Words::tr("%1 h %2 min").arg(QLocale().toString(whole / 3600)).arg(whole % 3600 / 60);
}

}  // namespace milter_manager::gui
