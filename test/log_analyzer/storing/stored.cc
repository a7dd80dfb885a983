// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/storing/stored.h"

#include <fmt/format.h>
#define RRD_EXPORT_DEPRECATED
#include <rrd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "core/archive/archive.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMidnight = 1789344000;  // 2026-09-14

template <typename Part>
Part* take(std::string& file, std::size_t& at, std::size_t count) {
  auto* const parts = reinterpret_cast<Part*>(file.data() + at);
  at += count * sizeof(Part);
  REQUIRE(at <= file.size());
  return parts;
}

}  // namespace

std::string in_order_of_time(std::string file) {
  std::size_t at = 0;
  const stat_head_t head = *take<stat_head_t>(file, at, 1);
  take<ds_def_t>(file, at, head.ds_cnt);
  const auto* const spans = take<rra_def_t>(file, at, head.rra_cnt);
  take<live_head_t>(file, at, 1);
  take<pdp_prep_t>(file, at, head.ds_cnt);
  take<cdp_prep_t>(file, at, head.ds_cnt * head.rra_cnt);
  auto* const pointers = take<rra_ptr_t>(file, at, head.rra_cnt);
  for (std::size_t i = 0; i < head.rra_cnt; ++i) {
    auto* const rows = take<rrd_value_t>(file, at, spans[i].row_cnt * head.ds_cnt);
    std::rotate(rows, rows + (pointers[i].cur_row + 1) % spans[i].row_cnt * head.ds_cnt,
                rows + spans[i].row_cnt * head.ds_cnt);
    pointers[i].cur_row = spans[i].row_cnt - 1;
  }
  REQUIRE(at == file.size());
  return file;
}

std::map<std::string, std::string> archives_in(const std::string& path) {
  std::map<std::string, std::string> archives;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (archive::parse_file_name(name)) archives[name] = in_order_of_time(read_file(entry.path().string()));
  }
  return archives;
}

void check_same_archives(const std::string& path, const std::map<std::string, std::string>& expected) {
  const auto found = archives_in(path);
  REQUIRE_FALSE(expected.empty());
  for (const auto& [name, contents] : expected) {
    INFO(name);
    const auto same = found.find(name);
    REQUIRE(same != found.end());
    REQUIRE((same->second == contents));  // not printed
  }
  REQUIRE(found.size() == expected.size());
}

std::string leftovers_in(const std::string& path) {
  std::string leftovers;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (archive::parse_file_name(name) || entry.path().extension() == ".lock" ||
        entry.path().extension() == ".state")
      continue;
    leftovers += name + "\n";
  }
  return leftovers;
}

std::string busy_log(int from_minute, int to_minute) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (int minute = from_minute; minute < to_minute; ++minute) {
    const auto add = [&](int second, const std::string& event) {
      lines.emplace_back(fmt::format("{:02}:{:02}:{:02}", 10 + minute / 60, minute % 60, second), event);
    };
    for (int i = 0; i < minute % 4; ++i) {
      add(3 + i, fmt::format("[milter][header][add]({}): <X-Spam-Flag>=<YES>: spamass-milter", minute));
      add(9 + i, fmt::format("[milter][end][end-of-message][{}][0.5]({}): spamass-milter",
                             i % 2 == 0 ? "reject" : "pass", minute));
      add(15 + i,
          fmt::format("[session][end][end-of-message][{}][0.7]({})", i % 2 == 0 ? "reject" : "pass", minute));
    }
    add(40, fmt::format("[sessions][finished] {}(+1) {}", minute, minute % 5));
    // Quiet minutes, and one milter that comes late.
    if (minute % 30 == 20) minute += 7;
    if (minute > 50) add(50, fmt::format("[milter][end][quit][pass][0.5]({}): late-milter", minute));
  }
  return log_of(lines);
}

double stored(const ScratchDirectory& directory, const std::string& file, const std::string& source,
              const std::string& time) {
  const auto name = archive::parse_file_name(fs::path(file).filename().string());
  REQUIRE(name);
  const auto archive = archive::Archive::open(directory / file, archive::layout(name->kind));
  INFO((archive ? "" : archive.error().message));
  REQUIRE(archive);
  const int minutes = std::stoi(time.substr(0, 2)) * 60 + std::stoi(time.substr(3));
  const archive::Minute minute(std::chrono::minutes(kMidnight / 60 + minutes));
  return archive::value_at(*archive, minute, source);
}

}  // namespace milter_manager::log_analyzer
