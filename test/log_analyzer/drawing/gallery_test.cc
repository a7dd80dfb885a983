// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/gallery.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/output_directory.h"
#include "test/log_analyzer/drawing/drawn_picture.h"
#include "test/log_analyzer/drawing/sketch.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_seconds;

// Minutes of 1 for every source from 2026-09-01 to 2026-09-14.
void make(const ScratchDirectory& directory, const std::string& name, Kind kind, double value = 1) {
  const auto begin = std::chrono::floor<minutes>(at("2026-09-01T00:00:00Z"));
  const archive::Layout& layout = archive::layout(kind);
  auto made = archive::Archive::create(directory / name, layout, begin);
  REQUIRE(made);
  const archive::Row first[] = {{begin, std::vector<double>(layout.sources.size(), value)}};
  REQUIRE(made->update(first, begin));
  for (int day = 0; day < 13; ++day) {
    const archive::Row row[] = {
        {begin + minutes(day * 1440 + 700), std::vector<double>(layout.sources.size(), value)}};
    REQUIRE(made->update(row, begin + minutes((day + 1) * 1440)));
  }
}

Gallery gallery(const ScratchDirectory& directory, sys_seconds now) {
  const auto archives = list_archives(directory.path());
  REQUIRE(archives);
  return draw_gallery(directory.path(), *archives, maillog::ReportRules{}, now);
}

std::set<std::string> pictures(const ScratchDirectory& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() == ".png") names.insert(entry.path().filename().string());
  }
  return names;
}

// What tells that a file was written anew.
std::map<std::string, ino_t> inodes(const ScratchDirectory& directory) {
  std::map<std::string, ino_t> all;
  for (const std::string& name : pictures(directory)) {
    struct stat file {};
    REQUIRE(::stat((directory / name).c_str(), &file) == 0);
    all[name] = file.st_ino;
  }
  return all;
}

std::set<std::string> changed(const std::map<std::string, ino_t>& before,
                              const std::map<std::string, ino_t>& after) {
  std::set<std::string> names;
  for (const auto& [name, inode] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != inode) names.insert(name);
  }
  return names;
}

const Exhibit& exhibit_of(const Gallery& gallery, std::string_view stem, std::size_t room = 0) {
  for (const Exhibit& exhibit : gallery.rooms[room].exhibits) {
    if (exhibit.stem == stem) return exhibit;
  }
  FAIL("no such exhibit: " << stem);
  return gallery.rooms[0].exhibits[0];
}

bool has(const Gallery& gallery, std::string_view stem) {
  for (const Exhibit& exhibit : gallery.rooms[0].exhibits) {
    if (exhibit.stem == stem) return true;
  }
  return false;
}

// 2026-09-14 00:03 UTC, when the data end.
const sys_seconds kNow = sys_seconds(hours(24 * 20710) + minutes(3));

}  // namespace

TEST_CASE("the original's pictures have the original's names, and dark ones beside them") {
  const ScratchDirectory directory;
  make(directory, "milter-manager.status.rrd", Kind::manager_status);
  make(directory, "milter-manager.report.rrd", Kind::manager_report);
  make(directory, "session.rrd", Kind::session);
  make(directory, "milter.status.clamav-milter.rrd", Kind::milter_status);
  make(directory, "milter.report.clamav-milter.rrd", Kind::milter_report);
  const Gallery shown = gallery(directory, kNow);
  CHECK(shown.failures.empty());
  CHECK(shown.drawn == 5 * 4 * 2);
  std::set<std::string> expected;
  for (const char* stem : {"milter-manager.status", "milter-manager.report", "session",
                           "milter.status.clamav-milter", "milter.report.clamav-milter"}) {
    for (const char* tag : {"day", "week", "month", "year"}) {
      expected.insert(fmt::format("{}.{}.png", stem, tag));
      expected.insert(fmt::format("{}.{}.dark.png", stem, tag));
    }
  }
  CHECK(pictures(directory) == expected);
  const Exhibit& status = exhibit_of(shown, "milter.status.clamav-milter");
  CHECK(status.title == "milter: status: clamav-milter");
  CHECK(status.pictures[0].light == "milter.status.clamav-milter.day.png");
  CHECK(status.pictures[0].dark == "milter.status.clamav-milter.day.dark.png");
  CHECK(status.showing == Showing::events);
  CHECK(exhibit_of(shown, "milter-manager.report").title == "milter manager: report");
}

