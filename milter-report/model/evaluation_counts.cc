// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/evaluation_counts.h"

namespace milter_manager::report {

EvaluationCounts evaluation_counts(const ArchiveCounts& counts) {
  EvaluationCounts result;
  result.lost = counts.count("reject") + counts.count("discard") + counts.count("quarantine");
  result.refused = result.lost + counts.count("temporary_failure");
  result.judged = result.refused + counts.count("pass") + counts.count("accept");
  return result;
}

}  // namespace milter_manager::report
