// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/detectors.h"
#include "core/detect/init_script.h"

namespace milter_manager::detect {
namespace {

const Layout& layout() {
  static const Layout kLayout{"/etc/clamav/clamav-milter.conf",
                              "/etc/milter-greylist/greylist.conf",
                              "/etc/opendkim.conf",
                              "/etc/opendmarc.conf",
                              "/etc/enma.conf",
                              "/etc/rspamd"};
  return kLayout;
}

constexpr const char* kArguments[] = {"OPTARGS", "DAEMON_ARGS", "PARAMS", "OPTIONS", "DAEMON_OPTS"};

std::optional<Setting> socket_of(const Shell& shell) {
  for (const char* name : {"SOCKET", "SOCKFILE", "MILTERSOCKET", "CONNECTION_SPEC"}) {
    if (auto socket = shell.value(name)) return socket;
  }
  for (const char* variable : {"OPTARGS", "DAEMON_ARGS", "PARAMS"}) {
    if (auto socket = flag_of(shell.find(variable), 'p')) return socket;
  }
  return std::nullopt;
}

std::string file_of(const Shell& shell, Application application) {
  if (application == Application::clamav) {
    for (const char* variable : {"CLAMAVMILTERCONF", "CLAMAVCONF"}) {
      const auto file = shell.value(variable);
      if (file && file->text.find("clamav-milter") != std::string::npos) return file->text;
    }
  } else if (application != Application::rspamd) {
    for (const char* variable : kArguments) {
      if (auto file = flag_of(shell.find(variable), file_flag(application))) return file->text;
    }
  }
  return usual_file(layout(), application);
}

std::optional<Guess> guess_by_init(Files& files, const std::string& name) {
  const std::string script = "/etc/init.d/" + name;
  if (!files.exists(script)) return std::nullopt;
  Shell shell(files);
  shell.set("NAME", {name, script, 0});
  if (!shell.read_script(script)) return std::nullopt;
  const std::string defaults = "/etc/default/" + name;
  if (!shell.has_read(defaults)) shell.read_settings(defaults);

  Guess guess;
  guess.name = name;
  guess.command = script;
  guess.description = description_of_script(files, script);
  if (!guess.description) guess.description = shell.value("DESC");
  const auto enabled = shell.value("ENABLED");
  guess.starts = started_by_runlevels(files, name).value_or(true) && !(enabled && enabled->text == "0");
  const Application application = application_of(name);
  // Versions of ClamAV that have a file of their own listen where that says.
  if (application != Application::clamav) guess.socket = socket_of(shell);
  read_milter_file(files, application, file_of(shell, application), guess);
  if (!guess.socket) guess.socket = socket_of(shell);
  return guess;
}

}  // namespace

// Where systemd runs, a unit hides the script of the same name: the script then only tells what the unit does not.
std::vector<Guess> guess_on_debian(Files& files, const std::string& name) {
  auto unit = guess_by_systemd(files, name, layout());
  auto script = guess_by_init(files, name);
  if (!unit) return script ? std::vector{*script} : std::vector<Guess>{};
  if (!script) return {*unit};
  if (!has_systemd(files) && !(unit->starts && unit->socket)) return {*script};
  if (!unit->socket) unit->socket = script->socket;
  if (!unit->description) unit->description = script->description;
  if (unit->command.empty()) {
    unit->command = script->command;
    unit->command_options = script->command_options;
  }
  return {*unit};
}

}  // namespace milter_manager::detect
