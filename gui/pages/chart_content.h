// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <memory>

#include "gui/chart/content.h"
#include "gui/model/chart.h"

namespace milter_manager::gui {

// The numbers of one chart, as they are in the program: shared by what is drawn and what the cross-hair reads.
struct ChartNumbers {
  std::shared_ptr<const ChartData> present;
  std::shared_ptr<const ChartData> earlier;  // moved to the present; null: there is no comparison
};

// What a person has switched on and off, by the lines' keys; where nothing is said the series' look decides.
struct Toggled {
  QSet<QString> shown, hidden;
  void set(const QString& key, bool is_shown);
  bool is_shown(const QString& key, bool otherwise) const;
};

// Makes the content of a chart: stacks, decimates to so many columns, gives names and colours. Series are in the order of the
// lines of `present`.
// Cost: a pass over the rows that are in sight.
ChartContent chart_content(const ChartNumbers& numbers, const Toggled& toggled, const Period& visible,
                           std::uint32_t columns);

}  // namespace milter_manager::gui
