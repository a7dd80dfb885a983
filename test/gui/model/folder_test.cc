// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/gui/model/folder.h"

#include <sys/stat.h>

#include <QDir>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "gui/model/series.h"
#include "gui/source/archive_source.h"
#include "test/gui/model/waiting.h"

namespace milter_manager::gui {
namespace {

using archive::Kind;

FolderSource source_of(const QTemporaryDir& folder) { return FolderSource(*parse_place({folder.path()})); }

Period last(std::int64_t seconds) { return {at(kNewest - seconds), at(kNewest)}; }

ChartQuery query_of(ChartKind kind, const std::string& milter, Period period, std::uint32_t columns = 1000) {
  return {.kind = kind, .host = "", .milter = milter, .period = period, .columns = columns};
}

}  // namespace

TEST_CASE("a chart shows what the archive holds, minute by minute") {
  const QTemporaryDir folder;
  make_archive(folder.path().toStdString(), Kind::milter_status, "a", kNewest - kDay, kNewest);
  FolderSource source = source_of(folder);
  const auto chart = wait_for(source.charts(query_of(ChartKind::status, "a", last(3600))));
  REQUIRE(chart);
  CHECK(chart->failures.empty());
  REQUIRE(chart->lines.size() == 9);
  CHECK(chart->lines[2].key == "reject");
  CHECK(chart->step == std::chrono::seconds(60));
  const std::size_t row = row_at(*chart, at(kNewest - 1800));
  REQUIRE(row < chart->rows());
  CHECK(chart->time(row) == at(kNewest - 1800));
  CHECK(chart->lines[2].values[row] == Approx(value_at(kNewest - 1800, 2)));
  // Before there were archives nobody knows.
  const auto before =
      wait_for(source.charts(query_of(ChartKind::status, "a", {at(kNewest - 2 * kDay), at(kNewest)})));
  REQUIRE(before);
  CHECK(std::isnan(before->lines[2].values.front()));
}

TEST_CASE("a milter without archives of a kind has no chart of it, and no failure") {
  const QTemporaryDir folder;
  make_archive(folder.path().toStdString(), Kind::milter_status, "a", kNewest - 3600, kNewest);
  FolderSource source = source_of(folder);
  const auto chart = wait_for(source.charts(query_of(ChartKind::greylist, "a", last(3600))));
  REQUIRE(chart);
  CHECK(chart->lines.empty());
  CHECK(chart->failures.empty());
}

TEST_CASE("sixty milters over a year are listed with their numbers, and the day's rows serve for the year") {
  const QTemporaryDir folder;
  const std::string path = folder.path().toStdString();
  make_archive(path, Kind::milter_message, "m0", kNewest - 365 * kDay, kNewest, 3600);
  make_archive(path, Kind::manager_message, "", kNewest - 365 * kDay, kNewest, 3600);
  make_archive(path, Kind::milter_evaluation, "m7", kNewest - 30 * kDay, kNewest, 3600);
  for (int i = 1; i < 60; ++i) copy_archive(path, Kind::milter_message, "m0", "m" + std::to_string(i));
  FolderSource source = source_of(folder);

  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  CHECK(contents->milters.size() == 60);
  REQUIRE(contents->first);
  CHECK(*contents->first <= at(kNewest - 364 * kDay));
  CHECK(*contents->first >= at(kNewest - 367 * kDay));
  CHECK(*contents->newest == at(kNewest + 60));

  const auto overview = wait_for(source.overview("", last(365 * kDay)));
  REQUIRE(overview);
  REQUIRE(overview->milters.size() == 60);
  CHECK(overview->failures.empty());
  for (const MilterOverview& milter : overview->milters) {
    CAPTURE(milter.name);
    REQUIRE(milter.reject_share);
    CHECK(*milter.reject_share > 0.1);
    CHECK(*milter.reject_share < 0.3);
    CHECK(milter.is_evaluated == (milter.name == "m7"));
    CHECK(milter.sparkline.size() >= 20);
  }
  CHECK(overview->manager.reject_share);

  const auto year = wait_for(source.charts(query_of(ChartKind::message, "m3", last(365 * kDay), 800)));
  REQUIRE(year);
  CHECK(year->step == std::chrono::hours(24));
  CHECK(year->rows() >= 365);
  CHECK(year->rows() <= 1600);
  const auto day = wait_for(source.charts(query_of(ChartKind::message, "m3", last(kDay), 800)));
  REQUIRE(day);
  CHECK(day->step == std::chrono::minutes(1));
}

TEST_CASE("report keys of their own are lines of the report chart") {
  const QTemporaryDir folder;
  const std::string path = folder.path().toStdString();
  make_archive(path, Kind::milter_report, "opendmarc", kNewest - 3600, kNewest);
  const archive::Layout& layout = archive::layout(Kind::milter_key);
  auto key =
      archive::Archive::create(path + "/" + archive::file_name(Kind::milter_key, "opendmarc", "dmarc_pass"),
                               layout, minute(kNewest - 3600));
  REQUIRE(key);
  const archive::Row row{minute(kNewest - 600), {42}};
  REQUIRE(key->update({&row, 1}, minute(kNewest)));
  FolderSource source = source_of(folder);
  const auto chart = wait_for(source.charts(query_of(ChartKind::report, "opendmarc", last(3000))));
  REQUIRE(chart);
  REQUIRE(chart->lines.size() == 14);
  CHECK(chart->lines.back().key == "dmarc_pass");
  CHECK(chart->lines.back().values[row_at(*chart, at(kNewest - 600))] == Approx(42));
}

TEST_CASE("broken, foreign and half-written archives are told, and the others are shown") {
  const QTemporaryDir folder;
  const std::string path = folder.path().toStdString();
  make_archive(path, Kind::milter_status, "good", kNewest - kDay, kNewest);
  make_archive(path, Kind::milter_status, "half", kNewest - kDay, kNewest);
  make_archive(path, Kind::milter_load, "other", kNewest - kDay, kNewest);
  const auto file = [&](const char* name) { return folder.filePath(name); };
  QFile half(file("milter.status.half.rrd"));
  REQUIRE(half.resize(half.size() / 2));
  write_bytes(file("milter.status.empty.rrd"), "");
  write_bytes(file("milter.status.text.rrd"), QByteArray("this is no archive\n").repeated(500));
  write_bytes(file("milter.status.noise.rrd"), "RRD\0" + QByteArray("0003") + QByteArray(20000, '\xff'));
  // Another program's archive, or one of another kind under this name.
  REQUIRE(QFile::copy(file("milter.load.other.rrd"), file("milter.status.foreign.rrd")));
  REQUIRE(QDir(folder.path()).mkdir("milter.status.folder.rrd"));
  REQUIRE(QFile::link("/nowhere/at/all", file("milter.status.link.rrd")));
  REQUIRE(::mkfifo(file("milter.status.pipe.rrd").toUtf8().constData(), 0600) == 0);
  write_bytes(file("other.rrd"), "other people's");

  FolderSource source = source_of(folder);
  const auto overview = wait_for(source.overview("", last(kDay)));
  REQUIRE(overview);
  CHECK(overview->milters.size() == 10);
  CHECK(overview->failures.size() >= 7);
  for (const char* name : {"half", "empty", "text", "noise", "foreign", "link", "pipe"}) {
    CAPTURE(name);
    const std::string file_name = std::string("milter.status.") + name + ".rrd";
    CHECK(std::any_of(overview->failures.begin(), overview->failures.end(), [&](const std::string& sentence) {
      return sentence.find(file_name) != std::string::npos;
    }));
    const auto chart = wait_for(source.charts(query_of(ChartKind::status, name, last(kDay))));
    REQUIRE(chart);
    CHECK(chart->lines.empty());
    REQUIRE(chart->failures.size() == 1);
  }
  const auto good = wait_for(source.charts(query_of(ChartKind::status, "good", last(kDay))));
  REQUIRE(good);
  CHECK(good->rows() > 1000);
}

TEST_CASE("a folder that vanishes is an error, and is there again when it comes back") {
  const QTemporaryDir above;
  const QString path = above.filePath("archives");
  const QString away = above.filePath("away");
  REQUIRE(QDir().mkdir(path));
  make_archive(path.toStdString(), Kind::milter_status, "a", kNewest - 3600, kNewest);
  FolderSource source(Place{Place::Kind::folder, {path}, {}, {}}, std::chrono::milliseconds(20));
  REQUIRE(wait_for(source.contents()));
  REQUIRE(QDir().rename(path, away));
  const auto gone = wait_for(source.charts(query_of(ChartKind::status, "a", last(3600))));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().message.find(path.toStdString()) != std::string::npos);
  CHECK_FALSE(wait_for(source.overview("", last(3600))));
  REQUIRE(QDir().rename(away, path));
  CHECK(wait_for(source.charts(query_of(ChartKind::status, "a", last(3600)))));
}

