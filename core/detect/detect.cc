// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/detect.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/detect/detectors.h"
#include "core/net/connection_spec.h"

namespace milter_manager::detect {
namespace {

constexpr std::size_t kLongestDescription = 1024;

// "unix:" before a path, once, whatever the host's file has before it.
std::string normal_spec(std::string_view text) {
  text = trimmed(text);
  bool unix = false;
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : {"unix:", "local:"}) {
      if (text.substr(0, prefix.size()) != prefix) continue;
      text.remove_prefix(prefix.size());
      unix = again = true;
    }
  }
  return (unix || text.substr(0, 1) == "/" ? "unix:" : "") + std::string(text);
}

std::optional<std::string> spec_of(Files& files, const Setting& socket) {
  const auto text = files.plain(socket.file, socket.line, "the socket", normal_spec(socket.text));
  if (!text || text->empty()) return std::nullopt;
  if (text->find_first_of("$`") != std::string::npos) {
    files.warn(socket.file, socket.line, fmt::format("the socket can't be told from <{}>", *text));
    return std::nullopt;
  }
  if (const auto parsed = net::parse_connection_spec(*text); !parsed) {
    files.warn(socket.file, socket.line, "the socket is not used: " + parsed.error().message);
    return std::nullopt;
  }
  return text;
}

Milter milter_of(Files& files, const Guess& guess) {
  Milter milter;
  milter.name = guess.name;
  milter.command = guess.command;
  milter.command_options = guess.command.empty() ? "" : guess.command_options;
  milter.tarpit = guess.tarpit;
  if (guess.description && guess.description->text.size() <= kLongestDescription) {
    milter.description = files.plain(guess.description->file, guess.description->line, "the description",
                                     guess.description->text);
  }
  if (guess.socket) milter.connection_spec = spec_of(files, *guess.socket);
  milter.enabled = guess.starts && !guess.refuses && milter.connection_spec;
  return milter;
}

RcSystem freebsd() {
  return {"/usr/local/etc/rc.d",
          {"/usr/local/etc/clamav-milter.conf", "/usr/local/etc/mail/greylist.conf",
           "/usr/local/etc/mail/opendkim.conf", "/usr/local/etc/mail/opendmarc.conf",
           "/usr/local/etc/enma.conf", "/usr/local/etc/rspamd"},
          "_enable",
          {"/etc/defaults/rc.conf", "/etc/rc.conf", "/etc/rc.conf.local"},
          {"/etc/rc.conf.d", "/usr/local/etc/rc.conf.d"}};
}

RcSystem pkgsrc(const std::map<std::string, std::string>& options) {
  const auto option = [&](const char* name, const std::string& usual) {
    const auto found = options.find(name);
    return found == options.end() || found->second.empty() ? usual : found->second;
  };
  const std::string prefix = option("prefix", "/usr/pkg/etc");
  return {option("rcddir", prefix + "/rc.d"),
          {prefix + "/clamav-milter.conf", prefix + "/greylist.conf", prefix + "/opendkim.conf",
           prefix + "/opendmarc.conf", prefix + "/enma.conf", prefix + "/rspamd"},
          "",
          {"/etc/rc.conf"},
          {"/etc/rc.conf.d"}};
}

std::vector<Guess> guess(Files& files, const Host& host, const std::string& name) {
  if (host.platform == "debian") return guess_on_debian(files, name);
  if (host.platform.rfind("redhat", 0) == 0) return guess_on_redhat(files, name);
  if (host.platform == "freebsd") return guess_by_rc(files, name, freebsd());
  if (host.platform == "pkgsrc") return guess_by_rc(files, name, pkgsrc(host.options));
  return {};
}

}  // namespace

Detection detect_milter(const Host& host, const std::string& name) {
  Detection detection;
  if (name.empty() || name.front() == '.' ||
      name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    return detection;
  Files files(host.root, detection.problems);
  for (const Guess& one : guess(files, host, name)) detection.milters.push_back(milter_of(files, one));
  return detection;
}

}  // namespace milter_manager::detect
