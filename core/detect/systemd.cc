// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/detectors.h"
#include "core/detect/systemd_unit.h"

namespace milter_manager::detect {
namespace {

// What a command line says wins over the milter's own configuration.
void guess_socket(Files& files, const SystemdUnit& unit, const Layout& layout, Guess& guess) {
  const Application application = application_of(guess.name);
  const Setting* const start = unit.start ? &*unit.start : nullptr;
  if (application != Application::clamav && application != Application::rspamd &&
      application != Application::enma) {
    guess.socket = flag_of(start, 'p');
  }
  if (!guess.socket && guess.name.find("amavis") != std::string::npos) guess.socket = flag_of(start, 's');
  std::optional<Setting> file;
  if (application != Application::rspamd) file = flag_of(start, file_flag(application), "config-file");
  read_milter_file(files, application, file ? file->text : usual_file(layout, application), guess);
  for (const char* name : {"SOCKET", "SOCKET_ADDRESS", "MILTER_SOCKET", "MILTERSOCKET", "CONNECTION_SPEC"}) {
    if (!guess.socket) guess.socket = unit.environment.value(name);
  }
}

}  // namespace

bool has_systemd(const Files& files) {
  return files.is_executable("/usr/bin/systemctl") || files.is_executable("/bin/systemctl");
}

std::optional<Guess> guess_by_systemd(Files& files, const std::string& name, const Layout& layout) {
  const auto unit = read_systemd_unit(files, name);
  if (!unit) return std::nullopt;
  Guess guess;
  guess.name = name;
  guess.starts = unit->wanted && !unit->masked;
  guess.description = unit->description;
  guess.command_options = "start " + name;
  for (const char* systemctl : {"/usr/bin/systemctl", "/bin/systemctl"}) {
    if (guess.command.empty() && files.is_executable(systemctl)) guess.command = systemctl;
  }
  for (const char* service : {"/sbin/service", "/usr/sbin/service"}) {
    if (!guess.command.empty() || !files.is_executable(service)) continue;
    guess.command = service;
    guess.command_options = name + " start";
  }
  if (!unit->masked) guess_socket(files, *unit, layout, guess);
  return guess;
}

}  // namespace milter_manager::detect
