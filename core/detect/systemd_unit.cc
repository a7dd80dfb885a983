// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/systemd_unit.h"

#include <algorithm>
#include <map>

#include "core/detect/command_line.h"

namespace milter_manager::detect {
namespace {

constexpr std::string_view kFolders[] = {"/etc/systemd/system", "/run/systemd/system",
                                         "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                         "/lib/systemd/system"};
constexpr std::size_t kMaxEnvironmentFiles = 16;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

struct Reading {
  std::vector<std::string> environment_files;
  std::vector<Setting> environment;
  std::optional<Setting> description;
  std::optional<Setting> start;
};

void take(Reading& unit, std::string_view section, std::string_view key, Setting value) {
  if (section == "[Unit]" && key == "Description") {
    unit.description = std::move(value);
  } else if (section != "[Service]") {
    return;
  } else if (key == "ExecStart") {
    // An empty one forgets those before; of several, the last is the milter.
    if (value.text.empty())
      unit.start.reset();
    else
      unit.start = std::move(value);
  } else if (key == "Environment") {
    if (value.text.empty())
      unit.environment.clear();
    else
      unit.environment.push_back(std::move(value));
  } else if (key == "EnvironmentFile") {
    if (value.text.empty())
      unit.environment_files.clear();
    else if (unit.environment_files.size() < kMaxEnvironmentFiles)
      unit.environment_files.push_back(value.text.substr(value.text.front() == '-' ? 1 : 0));
  }
}

void read_into(Files& files, const std::string& path, Reading& unit) {
  const auto text = files.read(path);
  if (!text) return;
  std::string_view rest = *text;
  std::string section;
  std::string line;
  for (int number = 1, first = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view physical = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!physical.empty() && (physical.front() == '#' || physical.front() == ';')) continue;
    if (line.empty()) first = number;
    line += physical;
    if (!line.empty() && line.back() == '\\' && !rest.empty()) {
      line.back() = ' ';
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!line.empty() && line.front() == '[') {
      section = line;
    } else if (equals != std::string::npos) {
      take(unit, section, trimmed(std::string_view(line).substr(0, equals)),
           {std::string(trimmed(std::string_view(line).substr(equals + 1))), path, first});
    } else if (!line.empty()) {
      files.warn(path, first, "is neither a section nor a setting");
    }
    line.clear();
  }
}

bool is_wanted(const Files& files, const std::string& service) {
  for (const std::string_view folder : kFolders) {
    for (const std::string& name : files.names_in(std::string(folder))) {
      if (!ends_with(name, ".wants") && !ends_with(name, ".requires")) continue;
      if (files.exists(std::string(folder) + "/" + name + "/" + service)) return true;
    }
  }
  return false;
}

// Those of the earlier folder win; they are read in the order of their names.
std::map<std::string, std::string> drop_ins(const Files& files, const std::string& service) {
  std::map<std::string, std::string> found;
  for (const std::string_view folder : kFolders) {
    const std::string drop_in_folder = std::string(folder) + "/" + service + ".d";
    for (const std::string& name : files.names_in(drop_in_folder)) {
      if (ends_with(name, ".conf")) found.emplace(name, drop_in_folder + "/" + name);
    }
  }
  return found;
}

// %t and its kin (systemd.unit(5)), for a unit of the system that is no template.
std::string without_specifiers(std::string_view text, const std::string& name) {
  std::string expanded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i] == '%' && i + 1 < text.size() ? text[i + 1] : '\0';
    constexpr std::pair<char, std::string_view> kFixed[] = {
        {'%', "%"},        {'t', "/run"}, {'S', "/var/lib"}, {'C', "/var/cache"},
        {'L', "/var/log"}, {'E', "/etc"}, {'T', "/tmp"},     {'V', "/var/tmp"}};
    const auto fixed = std::find_if(std::begin(kFixed), std::end(kFixed),
                                    [&](const auto& one) { return one.first == letter; });
    if (letter == '\0') {
      expanded += text[i];
      continue;
    }
    ++i;
    if (fixed != std::end(kFixed)) {
      expanded += fixed->second;
    } else if (letter == 'n' || letter == 'N' || letter == 'p') {
      expanded += letter == 'n' ? name + ".service" : name;
    } else {
      expanded += {'%', letter};
    }
  }
  return expanded;
}

void set_environment(Shell& environment, const Setting& line) {
  for (const std::string& word : words_of_command(line.text)) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos)
      environment.set(word.substr(0, equals), {word.substr(equals + 1), line.file, line.line});
  }
}

}  // namespace

std::optional<SystemdUnit> read_systemd_unit(Files& files, const std::string& name) {
  const std::string service = name + ".service";
  const auto folder = std::find_if(std::begin(kFolders), std::end(kFolders), [&](std::string_view candidate) {
    return files.exists(std::string(candidate) + "/" + service);
  });
  if (folder == std::end(kFolders)) return std::nullopt;
  SystemdUnit unit{std::string(*folder) + "/" + service, false, false, {}, {}, Shell(files)};
  unit.masked = files.is_link_to(unit.file, "/dev/null");
  if (unit.masked) return unit;
  if (!files.is_file(unit.file)) {
    files.warn(unit.file, 0, "can't be read: it is no file");
    return std::nullopt;
  }
  Reading reading;
  read_into(files, unit.file, reading);
  for (const auto& drop_in : drop_ins(files, service)) {
    if (!files.is_link_to(drop_in.second, "/dev/null")) read_into(files, drop_in.second, reading);
  }
  for (Setting& line : reading.environment) {
    line.text = without_specifiers(line.text, name);
    set_environment(unit.environment, line);
  }
  for (const std::string& written : reading.environment_files) {
    const std::string file = without_specifiers(written, name);
    if (file.empty() || file.front() != '/') {
      files.warn(unit.file, 0, "EnvironmentFile should be an absolute path but is " + file);
    } else {
      unit.environment.read_settings(file);
    }
  }
  unit.wanted = is_wanted(files, service);
  unit.description = std::move(reading.description);
  unit.start = std::move(reading.start);
  if (unit.start) unit.start->text = unit.environment.expanded(without_specifiers(unit.start->text, name));
  return unit;
}

}  // namespace milter_manager::detect