TEST_CASE("a folder without archives, and one that is none, are told") {
  const QTemporaryDir folder;
  write_bytes(folder.filePath("notes.txt"), "no archive");
  FolderSource empty = source_of(folder);
  const auto contents = wait_for(empty.contents());
  REQUIRE_FALSE(contents);
  CHECK(contents.error().message.find("no archive") != std::string::npos);
  FolderSource file(Place{Place::Kind::folder, {folder.filePath("notes.txt")}, {}, {}});
  CHECK_FALSE(wait_for(file.contents()));
}

TEST_CASE("folders in the folder are hosts, and their sum is shown") {
  const QTemporaryDir folder;
  for (const char* host : {"mx1", "mx2"}) {
    REQUIRE(QDir(folder.path()).mkdir(host));
    make_archive(folder.filePath(host).toStdString(), Kind::milter_status, "a", kNewest - kDay, kNewest);
  }
  FolderSource source = source_of(folder);
  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  CHECK(contents->hosts == std::vector<std::string>{"mx1", "mx2"});
  CHECK(contents->milters == std::vector<std::string>{"a"});
  ChartQuery query = query_of(ChartKind::status, "a", last(3600));
  const auto all = wait_for(source.charts(query));
  query.host = "mx2";
  const auto one = wait_for(source.charts(query));
  query.host = "mx3";
  CHECK_FALSE(wait_for(source.charts(query)));
  REQUIRE(all);
  REQUIRE(one);
  const std::size_t row = row_at(*one, at(kNewest - 600));
  CHECK(one->lines[0].values[row] > 0);
  CHECK(all->lines[0].values[row] == Approx(2 * one->lines[0].values[row]));
}

TEST_CASE("an archive that is replaced is news") {
  const QTemporaryDir folder;
  const std::string path = folder.path().toStdString();
  make_archive(path, Kind::milter_status, "a", kNewest - 3600, kNewest);
  FolderSource source(*parse_place({folder.path()}), std::chrono::milliseconds(20));
  QSignalSpy news(&source, &Source::changed);
  REQUIRE(wait_for(source.contents()));
  QTest::qWait(100);
  CHECK(news.isEmpty());
  copy_archive(path, Kind::milter_status, "a", "b");
  CHECK(news.wait(5000));
}

TEST_CASE("a source that is closed cancels what was asked") {
  const QTemporaryDir folder;
  make_archive(folder.path().toStdString(), Kind::milter_status, "a", kNewest - 3600, kNewest);
  QFuture<Result<Overview>> future;
  {
    FolderSource source = source_of(folder);
    for (int i = 0; i < 50; ++i) future = source.overview("", last(3600));
  }
  CHECK(QTest::qWaitFor([&] { return future.isFinished(); }, 10'000));
}

}  // namespace milter_manager::gui
