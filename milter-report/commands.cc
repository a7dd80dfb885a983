// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/commands.h"

#include "milter-report/check_command.h"
#include "milter-report/compare_command.h"
#include "milter-report/digest_command.h"
#include "milter-report/evaluation_command.h"
#include "milter-report/mail_command.h"
#include "milter-report/processes_command.h"
#include "milter-report/summary_command.h"
#include "milter-report/tuning_command.h"

namespace milter_manager::report {

std::vector<std::unique_ptr<Command>> commands() {
  using Make = std::unique_ptr<Command> (*)();
  constexpr Make kCommands[] = {
      make_summary_command, make_mail_command,  make_evaluation_command, make_tuning_command,
      make_compare_command, make_check_command, make_digest_command,     make_processes_command,
  };
  std::vector<std::unique_ptr<Command>> all;
  for (const Make make : kCommands) all.push_back(make());
  return all;
}

}  // namespace milter_manager::report
