// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/tuning_of_archives.h"

#include <QCoreApplication>
#include <algorithm>

#include "milter-report/model/archive_load.h"
#include "milter-report/model/archive_summary.h"
#include "milter-report/model/mentions.h"

namespace milter_manager::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Tuning)
};

}  // namespace

bool asks_spamd(std::string_view milter) {
  return report::mentions(milter, "spamass") || report::mentions(milter, "spamd");
}
bool greylists(std::string_view milter) { return report::mentions(milter, "greylist"); }

Result<WorkersMaterial> workers_of_archives(const std::string& folder, const Period& period,
                                            const std::string& milter) {
  // One at a time: the loads of two milters are not to be added up.
  std::string chosen = milter;
  const auto is_wanted = [&](std::string_view name) {
    if (chosen.empty() && asks_spamd(name)) chosen = name;
    return name == chosen;
  };
  auto found = report::load_of_archives(folder, is_wanted, period.from, period.to);
  if (!found) return tl::unexpected(found.error());
  WorkersMaterial material{.period = period};
  material.milters = std::move(found->milters);
  material.cautions = std::move(found->failures);
  if (found->wanted.empty()) return material;
  material.milter = found->wanted.front();
  material.cautions.push_back(
      Words::tr("Archives tell how many were busy at once, and of no single mail: no replay, no "
                "service times. Log files tell more.")
          .toStdString());
  if (found->longest_step > std::chrono::hours(1)) {
    material.cautions.push_back(
        Words::tr(
            "So far back the archives have one row for %n hour(s): its busiest hour was busier than shown.",
            nullptr, static_cast<int>(found->longest_step / std::chrono::hours(1)))
            .toStdString());
  }
  material.hosts.emplace("", std::move(found->load));
  return material;
}

Result<EvaluationMaterial> evaluation_of_archives(const std::string& folder, const Period& period) {
  auto summary = report::sum_archives(folder, period.from, period.to);
  if (!summary) return tl::unexpected(summary.error());
  EvaluationMaterial material{.period = period};
  material.cautions = std::move(summary->failures);
  for (report::ArchiveCounts& counts : summary->archives) {
    if (counts.kind == archive::Kind::milter_evaluation) material.counts.push_back(std::move(counts));
  }
  material.cautions.push_back(
      Words::tr("Archives tell how many mails would have been refused, and of no single mail: "
                "whether others refused them too is in the log files.")
          .toStdString());
  return material;
}

}  // namespace milter_manager::gui
