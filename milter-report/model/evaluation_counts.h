// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/model/archive_summary.h"

namespace milter_manager::report {

// What an archive tells of a milter that was tried: messages, by what enforcement would have done. Of recipients that
// alone would have been refused nothing is in here.
struct EvaluationCounts {
  double judged = 0;
  double refused = 0;  // of these: rejected, deferred, discarded or quarantined
  double lost = 0;     // of these: all but deferred
  double refused_share() const { return judged > 0 ? refused / judged : 0; }
};

// Of Kind::milter_evaluation.
EvaluationCounts evaluation_counts(const ArchiveCounts& counts);

}  // namespace milter_manager::report
