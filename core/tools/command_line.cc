// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/command_line.h"

namespace milter_manager::tools {

std::string typed_name(const std::vector<std::string>& arguments, const std::string& short_name,
                       const std::string& long_name) {
  std::string name = long_name;
  for (const std::string& argument : arguments) {
    if (argument.compare(0, long_name.size(), long_name) == 0) name = long_name;
    if (argument.size() > 1 && argument[0] == '-' && argument[1] == short_name[1]) name = short_name;
  }
  return name;
}

}  // namespace milter_manager::tools
