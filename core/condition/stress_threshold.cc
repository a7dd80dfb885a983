// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/stress_threshold.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "core/condition/command_output.h"
#include "core/net/descriptor.h"

namespace milter_manager::condition {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;  // of a file or an output: more is no such thing
constexpr std::uint32_t kMostServers = 1'000'000;

// The file's first `most_bytes`; nullopt if it can't be read.
std::optional<std::string> read_file(const std::string& path, std::size_t most_bytes = kMostBytes) {
  const net::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (text.size() < most_bytes) {
    const ssize_t count = ::read(file.get(), buffer, std::min(sizeof buffer, most_bytes - text.size()));
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

template <typename Function>
void each_line(std::string_view text, Function&& function) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    function(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!(line = trimmed(line)).empty()) {
    const auto end = line.find_first_of(" \t");
    fields.push_back(line.substr(0, end));
    line.remove_prefix(fields.back().size());
  }
  return fields;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMostServers) return std::nullopt;
  return number;
}

// "name = value" or "name=value", as postconf and sendmail.cf say it.
std::optional<std::string_view> value_in(std::string_view line, std::string_view name) {
  if (line.substr(0, name.size()) != name) return std::nullopt;
  line = trimmed(line.substr(name.size()));
  if (line.empty() || line[0] != '=') return std::nullopt;
  return trimmed(line.substr(1));
}

enum class Mta { none, postfix, sendmail };

// By the command line of a process. Arguments are separated by NUL; Sendmail's says what it does: "sendmail: MTA: accepting connections".
Mta mta_of(std::string command_line) {
  std::transform(command_line.begin(), command_line.end(), command_line.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  const bool master = command_line.find("master") != std::string::npos;
  if (master && command_line.find("postfix") != std::string::npos) return Mta::postfix;
  if (command_line.rfind("sendmail: ", 0) == 0) return Mta::sendmail;
  return Mta::none;
}

Mta running_mta(const std::string& proc) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(proc.c_str()), ::closedir);
  Mta found = Mta::none;
  if (!folder) return found;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const auto command_line = read_file(fmt::format("{}/{}/cmdline", proc, entry->d_name), 4096);
    if (!command_line) continue;
    const Mta mta = mta_of(*command_line);
    if (mta == Mta::postfix) return mta;
    if (mta != Mta::none) found = mta;
  }
  return found;
}

// Field 7 of a service in master.cf (master(5)); nullopt for "-", the default.
struct Service {
  std::optional<std::uint32_t> most_processes;
  std::string_view command;
};

std::optional<Service> service_in(std::string_view master_cf, std::string_view name, std::string_view type) {
  std::optional<Service> found;
  each_line(master_cf, [&](std::string_view line) {
    if (found || line.empty() || line[0] == '#' || line[0] == ' ' || line[0] == '\t') return;
    const auto fields = fields_of(line);
    if (fields.size() >= 8 && fields[0] == name && fields[1] == type) {
      found = Service{number_of(fields[6]), fields[7]};
    }
  });
  return found;
}

StressThreshold unknown(std::string why) {
  return {0, fmt::format("[stress] {}: no threshold was found, set stress.threshold_n_connections", why),
          true};
}

StressThreshold three_quarters(std::uint32_t servers, std::string_view whose) {
  StressThreshold threshold;
  threshold.n_connections = static_cast<std::uint32_t>(std::uint64_t{servers} * 3 / 4);
  threshold.log_text = fmt::format("[stress] {}: under stress from {} connections on (three quarters of {})",
                                   whose, threshold.n_connections, servers);
  return threshold;
}

StressThreshold of_postfix(const MtaSurroundings& surroundings) {
  const std::string postconf = find_program("postconf", surroundings.program_path);
  if (postconf.empty()) return unknown("Postfix runs, but there is no postconf");
  const auto settings = output_of({postconf, "default_process_limit", "config_directory"},
                                  surroundings.postconf_timeout, kMostBytes);
  if (!settings) return unknown(settings.error().message);
  std::optional<std::uint32_t> servers;
  std::string_view folder;
  each_line(*settings, [&](std::string_view line) {
    if (const auto value = value_in(line, "default_process_limit")) servers = number_of(*value);
    if (const auto value = value_in(line, "config_directory")) folder = *value;
  });
  const std::string path = fmt::format("{}{}/master.cf", surroundings.root, folder);
  const auto master_cf = read_file(path);
  if (!master_cf) return unknown(fmt::format("{} can't be read", path));
  auto service = service_in(*master_cf, "smtp", "inet");
  // postscreen is one process before the servers that count.
  if (service && service->command == "postscreen") service = service_in(*master_cf, "smtpd", "pass");
  if (service && service->most_processes) servers = service->most_processes;
  if (!servers) return unknown("Postfix tells no process limit");
  return three_quarters(*servers, "Postfix");
}

StressThreshold of_sendmail(const MtaSurroundings& surroundings) {
  for (const char* path : {"/etc/mail/sendmail.cf", "/etc/sendmail.cf"}) {
    const auto file = read_file(surroundings.root + path);
    if (!file) continue;
    std::optional<std::uint32_t> servers;
    each_line(*file, [&](std::string_view line) {
      if (line.substr(0, 1) != "O") return;
      if (const auto value = value_in(trimmed(line.substr(1)), "MaxDaemonChildren"))
        servers = number_of(*value);
    });
    if (servers) return three_quarters(*servers, "Sendmail");
    return unknown(fmt::format("{} sets no MaxDaemonChildren", path));
  }
  return unknown("Sendmail runs, but there is no sendmail.cf");
}

}  // namespace

StressThreshold find_stress_threshold(const MtaSurroundings& surroundings) {
  switch (running_mta(surroundings.root + "/proc")) {
    case Mta::postfix:
      return of_postfix(surroundings);
    case Mta::sendmail:
      return of_sendmail(surroundings);
    case Mta::none:
      break;
  }
  StressThreshold threshold = unknown("neither Postfix nor Sendmail runs here");
  threshold.is_warning = false;
  return threshold;
}

}  // namespace milter_manager::condition
