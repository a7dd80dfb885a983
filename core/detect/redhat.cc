// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "core/detect/detectors.h"
#include "core/detect/init_script.h"

namespace milter_manager::detect {
namespace {

const Layout& layout() {
  static const Layout kLayout{"/etc/mail/clamav-milter.conf", "/etc/mail/greylist.conf", "/etc/opendkim.conf",
                              "/etc/opendmarc.conf",          "/etc/enma.conf",          "/etc/rspamd"};
  return kLayout;
}

// A job of Upstart, as CentOS 5's kin has them.
std::optional<Guess> guess_by_upstart(Files& files, const std::string& name) {
  const std::string path = "/etc/event.d/" + name;
  const auto text = files.read(path);
  if (!text) return std::nullopt;
  Guess guess;
  guess.name = name;
  guess.command = "/sbin/start";
  guess.command_options = name;
  Setting arguments;
  std::string_view rest = *text;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.substr(0, 9) == "start on ") guess.starts = true;
    if (line.substr(0, 5) == "exec ") arguments = Setting{std::string(line.substr(5)), path, number};
    const std::string_view comment = line.substr(0, 1) == "#" ? trimmed(line.substr(1)) : std::string_view();
    if (!guess.description && !comment.empty())
      guess.description = Setting{std::string(comment), path, number};
  }
  const Application application = application_of(name);
  if (application == Application::greylist) guess.socket = flag_of(&arguments, 'p');
  const auto file = flag_of(&arguments, file_flag(application), "config-file");
  read_milter_file(files, application, file ? file->text : usual_file(layout(), application), guess);
  return guess;
}

std::string file_of(Files& files, const Shell& shell, const std::string& script, Application application) {
  std::optional<Setting> file;
  switch (application) {
    case Application::enma:
      file = shell.value("CONF_FILE");
      break;
    case Application::opendkim:
      file = shell.value("CONFIG");
      break;
    case Application::clamav:
      file = flag_of(shell.find("CLAMAV_FLAGS"), 'c', "config-file");
      if (!file && files.is_file("/etc/clamav-milter.conf")) return "/etc/clamav-milter.conf";
      break;
    case Application::greylist:
      file = flag_of(shell.find("OPTIONS"), 'f');
      if (!file) file = header_of_script(files, script, "config");
      break;
    default:
      break;
  }
  return file ? file->text : usual_file(layout(), application);
}

std::optional<Guess> guess_by_init(Files& files, const std::string& name) {
  std::string script = "/etc/init.d/" + name;
  if (!files.exists(script)) script = "/etc/rc.d/init.d/" + name;
  if (!files.exists(script)) return std::nullopt;
  Shell shell(files);
  if (!shell.read_script(script)) return std::nullopt;
  const std::string settings = "/etc/sysconfig/" + name;
  if (!shell.has_read(settings)) shell.read_settings(settings);

  Guess guess;
  guess.name = name;
  guess.command = script;
  guess.description = description_of_script(files, script);
  guess.starts = started_by_runlevels(files, name).value_or(false);
  for (const char* variable : {"SOCKET", "SOCKET_ADDRESS", "MILTER_SOCKET", "CONNECTION_SPEC"}) {
    if (!guess.socket) guess.socket = shell.value(variable);
  }
  // Not value(): OPTIONS="$OPTIONS -p …" begins with what nobody has set.
  if (!guess.socket) guess.socket = flag_of(shell.find("OPTIONS"), 'p');
  const Application application = application_of(name);
  read_milter_file(files, application, file_of(files, shell, script, application), guess);
  return guess;
}

}  // namespace

std::vector<Guess> guess_on_redhat(Files& files, const std::string& name) {
  const auto tells_all = [](const Guess& guess) { return guess.starts && guess.socket && !guess.refuses; };
  std::optional<Guess> last = guess_by_systemd(files, name, layout());
  // What one tells in full keeps the others from being read, and from being warned of.
  if (last && (tells_all(*last) || (has_systemd(files) && last->socket))) return {*last};
  if (last && has_systemd(files)) {
    if (const auto script = guess_by_init(files, name)) last->socket = script->socket;
    return {*last};
  }
  for (const auto mechanism : {guess_by_upstart, guess_by_init}) {
    auto guess = mechanism(files, name);
    if (!guess) continue;
    last = std::move(guess);
    if (tells_all(*last)) break;
  }
  return last ? std::vector{*last} : std::vector<Guess>{};
}

}  // namespace milter_manager::detect
