// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/file_sink_line.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace milter_manager::maillog {
namespace {

// How the events of core/statistics begin. Messages of other levels begin with a session's number, or with
// words.
constexpr std::string_view kBeginnings[] = {
    "[session][",   "[milter][", "[message][end]", "[sessions][finished] ",
    "[heartbeat][", "[reply][",  "[abort][",       "[maintain][memory] ",
};
constexpr std::string_view kLevels[] = {"critical", "error", "warning", "message",
                                        "info",     "debug", "trace",   "profile"};

bool is_event(std::string_view text) {
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// What stands between the brackets at the text's beginning; they are taken off.
std::optional<std::string_view> take_item(std::string_view& text) {
  if (!text.starts_with('[')) return std::nullopt;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view item = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return item;
}

bool parse_time(std::string_view item, Stamp& stamp) {
  std::array<char, 40> line{};  // parse_stamp() wants a blank and a host behind it
  if (item.empty() || item.size() + 2 > line.size() || item.front() < '0' || item.front() > '9') return false;
  std::copy(item.begin(), item.end(), line.begin());
  line[item.size()] = ' ';
  line[item.size() + 1] = '-';
  return parse_stamp(std::string_view(line.data(), item.size() + 2), stamp) == item.size() + 1;
}

}  // namespace

std::optional<FileSinkLine> parse_file_sink_line(std::string_view line) {
  FileSinkLine parsed;
  bool has_time = false;
  bool has_level = false;
  while (!has_time) {
    const auto item = take_item(line);
    if (!item) return std::nullopt;
    has_time = parse_time(*item, parsed.stamp);
    parsed.statistics |= *item == "statistics";
    has_level |= std::find(std::begin(kLevels), std::end(kLevels), *item) != std::end(kLevels);
  }
  if (line.starts_with(" [")) {
    line.remove_prefix(1);
    const auto item = take_item(line);
    if (!item) return std::nullopt;
    std::from_chars(item->data(), item->data() + item->size(), parsed.pid);  // else it is the program's name
  }
  if (!line.starts_with(": ")) return std::nullopt;
  parsed.text = line.substr(2);
  if (!parsed.statistics && !has_level) parsed.statistics = is_event(parsed.text);
  return parsed;
}

}  // namespace milter_manager::maillog
