// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/init_script.h"

#include <strings.h>

#include <algorithm>

#include "core/detect/detectors.h"
#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

// Whether the comment continues the value of the line before it: with two spaces or a tabulator in LSB's block, behind a backslash in
// chkconfig's.
bool goes_on(std::string_view comment, const std::string& value) {
  return (!value.empty() && value.back() == '\\') || comment.substr(0, 2) == "  " ||
         comment.substr(0, 1) == "\t";
}

}  // namespace

std::optional<Setting> header_of_script(Files& files, const std::string& path, std::string_view key) {
  const auto text = files.read(path);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  std::optional<Setting> found;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.substr(0, 1) != "#") {
      if (found || !trimmed(line).empty()) break;
      continue;
    }
    line.remove_prefix(1);
    if (found) {
      if (!goes_on(line, found->text)) break;
      if (found->text.back() == '\\') found->text = trimmed(found->text.substr(0, found->text.size() - 1));
      found->text += ' ';
      found->text += trimmed(line);
      continue;
    }
    line = trimmed(line);
    const bool matches = line.size() > key.size() && line[key.size()] == ':' &&
                         ::strncasecmp(line.data(), key.data(), key.size()) == 0;
    if (!matches) continue;
    const std::string_view value = trimmed(line.substr(key.size() + 1));
    if (!value.empty()) found = Setting{std::string(value), path, number};
  }
  return found;
}

std::optional<Setting> description_of_script(Files& files, const std::string& path) {
  auto description = header_of_script(files, path, "Description");
  return description ? description : header_of_script(files, path, "Short-Description");
}

std::optional<bool> started_by_runlevels(const Files& files, const std::string& name) {
  std::optional<bool> started;
  for (const char* folder : {"/etc/rc", "/etc/rc.d/rc"}) {
    for (char level = '0'; level <= '6'; ++level) {
      const std::string links = std::string(folder) + level + ".d";
      if (!started && files.exists(links)) started = false;
      for (const std::string& link : files.names_in(links)) {
        if (link.size() != name.size() + 3 || link.compare(3, name.size(), name) != 0) continue;
        if (link[0] != 'S' && link[0] != 'K') continue;
        started = *started || (link[0] == 'S' && level >= '2' && level <= '5');
      }
    }
  }
  return started;
}

}  // namespace milter_manager::detect