TEST_CASE("a picture has twice as many dots as it is wide and high on the page, in both themes") {
  const ScratchDirectory directory;
  make(directory, "milter-manager.status.rrd", Kind::manager_status);
  const Gallery shown = gallery(directory, kNow);
  for (const Room& room : shown.rooms) {
    for (const Exhibit& exhibit : room.exhibits) {
      const DrawnPicture light(read_file(directory / exhibit.pictures[0].light)),
          dark(read_file(directory / exhibit.pictures[0].dark));
      CHECK(light.width() == 2 * exhibit.pictures[0].width);
      CHECK(light.height() == 2 * exhibit.pictures[0].height);
      CHECK(dark.width() == light.width());
      CHECK(dark.height() == light.height());
      CHECK(light.at(0, 0) == themes()[0].paper);
      CHECK(dark.at(0, 0) == themes()[1].paper);
    }
  }
}

TEST_CASE("only what there is more of to be seen is drawn again") {
  const ScratchDirectory directory;
  make(directory, "milter-manager.status.rrd", Kind::manager_status);
  gallery(directory, kNow);
  const auto first = inodes(directory);
  const auto again = [&](sys_seconds now) {
    const auto before = inodes(directory);
    const Gallery shown = gallery(directory, now);
    const auto names = changed(before, inodes(directory));
    CHECK(shown.drawn == static_cast<int>(names.size()));
    for (const Room& room : shown.rooms) {
      for (const Exhibit& exhibit : room.exhibits) {
        CHECK_FALSE(exhibit.pictures[0].light.empty());
        CHECK(exhibit.pictures[0].width == kPictureWidth);
      }
    }
    return names;
  };
  sys_seconds last = kNow;
  for (const auto later : {minutes(0), minutes(4), minutes(5), minutes(5), minutes(60), minutes(280),
                           minutes(280), minutes(1440)}) {
    const sys_seconds now = kNow + later;
    CAPTURE(later.count());
    // A range advances when a row of it is complete.
    std::set<std::string> expected;
    for (const Range& range : ranges()) {
      const std::chrono::seconds row(range.row);
      if (now.time_since_epoch() / row == last.time_since_epoch() / row) continue;
      for (const char* stem : {"milter-manager.status", "milter-manager.report", "session"}) {
        expected.insert(fmt::format("{}.{}.png", stem, range.tag));
        expected.insert(fmt::format("{}.{}.dark.png", stem, range.tag));
      }
    }
    CHECK(again(now) == expected);
    last = now;
  }
  // What is no longer as it was made is made again.
  write_file(directory / "milter-manager.status.week.png", "no picture");
  std::filesystem::remove(directory / "milter-manager.status.year.dark.png");
  CHECK(again(kNow + hours(24)) ==
        std::set<std::string>{"milter-manager.status.week.png", "milter-manager.status.year.dark.png"});
}

TEST_CASE("an empty graph tells why it is") {
  const ScratchDirectory directory;
  make(directory, "milter-manager.status.rrd", Kind::manager_status, 0);
  write_file(directory / "session.rrd", "no archive");
  const Gallery quiet = gallery(directory, kNow);
  CHECK(exhibit_of(quiet, "milter-manager.status").showing == Showing::nothing);
  CHECK(exhibit_of(quiet, "milter-manager.report").showing == Showing::never_seen);
  CHECK(exhibit_of(quiet, "session").showing == Showing::unreadable);
  REQUIRE(quiet.failures.size() == 1);
  CHECK(quiet.failures[0].find("session.rrd") != std::string::npos);
  for (const Exhibit& exhibit : quiet.rooms[0].exhibits) {
    CAPTURE(exhibit.title);
    // Dashboards that show the picture alone see the reason in it.
    const DrawnPicture picture(read_file(directory / exhibit.pictures[0].light));
    int dots = 0;
    for (int y = (kTop + kBottom) / 2 - 20; y < (kTop + kBottom) / 2 + 20; ++y) {
      for (int x = kLeft; x < kRight; ++x) dots += picture.at(x, y) == themes()[0].ink ? 1 : 0;
    }
    CHECK(dots > 100);
  }
  const Gallery later = gallery(directory, at("2026-09-20T00:00:00Z"));
  const Exhibit& silent = exhibit_of(later, "milter-manager.status");
  CHECK(silent.showing == Showing::silent);
  REQUIRE(silent.newest);
  CHECK(*silent.newest == at("2026-09-14T00:01:00Z"));
  CHECK(exhibit_of(later, "milter-manager.status", 1).showing == Showing::nothing);

  const ScratchDirectory young;
  auto made =
      archive::Archive::create(young / "milter-manager.status.rrd", archive::layout(Kind::manager_status),
                               std::chrono::floor<minutes>(at("2026-09-14T00:00:00Z")));
  REQUIRE(made);
  REQUIRE(made->update({}, std::chrono::floor<minutes>(at("2026-09-14T00:02:00Z"))));
  CHECK(exhibit_of(gallery(young, at("2026-09-14T00:03:00Z")), "milter-manager.status").showing ==
        Showing::too_young);
}

