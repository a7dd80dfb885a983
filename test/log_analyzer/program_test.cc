// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "core/archive/layout.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "milter-manager-log-analyzer: ";

std::string small_log(const std::string& milter = "clamav-milter") {
  return log_of({{"10:00:01.5", "[milter][header][add](2): <X-Virus-Status>=<Infected (x)>: " + milter},
                 {"10:00:02", "[milter][end][end-of-message][reject][0.5](2): " + milter},
                 {"10:00:03", "[session][end][end-of-message][reject][0.7](1)"},
                 {"10:07:00", "[milter][end][quit][pass][0.5](4): " + milter},
                 {"10:07:00", "[session][end][quit][pass][0.7](3)"},
                 {"10:30:00", "[sessions][finished] 2(+1) 1"}});
}

const std::string kDraw = "--output-directory out --now 2026-09-14T12:00:00Z ";

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size()))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("a run leaves archives, pictures and a page, and nothing else") {
  const ScratchDirectory directory;
  const auto run = analyze(directory, kDraw, small_log());
  CHECK(run.status == 0);
  CHECK(run.output == "");
  CHECK(run.errors == "");
  std::set<std::string> names, expected = {"index.html", "index.ja.html"};
  for (const auto& [name, contents] : files_in(directory / "out")) names.insert(name);
  for (const char* stem : {"session", "milter-manager.status", "milter-manager.report",
                           "milter.status.clamav-milter", "milter.report.clamav-milter"}) {
    expected.insert(fmt::format("{}.rrd", stem));
    for (const char* tag : {"day", "week", "month", "year"}) {
      expected.insert(fmt::format("{}.{}.png", stem, tag));
      expected.insert(fmt::format("{}.{}.dark.png", stem, tag));
    }
  }
  CHECK(names == expected);
}

TEST_CASE("pictures have twice the dots that the page shows them at") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, kDraw, small_log()).status == 0);
  const std::string png = read_file(directory / "out/session.day.png");
  REQUIRE(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  const auto number_at = [&](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(png[i]);
    return value;
  };
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find(fmt::format("src=\"session.day.png\" width=\"{}\" height=\"{}\"", number_at(16) / 2,
                              number_at(20) / 2)) != std::string::npos);
  CHECK(number_at(16) >= 1200);
}

TEST_CASE("of a complete log the last minute counts, and the page is as of its end") {
  std::string log = small_log() + log_of({{"10:30:40", "[session][end][quit][pass][0.7](3)"}});
  log.pop_back();  // nor will the last line get an end
  const ScratchDirectory directory;
  write_file(directory / "mail.log", log);
  // As it grows, it waits for what is to come.
  const std::string day = "--output-directory out --now 2026-09-14T10:30:50Z mail.log";
  REQUIRE(analyze(directory, day).status == 0);
  CHECK(read_file(directory / "out/index.html").find("<b>2</b> connections") != std::string::npos);
  const auto run = analyze(directory, "--output-directory out --complete mail.log");
  CHECK(run.status == 0);
  CHECK(run.errors == "");
  for (const std::string tag : {"", ".ja"}) {
    const std::string page = read_file(directory / ("out/index" + tag + ".html"));
    CHECK(count(page, tag.empty() ? "<b>3</b> connections" : "<b>3</b> 接続") == 2);  // the day, the week
    const std::size_t notices = page.find("<section id=\"notices\"");
    REQUIRE(notices != std::string::npos);
    CHECK(page.substr(notices, page.find('>', notices) - notices).ends_with(" hidden"));
    CHECK(page.find("2026-09-14 10:31") != std::string::npos);
  }
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find("A log that ended at 2026-09-14 10:31.") != std::string::npos);
  CHECK(page.find("Last day <small>2026-09-14</small>") != std::string::npos);
  // What has ended is seen in the graphs of all ranges, though no row of them is complete.
  CHECK(count(page, "alt=\"Connections by outcome, Last ") == 4 * 2);
}

