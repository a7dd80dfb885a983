// SPDX-License-Identifier: GPL-3.0-or-later
// What the viewer's first look at a large folder costs: README.md says how to read it.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QEventLoop>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "gui/model/decimation.h"
#include "gui/source/answer.h"
#include "gui/source/source.h"

namespace {

namespace fs = std::filesystem;
using namespace milter_manager;
using archive::Kind;
using std::chrono::sys_seconds;

constexpr std::chrono::hours kDay(24);
constexpr sys_seconds kNow = sys_seconds(std::chrono::hours(24 * 20710));

// Ten years: an hour each, then two days of minutes.
Result<void> make_archive(const std::string& path, const archive::Layout& layout, int years) {
  const auto begin = std::chrono::floor<std::chrono::minutes>(kNow - 365 * years * kDay);
  auto made = archive::Archive::create(path, layout, begin);
  if (!made) return tl::unexpected(made.error());
  std::minstd_rand random(7);
  std::vector<archive::Row> rows;
  const auto add = [&](archive::Minute minute) {
    archive::Row& row = rows.emplace_back();
    row.minute = minute;
    for (std::size_t i = 0; i < layout.sources.size(); ++i)
      row.values.push_back(static_cast<double>(random() % 50));
  };
  const auto dense = std::chrono::floor<std::chrono::minutes>(kNow - 2 * kDay);
  for (auto minute = begin; minute < dense; minute += std::chrono::hours(1)) add(minute);
  for (auto minute = dense; minute < kNow; minute += std::chrono::minutes(1)) add(minute);
  const auto stored = made->update(rows, {});
  if (!stored) return tl::unexpected(stored.error());
  return {};
}

// One milter's archives are made, the others are copies.
Result<void> make_folder(const std::string& folder, int milters, int years) {
  for (const archive::Layout& layout : archive::layouts()) {
    if (layout.of_key) continue;
    const std::string first = folder + "/" + archive::file_name(layout.kind, "milter-0");
    if (auto made = make_archive(first, layout, years); !made) return made;
    for (int i = 1; layout.of_milter && i < milters; ++i)
      fs::copy_file(first, folder + "/" + archive::file_name(layout.kind, fmt::format("milter-{}", i)));
  }
  return {};
}

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

long memory_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

template <typename T>
T answer_to(QFuture<Result<T>> future) {
  QEventLoop loop;
  Result<T> answer = failure("no answer");
  gui::on_answer(future, &loop, [&](Result<T> one) {
    answer = std::move(one);
    loop.quit();
  });
  loop.exec();
  if (!answer) {
    fmt::print(stderr, "{}\n", answer.error().message);
    std::exit(EXIT_FAILURE);
  }
  return std::move(*answer);
}

void measure(const std::string& folder, int milters) {
  const auto place = gui::parse_place({QString::fromStdString(folder)});
  const auto source = gui::make_source(*place);
  const auto begin = std::chrono::steady_clock::now();
  const auto contents = answer_to(source->contents());
  fmt::print("{:<44}{:8.1f} ms\n", fmt::format("what there is ({} milters)", contents.milters.size()),
             milliseconds_since(begin));
  const auto charts = [&](const char* what, gui::Period period, const std::string& milter) {
    const auto asked = std::chrono::steady_clock::now();
    std::size_t points = 0;
    for (const auto kind :
         {gui::ChartKind::status, gui::ChartKind::report, gui::ChartKind::load, gui::ChartKind::message}) {
      const auto chart = answer_to(source->charts({kind, "", milter, period, 1200, false}));
      for (const gui::Line& line : chart.lines) {
        for (const auto& piece : gui::decimate(chart, line, period, 1200)) points += piece.size();
      }
    }
    fmt::print("{:<44}{:8.1f} ms, {} points\n", what, milliseconds_since(asked), points);
  };
  charts("four charts of the last day", {kNow - kDay, kNow}, "");
  charts("four charts of ten years", {kNow - 3650 * kDay, kNow}, "");
  charts("four charts of a milter, ten years", {kNow - 3650 * kDay, kNow},
         fmt::format("milter-{}", milters / 2));
  const auto asked = std::chrono::steady_clock::now();
  const auto overview = answer_to(source->overview("", {kNow - 3650 * kDay, kNow}));
  fmt::print("{:<44}{:8.1f} ms\n", fmt::format("the list of {} milters, ten years", overview.milters.size()),
             milliseconds_since(asked));
  fmt::print("{:<44}{:8} MiB\n", "memory at most", memory_mib());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What the viewer's first look at a large folder of archives costs.");
  int milters = 50;
  int years = 10;
  app.add_option("--milters", milters)->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--years", years)->check(CLI::Range(1, 10))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const QCoreApplication application(argc, argv);
  std::string pattern = (fs::temp_directory_path() / "bench-viewer-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return EXIT_FAILURE;
  const auto made = make_folder(pattern, milters, years);
  if (made) measure(pattern, milters);
  fs::remove_all(pattern);
  if (made) return EXIT_SUCCESS;
  fmt::print(stderr, "{}\n", made.error().message);
  return EXIT_FAILURE;
}
