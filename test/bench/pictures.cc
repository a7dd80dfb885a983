// SPDX-License-Identifier: GPL-3.0-or-later
// What the analyzer's pictures cost, and what RRDtool's cost in the same run. README.md says how to read it.
#include <fmt/format.h>
#include <rrd.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/output_directory.h"

namespace {

namespace fs = std::filesystem;
using milter_manager::Result;
using milter_manager::archive::Archive;
using milter_manager::archive::Kind;
using std::chrono::minutes;
using std::chrono::sys_seconds;

constexpr int kDays = 40;
constexpr sys_seconds kNow = sys_seconds(std::chrono::hours(24 * 20710) + minutes(9));

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// A mail server's days: busy at noon, quiet at night, with something of everything.
std::vector<double> values_of(int minute, std::size_t sources) {
  const double day = std::sin((minute % 1440 - 360) / 1440.0 * 6.2831853);
  std::vector<double> values;
  for (std::size_t i = 0; i < sources; ++i) {
    const double often = 20 / (1.0 + 3 * static_cast<double>(i));
    const auto noise = static_cast<double>((minute * 7919 + static_cast<int>(i) * 104729) % 97) / 97;
    values.push_back(std::floor(std::max(0.0, often * (1.2 + day) * noise)));
  }
  return values;
}

Result<void> make_archives(const std::string& directory, int milters) {
  const auto begin = std::chrono::floor<minutes>(kNow) - minutes(kDays * 1440);
  const auto make = [&](Kind kind, const std::string& milter) -> Result<void> {
    const auto& layout = milter_manager::archive::layout(kind);
    auto archive =
        Archive::create(directory + "/" + milter_manager::archive::file_name(kind, milter), layout, begin);
    if (!archive) return tl::unexpected(archive.error());
    std::vector<milter_manager::archive::Row> rows;
    for (int i = 0; i < kDays * 1440; ++i)
      rows.push_back({begin + minutes(i), values_of(i, layout.sources.size())});
    const auto stored = archive->update(rows, {});
    if (!stored) return tl::unexpected(stored.error());
    return {};
  };
  for (const auto& layout : milter_manager::archive::layouts()) {
    if (layout.of_key) continue;
    for (int i = 0; i < (layout.of_milter ? milters : 1); ++i) {
      if (auto made = make(layout.kind, fmt::format("milter-{}", i)); !made) return made;
    }
  }
  return {};
}

// The same stack by RRDtool: title, legend and total of each series, at double density.
bool draw_with_rrdtool(const std::string& directory) {
  const std::string path = directory + "/milter-manager.status.rrd";
  const std::string start = fmt::format("{}", kNow.time_since_epoch().count() - 86400);
  const std::string end = fmt::format("{}", kNow.time_since_epoch().count());
  std::vector<std::string> words = {"graph",
                                    "-",
                                    "--imgformat",
                                    "PNG",
                                    "--zoom",
                                    "2",
                                    "--width",
                                    "540",
                                    "--height",
                                    "180",
                                    "--title",
                                    "milter manager: status",
                                    "--vertical-label",
                                    "sessions/min",
                                    "--start",
                                    start,
                                    "--end",
                                    end};
  int colour = 0;
  for (std::string_view source : milter_manager::archive::layout(Kind::manager_status).sources) {
    words.push_back(fmt::format("DEF:{0}={1}:{0}:AVERAGE", source, path));
    words.push_back(fmt::format("AREA:{}#{:06x}:{}{}", source, 0x2040c0 + 0x101010 * colour, source,
                                colour > 0 ? ":STACK" : ""));
    words.push_back(fmt::format("GPRINT:{}:AVERAGE:%8.2lf\\l", source));
    ++colour;
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  rrd_info_t* picture = rrd_graph_v(static_cast<int>(argv.size()), argv.data());
  if (picture == nullptr) {
    fmt::print(stderr, "RRDtool: {}\n", rrd_get_error());
    rrd_clear_error();
    return false;
  }
  rrd_info_free(picture);
  return true;
}

struct Measured {
  int pictures = 0;
  double milliseconds = 0;  // of CPU
};

Measured measure(const std::string& directory, sys_seconds now) {
  const auto archives = milter_manager::log_analyzer::list_archives(directory);
  if (!archives) return {};
  const double begin = cpu_seconds();
  const auto gallery = milter_manager::log_analyzer::draw_gallery(directory, *archives, {}, now);
  const double spent = cpu_seconds() - begin;
  for (const std::string& failed : gallery.failures) fmt::print(stderr, "{}\n", failed);
  return {gallery.drawn, spent * 1000};
}

void print_row(const char* what, Measured found) {
  fmt::print("{:<44}{:>9}{:>10.1f}{:>12.2f}\n", what, found.pictures, found.milliseconds,
             found.pictures > 0 ? found.milliseconds / found.pictures : 0);
}

int run(const std::string& directory, int milters) {
  if (auto made = make_archives(directory, milters); !made) {
    fmt::print(stderr, "{}\n", made.error().message);
    return EXIT_FAILURE;
  }
  fmt::print("{:<44}{:>9}{:>10}{:>12}\n", "", "pictures", "ms of CPU", "ms each");
  print_row("all pictures, fonts included", measure(directory, kNow));
  print_row("the same again", measure(directory, kNow));
  print_row("8 minutes later", measure(directory, kNow + minutes(8)));
  constexpr int kRounds = 10;
  Measured yardstick;
  const double begin = cpu_seconds();
  for (int i = 0; i < kRounds; ++i) yardstick.pictures += draw_with_rrdtool(directory) ? 1 : 0;
  yardstick.milliseconds = (cpu_seconds() - begin) * 1000;
  print_row("RRDtool, one such picture", yardstick);
  return yardstick.pictures == kRounds ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures what the log analyzer's pictures cost, beside RRDtool's."};
  std::string keep;
  int milters = 3;
  app.add_option("--keep", keep, "Draw here, and leave archives and pictures to be looked at.")
      ->type_name("DIR");
  app.add_option("--milters", milters, "So many milters.")->check(CLI::Range(0, 100))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (!keep.empty()) {
    fs::create_directories(keep);
    return run(keep, milters);
  }
  std::string directory = (fs::temp_directory_path() / "bench_pictures.XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return EXIT_FAILURE;
  const int status = run(directory, milters);
  fs::remove_all(directory);
  return status;
}