TEST_CASE("a milter that is on trial only has no empty cards") {
  const ScratchDirectory directory;
  make(directory, "milter.evaluation.new.rrd", Kind::milter_evaluation);
  make(directory, "milter.status.old.rrd", Kind::milter_status);
  const Gallery shown = gallery(directory, kNow);
  CHECK(has(shown, "milter.evaluation.new"));
  CHECK(has(shown, "milter.evaluated-refusals.new"));
  CHECK_FALSE(has(shown, "milter.status.new"));
  CHECK_FALSE(has(shown, "milter.report.new"));
  // The original made both pictures for every milter that had connections.
  CHECK(has(shown, "milter.status.old"));
  CHECK(exhibit_of(shown, "milter.report.old").showing == Showing::never_seen);
}

TEST_CASE("the numbers behind a graph are those of its picture") {
  const ScratchDirectory directory;
  make(directory, "session.rrd", Kind::session, 2);
  const Gallery shown = gallery(directory, kNow);
  const Exhibit& sessions = exhibit_of(shown, "session");
  CHECK(sessions.unit == "sessions/min");
  CHECK(sessions.second_unit == "at once");
  REQUIRE(sessions.series.size() == 4);
  CHECK(sessions.row == minutes(8));
  CHECK(sessions.end - sessions.start == hours(24));
  double sum = 0;
  for (const double value : sessions.series[0].values) sum += value * 8;
  CHECK(sessions.series[0].values.size() == 180);
  CHECK(sum == Approx(2));
  CHECK(sessions.series[0].total == Approx(2));
  CHECK(sessions.series[3].measure == Measure::at_once);
  CHECK(sessions.series[3].highest == 2);
  CHECK(sessions.series[3].total == 0);
  CHECK_FALSE(sessions.since);
  const Exhibit& month = exhibit_of(shown, "session", 2);
  REQUIRE(month.since);
  CHECK(*month.since >= at("2026-09-01T00:00:00Z"));
}

TEST_CASE("a time before the data's end is drawn in what rows there are") {
  const ScratchDirectory directory;
  make(directory, "session.rrd", Kind::session, 2);
  for (const char* now :
       {"2026-09-13T23:00:00Z", "2026-09-13T12:01:00Z", "2026-09-12T18:00:00Z", "2026-09-11T18:00:00Z"}) {
    CAPTURE(now);
    const Gallery shown = gallery(directory, at(now));
    const Exhibit& day = exhibit_of(shown, "session");

    CHECK(day.showing == Showing::events);
    CHECK(day.series[0].total == Approx(2));
    CHECK(day.series[0].values.size() == static_cast<std::size_t>((day.end - day.start) / day.row));
  }
}

TEST_CASE("no name of a milter harms a picture") {
  const ScratchDirectory directory;
  const std::string names[] = {"a<script>alert(1)</script>",
                               "../../etc/passwd",
                               "%s%n\\n\\l:STACK",
                               "\xff\xfe\x01\n",
                               "\xe2\x80\xae\xe2\x80\xaegnirts",
                               std::string(300, 'W'),
                               "ミルター",
                               "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"};
  for (const std::string& name : names)
    make(directory, archive::file_name(Kind::milter_status, name), Kind::milter_status);
  const Gallery shown = gallery(directory, kNow);
  CHECK(shown.failures.empty());
  for (const Exhibit& exhibit : shown.rooms[0].exhibits) {
    CAPTURE(exhibit.pictures[0].light);
    CHECK(exhibit.pictures[0].light.find('/') == std::string::npos);
    const DrawnPicture picture(read_file(directory / exhibit.pictures[0].light));
    CHECK(picture.width() == kPictureWidth * kDots);
    // The name leaves the period's place and the drawing alone.
    for (int y = 0; y < kTop; ++y) CHECK(picture.at(picture.width() - 1, y) == themes()[0].paper);
  }
}