TEST_CASE(
    "pictures are drawn in the languages that are asked for, those of the first under the names they always "
    "had") {
  const ScratchDirectory directory;
  const auto pictures = [&] {
    std::set<std::string> names;
    for (const auto& [name, contents] : files_in(directory / "out")) {
      if (name.starts_with("session.day.")) names.insert(name);
    }
    return names;
  };
  const auto shows = [&](const char* page, const char* picture) {
    return read_file(directory / (std::string("out/") + page)).find(fmt::format("src=\"{}\"", picture)) !=
           std::string::npos;
  };
  REQUIRE(analyze(directory, kDraw, small_log()).status == 0);
  const std::set<std::string> always{"session.day.png", "session.day.dark.png"};
  CHECK(pictures() == always);
  CHECK(shows("index.ja.html", "session.day.png"));
  CHECK(read_file(directory / "out/index.ja.html").find("画像内の言葉は次の言語です：English。") !=
        std::string::npos);
  CHECK(read_file(directory / "out/index.html").find("of-pictures\"") == std::string::npos);
  const std::string english = read_file(directory / "out/session.day.png");

  REQUIRE(analyze(directory, kDraw + "--no-update-db --language ja").status == 0);
  CHECK(pictures() == always);
  const std::string japanese = read_file(directory / "out/session.day.png");
  CHECK(japanese != english);
  CHECK(shows("index.html", "session.day.png"));
  CHECK(read_file(directory / "out/index.html").find("of-pictures\"") == std::string::npos);

  REQUIRE(analyze(directory, kDraw + "--no-update-db --language en,ja").status == 0);
  CHECK(pictures() == std::set<std::string>{"session.day.png", "session.day.dark.png", "session.day.ja.png",
                                            "session.day.ja.dark.png"});
  CHECK(read_file(directory / "out/session.day.png") == english);
  CHECK(read_file(directory / "out/session.day.ja.png") == japanese);
  CHECK(shows("index.html", "session.day.png"));
  CHECK(shows("index.ja.html", "session.day.ja.png"));
  CHECK(shows("index.ja.html", "session.day.ja.dark.png"));
}

TEST_CASE("pictures are drawn in no language that there is no font for, and that is told") {
  const ScratchDirectory directory;
  write_file(directory / "fonts.conf", "<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>" +
                                           directory.path() + "/cache</cachedir></fontconfig>");
  ::setenv("FONTCONFIG_FILE", (directory / "fonts.conf").c_str(), 1);
  const auto run = analyze(directory, kDraw + "--language ja", small_log());
  ::unsetenv("FONTCONFIG_FILE");
  CHECK(run.status == 0);
  CHECK(run.errors ==
        kName + std::string("no font here has the letters of 日本語: pictures are not drawn in it\n"));
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find("<html lang=\"ja\">") != std::string::npos);
  CHECK(page.find("画像内の言葉は次の言語です：English。") != std::string::npos);
  CHECK(page.find("src=\"session.day.png\"") != std::string::npos);
}

TEST_CASE("--no-update-db draws what is there and reads no log") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, kDraw + "--no-graphs", small_log()).status == 0);
  CHECK(files_in(directory / "out").count("index.html") == 0);
  const auto archives = files_in(directory / "out");

  const auto run = analyze(directory, kDraw + "--no-update-db --log no-such-log");
  CHECK(run.status == 0);
  CHECK(run.errors == "");
  for (const auto& [name, contents] : archives) CHECK((read_file(directory / ("out/" + name)) == contents));
  CHECK(files_in(directory / "out").count("milter.status.clamav-milter.day.png") == 1);
  CHECK(read_file(directory / "out/index.html").find("milter.status.clamav-milter.day.png") !=
        std::string::npos);
}

TEST_CASE("a milter that is not seen any more stays on the page") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, kDraw, small_log("old-milter")).status == 0);
  const std::string later = log_of({{"11:00:00", "[milter][end][quit][pass][0.5](4): new-milter"},
                                    {"11:30:00", "[sessions][finished] 2(+1) 1"}});
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-14T13:00:00Z", later).status == 0);
  const std::string page = read_file(directory / "out/index.html");
  CHECK(count(page, "src=\"milter.status.old-milter.day.png\"") == 1);
  CHECK(count(page, "src=\"milter.status.new-milter.day.png\"") == 1);
}

