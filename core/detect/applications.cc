// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/command_line.h"
#include "core/detect/detectors.h"
#include "core/detect/milter_files.h"

namespace milter_manager::detect {

Application application_of(std::string_view name) {
  constexpr std::pair<std::string_view, Application> kNames[] = {
      {"clamav", Application::clamav},     {"greylist", Application::greylist},
      {"opendkim", Application::opendkim}, {"opendmarc", Application::opendmarc},
      {"enma", Application::enma},         {"rspamd", Application::rspamd},
  };
  for (const auto& [part, application] : kNames) {
    if (name.find(part) != std::string_view::npos) return application;
  }
  return Application::other;
}

std::string usual_file(const Layout& layout, Application application) {
  switch (application) {
    case Application::clamav:
      return layout.clamav;
    case Application::greylist:
      return layout.greylist;
    case Application::opendkim:
      return layout.opendkim;
    case Application::opendmarc:
      return layout.opendmarc;
    case Application::enma:
      return layout.enma;
    case Application::rspamd:
      return layout.rspamd;
    case Application::other:
      break;
  }
  return {};
}

char file_flag(Application application) {
  switch (application) {
    case Application::greylist:
      return 'f';
    case Application::opendkim:
      return 'x';
    default:
      return 'c';
  }
}

std::optional<Setting> flag_of(const Setting* arguments, char flag, std::string_view long_name) {
  if (!arguments) return std::nullopt;
  const auto value = flag_value(arguments->text, flag, long_name);
  return value ? std::optional(Setting{*value, arguments->file, arguments->line}) : std::nullopt;
}

void read_milter_file(Files& files, Application application, const std::string& path, Guess& guess) {
  if (path.empty() || path.front() != '/') return;
  std::optional<Setting> socket;
  switch (application) {
    case Application::clamav: {
      const ClamavFile clamav = read_clamav_file(files, path);
      socket = clamav.socket;
      guess.refuses = clamav.is_example;
      break;
    }
    case Application::greylist: {
      const GreylistFile greylist = read_greylist_file(files, path);
      socket = greylist.socket;
      guess.tarpit = greylist.tarpit;
      break;
    }
    case Application::opendkim:
    case Application::opendmarc:
      socket = key_of_file(files, path, "Socket");
      break;
    case Application::enma:
      socket = key_of_file(files, path, "milter.socket", ':');
      break;
    case Application::rspamd:
      socket = rspamd_socket(files, path);
      break;
    case Application::other:
      break;
  }
  if (!guess.socket) guess.socket = socket;
}

}  // namespace milter_manager::detect