TEST_CASE("the longest names of milters and report keys have pictures") {
  const ScratchDirectory directory;
  const std::string name =
      archive::file_name(Kind::milter_key, std::string(300, 'W'), "abcdefghijklmnopqrstuvwx");
  make(directory, name, Kind::milter_key);
  const Gallery shown = gallery(directory, kNow);
  CHECK(shown.failures.empty());
  const Exhibit& month = exhibit_of(shown, name.substr(0, name.size() - 4), 2);
  CHECK(DrawnPicture(read_file(directory / month.pictures[0].dark)).width() == kPictureWidth * kDots);
}

TEST_CASE("a picture is drawn of any archive, however little is in it") {
  Typesetter typesetter;
  for (const GraphDefinition& definition : graph_definitions()) {
    const ScratchDirectory directory;
    auto archive = archive_of(directory, definition.kind, "2026-09-01T00:00:00Z", {});
    for (const char* until : {"2026-09-01T02:00:00Z", "2026-09-03T00:00:00Z"}) {
      REQUIRE(archive.update({}, std::chrono::floor<minutes>(at(until))));
      for (const Range& range : ranges()) {
        const auto window = read_window({&archive, 1}, definition, range, at(until));
        REQUIRE(window);
        const Sheet sheet{&definition, &*window, std::string(500, 'n') + "%s \\n : <b>", ""};
        const DrawnPicture picture(draw(sheet, themes()[0], typesetter));
        CHECK(picture.width() == size_of(sheet).width * kDots);
        CHECK(picture.height() == size_of(sheet).height * kDots);
      }
    }
  }
}

TEST_CASE("an archive of an older version, without rows of a day, is drawn in those it has") {
  const ScratchDirectory directory;
  std::string command = "create milter-manager.status.rrd --step 60 --start 1788220800";  // 2026-09-01
  for (std::string_view source : archive::layout(Kind::manager_status).sources)
    command += fmt::format(" DS:{}:GAUGE:180:0:U", source);
  for (const char* consolidation : {"MAX", "AVERAGE"}) {
    for (int steps : {8, 56, 280, 3360}) command += fmt::format(" RRA:{}:0.5:{}:200", consolidation, steps);
  }
  archive::rrdtool(directory, command);
  auto old =
      archive::Archive::open(directory / "milter-manager.status.rrd", archive::layout(Kind::manager_status));
  REQUIRE(old);
  const archive::Row rows[] = {
      {std::chrono::floor<minutes>(at("2026-09-04T10:00:00Z")), {5, 0, 0, 0, 0, 0, 0, 0}}};
  REQUIRE(old->update(rows, std::chrono::floor<minutes>(at("2026-09-14T00:00:00Z"))));
  const Gallery shown = gallery(directory, at("2026-09-14T00:01:00Z"));
  const Exhibit& year = exhibit_of(shown, "milter-manager.status", 3);
  CHECK(year.row == hours(56));
  CHECK(year.end - year.start == hours(420 * 24));
  CHECK(year.series[0].total == Approx(5));
  CHECK(year.series[0].values.size() == 180);
}

TEST_CASE("an archive whose rows are longer than any time that is drawn is a failure, and no more") {
  const ScratchDirectory directory;
  std::string command = "create milter-manager.status.rrd --step 60 --start 1788220800";
  for (std::string_view source : archive::layout(Kind::manager_status).sources)
    command += fmt::format(" DS:{}:GAUGE:180:0:U", source);
  archive::rrdtool(directory, command + " RRA:AVERAGE:0.5:1000000:10 RRA:MAX:0.5:1000000:10");
  const Gallery shown = gallery(directory, at("2026-09-14T00:01:00Z"));
  CHECK(shown.failures.size() == ranges().size());
  CHECK(exhibit_of(shown, "milter-manager.status").showing == Showing::unreadable);
}

TEST_CASE("the program redraws nothing when it runs again at once") {
  const ScratchDirectory directory;
  std::vector<std::pair<std::string, std::string>> lines;
  for (int hour = 0; hour < 24; ++hour)
    lines.push_back({fmt::format("{:02}:10:00", hour), "[session][end][end-of-message][pass][0.7](3)"});
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-15T00:30:00Z", log_of(lines)).status == 0);
  const auto before = files_in(directory / "out");
  CHECK(before.count("milter-manager.status.day.dark.png") == 1);
  REQUIRE(analyze(directory, "--output-directory out --no-update-db --now 2026-09-15T00:31:00Z").status == 0);
  for (const auto& [name, contents] : files_in(directory / "out")) {
    if (!name.ends_with(".png")) continue;
    CAPTURE(name);
    CHECK(before.at(name) == contents);
  }
}

}  // namespace milter_manager::log_analyzer