TEST_CASE("a hostile milter name stays in the directory, and on the page it is text") {
  for (const std::string name : {"x/../../../escaped", "a:b", "<script>alert(1)</script>",
                                 "\"onerror='x' &amp;", "{{{style}}}", "50%", "\xff\xfe bytes",
                                 "\xe2\x80\xae"
                                 "reverse",
                                 "-", ".."}) {
    INFO(name);
    const ScratchDirectory directory;
    fs::create_directories(directory / "out/milter.status.x");  // what a "/" would go through
    const auto run = analyze(directory, kDraw, small_log(name));
    CHECK(run.errors == "");
    CHECK(run.status == 0);
    fs::remove(directory / "out/milter.status.x");
    for (const auto& entry : fs::directory_iterator(directory.path()))
      CHECK(entry.path().filename() == "out");
    for (const auto& entry : fs::directory_iterator(directory / "out")) CHECK(entry.is_regular_file());
    CHECK(fs::exists(directory / ("out/" + archive::file_name(archive::Kind::milter_status, name))));

    std::string page = read_file(directory / "out/index.html");
    CHECK(count(page, "<style>") == 1);
    CHECK(count(page, "<script>") == 1);
    // Behind the style, and before the script.
    page.erase(0, page.find("</style>"));
    page.erase(page.find("<script>"));
    CHECK(count(page, "<script") == count(page, "<script type=\"application/json\""));
    CHECK(count(page, "onerror='") == 0);
    CHECK(count(page, "'>") == 0);
    CHECK(count(page, "<img") == 2 * count(page, "<script type=\"application/json\">"));
    CHECK(count(page, "<img") > 0);
  }
}

TEST_CASE("an output directory with any name will do") {
  for (const char* name : {"a:b", "back\\slash", "50% of it", "迷惑"}) {
    INFO(name);
    const ScratchDirectory directory;
    const auto run = analyze(
        directory, fmt::format("--output-directory 'deep/{}' --now 2026-09-14T12:00:00Z", name), small_log());
    CHECK(run.errors == "");
    CHECK(run.status == 0);
    CHECK(fs::exists(directory / fmt::format("deep/{}/session.day.png", name)));
  }
}

TEST_CASE("a run that could not do its work says so and fails") {
  const ScratchDirectory directory;
  write_file(directory / "log", small_log());
  SECTION("a log that is not there; the others are counted") {
    const auto run = analyze(directory, kDraw + "--log no-such-log log");
    CHECK(run.status == 1);
    CHECK(run.errors.find("no-such-log: cannot be opened: No such file or directory") != std::string::npos);
    CHECK(fs::exists(directory / "out/session.rrd"));
  }
  SECTION("a pattern that fits nothing") {
    const auto run = analyze(directory, kDraw + "'no-such-*'");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}no-such-*: no log fits this pattern\n", kName));
  }
  SECTION("an upgrade of no archive") {
    const auto run = analyze(directory, "--upgrade --output-directory out");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}there are no archives in out\n", kName));
  }
  SECTION("a program without a name") { CHECK(analyze(directory, kDraw + "--program '' log").status != 0); }
  SECTION("counts that nobody can take") {
    const auto run = analyze(
        directory, kDraw + "--json log >/dev/full 2>told; status=$?; sh -c \"cat told >&2; exit $status\"");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}cannot write to standard output: No space left on device\n", kName));
  }
  SECTION("messages that nobody can take; the counts are stored") {
    const auto run =
        analyze(directory, kDraw + "no-such-log log 2>/dev/full; status=$?; sh -c \"exit $status\"");
    CHECK(run.status == 1);
    CHECK(fs::exists(directory / "out/session.rrd"));
  }
  SECTION("an output directory that is a file") {
    write_file(directory / "out", "");
    const auto run = analyze(directory, kDraw + "log");
    CHECK(run.status == 1);
    CHECK(run.errors.find(kName) == 0);
  }
  SECTION("an output directory that can't be made") {
    const auto run = analyze(directory, "--output-directory log/out log");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}cannot make the directory log/out: Not a directory\n", kName));
  }
  SECTION("a time that is none") {
    const auto run = analyze(directory, "--output-directory out --now yesterday log");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}--now: \"yesterday\" is no time as in 2026-09-14T23:59:00Z\n", kName));
    CHECK_FALSE(fs::exists(directory / "out"));
  }
  SECTION("an option that is none") { CHECK(analyze(directory, "--no-such-option").status != 0); }
  SECTION("a place of a picture that is taken") {
    fs::create_directories(directory / "out/session.day.png/x");
    const auto run = analyze(directory, kDraw + "log");
    CHECK(run.status == 1);
    CHECK(run.errors == fmt::format("{}cannot write out/session.day.png: it is no regular file\n", kName));
    CHECK(read_file(directory / "out/index.html")
              .find("The archive cannot be read, or the picture cannot be written.") != std::string::npos);
  }
}

