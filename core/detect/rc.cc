// SPDX-License-Identifier: GPL-3.0-or-later
// The scripts of rc.d: FreeBSD's, and those that pkgsrc brings.
#include <fmt/format.h>
#include <strings.h>

#include <algorithm>

#include "core/detect/command_line.h"
#include "core/detect/detectors.h"
#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

bool is_yes(const std::optional<Setting>& setting) {
  constexpr const char* kYes[] = {"yes", "true", "on", "1"};
  return setting && std::any_of(std::begin(kYes), std::end(kYes), [&](const char* yes) {
           return ::strcasecmp(setting->text.c_str(), yes) == 0;
         });
}

bool is_variable(std::string_view name) { return !name.empty() && name_length(name) == name.size(); }

class Script {
 public:
  // The variables of the service, or of a profile of it, begin with `prefix` and _.
  Script(Files& files, Shell& shell, const RcSystem& system, std::string name, std::string prefix,
         bool is_profile)
      : files_(files),
        shell_(shell),
        system_(system),
        name_(std::move(name)),
        prefix_(std::move(prefix)),
        is_profile_(is_profile) {}

  Guess guess(const std::string& command, bool starts) {
    Guess guess;
    guess.name = name_;
    guess.command = command;
    guess.starts = starts;
    const Application application = application_of(name_);
    guess.socket = socket();
    std::optional<Setting> file;
    for (const char* variable : {"cfgfile", "conf_file", "conf", "configfile"}) {
      if (!file) file = of(variable);
    }
    if (!file && application != Application::rspamd) file = flag(file_flag(application));
    const auto own = file ? file->text : usual_file(system_.layout, application);
    // These listen where their file says, whatever the script's variable has as its own default.
    const bool file_first = application == Application::clamav || application == Application::opendmarc;
    std::optional<Setting> variable = guess.socket;
    if (file_first) guess.socket.reset();
    read_milter_file(files_, application, own, guess);
    if (!guess.socket) guess.socket = variable;
    return guess;
  }

  std::optional<Setting> of(const std::string& variable) const {
    return shell_.value(prefix_ + "_" + variable);
  }

 private:
  std::optional<Setting> socket() {
    for (const char* variable : {"socket", "sockfile", "connection_spec", "sock", "milter_socket"}) {
      if (auto found = of(variable)) return found;
    }
    return flag('p');
  }

  // Of the service's flags, then of the script's command_args.
  std::optional<Setting> flag(char letter) {
    for (const std::string& variable : {prefix_ + "_flags", std::string("command_args")}) {
      if (variable == "command_args" && is_profile_) break;  // made of what is the same for all of them
      const Setting* found = shell_.find(variable);
      if (!found) continue;
      const Setting arguments{shell_.expanded(found->text), found->file, found->line};
      if (auto value = flag_of(&arguments, letter)) return value;
    }
    return std::nullopt;
  }

  Files& files_;
  Shell& shell_;
  const RcSystem& system_;
  std::string name_;
  std::string prefix_;
  bool is_profile_;
};

}  // namespace

std::vector<Guess> guess_by_rc(Files& files, const std::string& name, const RcSystem& system) {
  const std::string path = system.scripts + "/" + name;
  if (!files.exists(path)) return {};
  Shell shell(files);
  shell.rc_files = system.settings;
  shell.rc_folders = system.folders;
  if (!shell.read_script(path)) return {};
  std::string own_name = name;
  if (const auto given = shell.value("name")) own_name = given->text;
  std::replace(own_name.begin(), own_name.end(), '-', '_');
  // A script that has no load_rc_config, or has it where it wasn't found, or calls the service otherwise.
  shell.load_rc(own_name);
  shell.load_rc(name);
  std::string variable = own_name + system.enabling_suffix;
  if (const auto given = shell.value("rcvar"); given && is_variable(given->text)) variable = given->text;
  const bool starts = is_yes(shell.value(variable));

  const auto profiles = shell.value(own_name + "_profiles");
  if (!profiles) return {Script(files, shell, system, name, own_name, false).guess(path, starts)};
  std::vector<Guess> guesses;
  for (const std::string& profile : words_of_command(profiles->text)) {
    if (!is_variable(profile)) {
      files.warn(profiles->file, profiles->line,
                 fmt::format("{}_profiles has no good name: <{}>", own_name, profile));
      continue;
    }
    const std::string prefix = own_name + "_" + profile;
    Script script(files, shell, system, name + "-" + profile, prefix, true);
    const auto enable = script.of("enable");
    Guess guess = script.guess(path, enable ? is_yes(enable) : starts);
    if (!guess.socket) guess.socket = shell.value(own_name + "_socket");
    guess.command_options = "start " + profile;
    guesses.push_back(std::move(guess));
  }
  return guesses;
}

}  // namespace milter_manager::detect
