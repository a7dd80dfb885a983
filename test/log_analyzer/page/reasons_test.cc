// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/reasons.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_seconds;

// 2026-09-14 12:00 in UTC, which the tests' environment sets.
const sys_seconds kEnd{std::chrono::seconds(1789387200)};

Exhibit graph(Subject subject, const std::string& milter, Showing showing, const std::string& source = {},
              std::vector<double> values = {}) {
  Exhibit exhibit;
  exhibit.subject = subject;
  exhibit.milter = exhibit.safe_milter = milter;
  exhibit.showing = showing;
  exhibit.row = minutes(60);
  exhibit.start = kEnd - hours(4);
  exhibit.end = kEnd;
  if (source.empty()) return exhibit;
  Series series;
  series.source = source;
  series.known = true;
  for (const double value : values) {
    series.total += value * 60;
    series.highest = std::max(series.highest, value);
  }
  series.values = std::move(values);
  exhibit.series.push_back(std::move(series));
  return exhibit;
}

Exhibit health(std::vector<double> processes, double lost = 0) {
  Exhibit exhibit = graph(Subject::health, "", Showing::events, "processes", std::move(processes));
  Series series;
  series.source = "lost";
  series.known = true;
  series.total = lost;
  exhibit.series.push_back(series);
  return exhibit;
}

Exhibit connections(std::vector<double> values) {
  return graph(Subject::sessions, "", Showing::events, "smtp", std::move(values));
}

Gallery gallery_of(std::vector<Exhibit> exhibits) {
  Gallery gallery;
  gallery.rooms.push_back({&ranges()[0], std::move(exhibits)});
  return gallery;
}

// Why the last of these graphs is empty.
std::string why(std::vector<Exhibit> exhibits) {
  const Gallery gallery = gallery_of(std::move(exhibits));
  const Room& room = gallery.rooms.front();
  return Reasons(gallery).why_empty(room, room.exhibits.back(), languages()[0]);
}

bool begins(const std::string& text, const std::string& with) {
  return text.compare(0, with.size(), with) == 0;
}

}  // namespace

TEST_CASE("a graph without data tells since when there are no log lines") {
  Exhibit exhibit = graph(Subject::messages, "", Showing::silent);
  CHECK(why({exhibit}) == "No log line has been read yet.");
  exhibit.newest = kEnd;
  CHECK(why({exhibit}) == "No log lines since 2026-09-14 12:00.");
}

TEST_CASE("a graph that is not there yet, too young or not readable says so") {
  CHECK(why({graph(Subject::report, "", Showing::never_seen)}) == "No such event has ever been seen.");
  CHECK(why({graph(Subject::report, "", Showing::too_young)}) ==
        "Too little is known yet: a point of this graph stands for 1 hour.");
  CHECK(begins(why({graph(Subject::report, "", Showing::unreadable)}), "The archive cannot be read"));
  CHECK(why({graph(Subject::report, "", Showing::events)}).empty());
}

TEST_CASE("the first cause that explains an empty graph is told") {
  const Exhibit empty = graph(Subject::messages, "dkim", Showing::nothing);
  SECTION("a silent manager") {
    CHECK(begins(why({health({0, 0, 0, 0}, 5), connections({0, 0, 0, 0}), empty}),
                 "milter manager was silent"));
  }
  SECTION("lines that were lost") {
    CHECK(why({health({1, 1, 1, 1}, 1234), connections({0, 0, 0, 0}), empty}) ==
          "Log lost: 1,234 lines that milter manager wrote in this time never arrived.");
  }
  SECTION("a few lines that were lost are told besides") {
    Exhibit some = health({1, 1, 1, 1}, 3);
    some.series.push_back(some.series.back());
    some.series.back().source = "lines";
    some.series.back().total = 1000;
    CHECK(why({some, connections({0, 0, 0, 0}), empty}) ==
          "No connection reached milter manager in this time. 3 lines that milter manager wrote in this time "
          "never "
          "arrived.");
  }
  SECTION("no mail") {
    CHECK(begins(why({health({1, 1, 1, 1}), connections({0, 0, 0, 0}), empty}), "No connection reached"));
  }
  SECTION("a milter that no line names") {
    CHECK(
        begins(why({connections({1, 1, 1, 1}), empty}), "Milter unknown: nothing has been heard of it for"));
  }
  SECTION("a milter that did other things") {
    const Exhibit busy = graph(Subject::status, "dkim", Showing::events, "pass", {0, 1, 0, 0});
    CHECK(why({connections({1, 1, 1, 1}), busy, empty}) ==
          "Nothing of this kind happened in 240 connections.");
    CHECK(why({busy, empty}) == "Nothing of this kind happened in this time.");
  }
}

TEST_CASE("of a milter that is gone it is told when it was heard of last") {
  Exhibit longer = graph(Subject::status, "dkim", Showing::events, "pass", {0, 1, 0, 0});
  longer.start = kEnd - hours(40);
  longer.row = hours(10);
  Gallery gallery = gallery_of({connections({1, 1, 1, 1}), graph(Subject::status, "dkim", Showing::nothing)});
  gallery.rooms.push_back({&ranges()[1], {connections({1, 1, 1, 1}), longer}});
  const Room& day = gallery.rooms.front();
  CHECK(begins(Reasons(gallery).why_empty(day, day.exhibits.back(), languages()[0]),
               "Milter unknown: nothing has been heard of it since 2026-09-13 16:00."));
}

TEST_CASE("a manager is silent when its heartbeats end while the log goes on") {
  CHECK_FALSE(Reasons(gallery_of({health({1, 1, 1, 1})})).manager_silent_since());
  CHECK_FALSE(Reasons(gallery_of({health({1, 1, 1, 0})})).manager_silent_since());
  CHECK_FALSE(Reasons(gallery_of({connections({1, 0, 0, 0})})).manager_silent_since());
  CHECK(Reasons(gallery_of({health({1, 1, 0, 0})})).manager_silent_since() == kEnd - hours(2));
}

}  // namespace milter_manager::log_analyzer
