// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/page/language.h"

namespace milter_manager::log_analyzer {

// Why a graph is empty: what the other graphs of the same range tell about it.
//
// An empty graph of an idle filter and one of a filter that nobody asks any more look the same; so do a quiet night and
// a logger that has died. The first cause that explains the emptiness is told: no log lines, a manager that is silent,
// most lines lost, no mail at all, a milter that no line names.
class Reasons {
 public:
  // The gallery must outlive it.
  explicit Reasons(const Gallery& gallery);

  // A sentence for a graph of `room`, whose `showing` is not Showing::events.
  std::string why_empty(const Room& room, const Exhibit& exhibit, const Language& language) const;

  // The end of the last row of the manager's health in which a process of it reported, where the log goes on without it
  // for longer than such a row takes. None while it reports, or where it is of a version that does not.
  std::optional<std::chrono::sys_seconds> manager_silent_since() const;

 private:
  std::string why_nothing(const Room& room, const Exhibit& exhibit, const Language& language) const;
  std::string why_no_event(const Room& room, const Exhibit& exhibit, const Language& language) const;

  const Gallery& gallery_;
  // When a milter, by its safe name, last did anything: the end of the shortest row that tells of it.
  std::map<std::string, std::chrono::sys_seconds> last_seen_;
};

}  // namespace milter_manager::log_analyzer
