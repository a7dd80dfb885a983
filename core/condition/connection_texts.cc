// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's connections as text: /proc/net/tcp and netstat.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <vector>

#include "core/condition/command_output.h"
#include "core/condition/connection_sources.h"

namespace milter_manager::condition {
namespace {

constexpr std::size_t kMostOutputBytes = 64 << 20;
constexpr std::chrono::seconds kNetstatTimeout{5};

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto begin = line.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return fields;
    line.remove_prefix(begin);
    fields.push_back(line.substr(0, line.find_first_of(" \t\r\n")));
    line.remove_prefix(fields.back().size());
  }
}

template <typename Number>
std::optional<Number> number_of(std::string_view text, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "0100007F:0019": words of 32 bits, each written as this host reads its bytes.
std::optional<Endpoint> proc_endpoint(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i) {
    const auto word = number_of<std::uint32_t>(text.substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    words[i] = *word;
  }
  const auto port = number_of<std::uint16_t>(text.substr(colon + 1), 16);
  if (!port) return std::nullopt;
  return Endpoint{colon == 8 ? Address::from_ipv4(words.data()) : Address::from_ipv6(words.data()), *port};
}

std::optional<Endpoint> netstat_endpoint(std::string_view text) {
  const auto mark = text.find_last_of(".:");
  if (mark == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, mark));
  const auto port = number_of<std::uint16_t>(text.substr(mark + 1), 10);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

std::optional<ConnectionTable::State> netstat_state(std::string_view name) {
  if (name == "ESTABLISHED") return ConnectionTable::State::established;
  if (name == "CLOSE_WAIT") return ConnectionTable::State::close_wait;
  if (name == "LISTEN" || name == "TIME_WAIT" || name == "CLOSE" || name == "CLOSED") return std::nullopt;
  return ConnectionTable::State::other;
}

bool each_in_file(const std::string& path, const EachConnection& function) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return false;
  char line[512];
  while (std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (const auto connection = read_proc_line(line)) function(*connection);
  }
  return true;
}

}  // namespace

std::optional<TcpConnection> read_proc_line(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() < 4) return std::nullopt;
  const auto local = proc_endpoint(fields[1]);
  const auto remote = proc_endpoint(fields[2]);
  const auto number = number_of<unsigned>(fields[3], 16);
  const auto state = number ? tcp_state(*number) : std::nullopt;
  if (!local || !remote || !state) return std::nullopt;
  return TcpConnection{*local, *remote, *state};
}

Result<void> each_in_proc(const std::string& proc, const EachConnection& function) {
  const bool ipv4 = each_in_file(proc + "/net/tcp", function);
  const bool ipv6 = each_in_file(proc + "/net/tcp6", function);
  if (!ipv4 && !ipv6) return failure(fmt::format("{}/net/tcp can't be read", proc));
  return {};
}

std::optional<TcpConnection> read_netstat_line(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() < 6 || fields[0].substr(0, 3) != "tcp") return std::nullopt;
  const auto local = netstat_endpoint(fields[3]);
  const auto remote = netstat_endpoint(fields[4]);
  const auto state = netstat_state(fields[5]);
  if (!local || !remote || !state) return std::nullopt;
  return TcpConnection{*local, *remote, *state};
}

Result<void> each_in_netstat(const std::string& program, const EachConnection& function) {
  // Without -W, long IPv6 addresses may be cut.
  auto text = output_of({program, "-n", "-W"}, kNetstatTimeout, kMostOutputBytes);
  if (!text) text = output_of({program, "-n"}, kNetstatTimeout, kMostOutputBytes);
  if (!text) return failure(fmt::format("[netstat][not-available] {}", text.error().message));
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (const auto connection = read_netstat_line(rest.substr(0, end))) function(*connection);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return {};
}

}  // namespace milter_manager::condition