TEST_CASE("a damaged archive is set aside, reported and begun anew, the others go on") {
  const ScratchDirectory directory;
  write_file(directory / "log", small_log());
  REQUIRE(analyze(directory, kDraw + "log").status == 0);
  fs::resize_file(directory / "out/session.rrd", 1000);

  const auto run = analyze(directory, kDraw + "log");
  CHECK(run.status == 1);
  CHECK(run.errors == fmt::format("{}out/session.rrd is damaged (it ends within its head); set aside as "
                                  "out/session.rrd.damaged\n",
                                  kName));
  CHECK(fs::file_size(directory / "out/session.rrd.damaged") == 1000);
  CHECK(archive::rrdtool(
            directory, "fetch out/session.rrd MAX -s 1789380419 -e 1789380419 | tail -1 | cut -d' ' -f1,2") ==
        "1789380420: 1.0000000000e+00\n");
  CHECK(analyze(directory, kDraw + "log").status == 0);
}

TEST_CASE("archives with old names are continued") {
  const ScratchDirectory directory;
  write_file(directory / "log", small_log());
  REQUIRE(analyze(directory, kDraw + "log").status == 0);
  fs::rename(directory / "out/session.rrd", directory / "out/milter-log.session.rrd");
  const auto run = analyze(directory, kDraw + "log");
  CHECK(run.status == 0);
  CHECK(run.errors == fmt::format("{}milter-log.session.rrd renamed to session.rrd\n", kName));
}

TEST_CASE("a run does nothing while another is at work in the directory") {
  const ScratchDirectory directory;
  fs::create_directory(directory / "out");
  const int other =
      ::open((directory / "out/.milter-manager-log-analyzer.lock").c_str(), O_RDWR | O_CREAT, 0644);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  const auto run = analyze(directory, kDraw, small_log());
  CHECK(run.status == 1);
  CHECK(run.errors == fmt::format("{}another run is at work in out; nothing was done\n", kName));
  CHECK(files_in(directory / "out").empty());
  ::close(other);
  CHECK(analyze(directory, kDraw, small_log()).status == 0);
}

TEST_CASE("lines that are not understood are told, and are no failure") {
  const ScratchDirectory directory;
  const auto run = analyze(
      directory, kDraw,
      "what is this\n" + small_log() + log_of({{"10:40:00", "[session][end][no-such-state][pass][1](1)"}}));
  CHECK(run.status == 0);
  CHECK(run.errors ==
        fmt::format(
            "{0}1 lines are in no format that is known, 1 statistics lines hold no event that is known\n"
            "{0}-:1: what is this\n{0}-:8: 2026-09-14T10:40:00+00:00 mail milter-manager[77]: [statistics] "
            "[session][end][no-such-state][pass][1](1)\n",
            kName));
}

TEST_CASE("an empty log gives a page without data") {
  const ScratchDirectory directory;
  CHECK(analyze(directory, kDraw).status == 0);
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find("There are no data yet.") != std::string::npos);
  CHECK(count(page, "No such event has ever been seen.") == 12);
  CHECK(count(page, "<img") == 0);
}

TEST_CASE("--help and --version go to standard output") {
  const ScratchDirectory directory;
  const auto help = analyze(directory, "--help");
  CHECK(help.status == 0);
  CHECK(help.output.find("--output-directory") != std::string::npos);
  CHECK(analyze(directory, "--version").output.find("milter-manager-log-analyzer 3.") == 0);
}

}  // namespace milter_manager::log_analyzer
