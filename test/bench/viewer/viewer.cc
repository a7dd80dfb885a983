// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the viewer is: bench_viewer FOLDER. Prints one line a measure; the window is drawn in memory.
#include <fmt/format.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QSettings>
#include <QStyleFactory>
#include <QTemporaryDir>
#include <algorithm>
#include <fstream>
#include <string>

#include "gui/chart/chart.h"
#include "gui/pages/main_window.h"

namespace milter_manager::gui {
namespace {

constexpr int kFrames = 300;

// The most memory that the process had, in MiB.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// Moves the range, draws all charts, and takes the time, answers that come meanwhile included.
void measure(const char* what, MainWindow& window, const std::function<void(TimeRange&, int)>& move) {
  std::vector<QWidget*> plots;
  for (const Chart* chart : window.findChildren<Chart*>()) {
    if (chart->isVisible()) plots.push_back(chart->plot());
  }
  std::vector<double> frames;
  for (int frame = 0; frame < kFrames; ++frame) {
    QElapsedTimer clock;
    clock.start();
    move(window.range(), frame);
    for (QWidget* plot : plots) plot->repaint();
    QCoreApplication::processEvents();
    frames.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
  }
  std::sort(frames.begin(), frames.end());
  double sum = 0;
  for (const double frame : frames) sum += frame;
  fmt::print("{}: {:.0f} frames/s with {} charts (median {:.1f} ms, 99th percentile {:.1f} ms)\n", what,
             1000 * kFrames / sum, plots.size(), frames[kFrames / 2], frames[kFrames * 99 / 100]);
}

int run(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_viewer FOLDER\n");
    return 2;
  }
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QTemporaryDir home;
  QApplication application(argc, argv);
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QSettings settings(home.filePath(QStringLiteral("viewer.conf")), QSettings::IniFormat);
  Options options;
  options.range = QStringLiteral("10y");
  options.scheme = Scheme::light;
  MainWindow window(settings, options);
  window.resize(1600, 1000);
  bool is_first_shown = false;
  QObject::connect(&window, &MainWindow::first_chart_shown, &application, [&] { is_first_shown = true; });
  QElapsedTimer clock;
  clock.start();
  window.show();
  QCoreApplication::processEvents();
  const qint64 shown = clock.restart();
  window.open({Place::Kind::folder, {QString::fromLocal8Bit(argv[1])}, {}, {}});
  while (!is_first_shown && clock.elapsed() < 60'000) {
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents);
  }
  for (const Chart* chart : window.findChildren<Chart*>()) {
    if (chart->isVisible()) chart->plot()->repaint();
  }
  fmt::print("the window shows after {} ms, the first chart {} ms later\n", shown, clock.elapsed());
  // The list on the left, and the rest of what was asked for.
  QElapsedTimer rest;
  rest.start();
  while (rest.elapsed() < 3000) QCoreApplication::processEvents(QEventLoop::AllEvents, 100);

  // A year: there is room to pan.
  window.range().set(window.range().latest() - 2 * 365 * 86400.0, window.range().latest() - 365 * 86400.0);
  rest.restart();
  while (rest.elapsed() < 1000) QCoreApplication::processEvents(QEventLoop::AllEvents, 100);
  measure("pan", window,
          [](TimeRange& range, int frame) { range.pan((frame % 2 ? 1 : -1) * range.length() / 50); });
  measure("zoom", window, [](TimeRange& range, int frame) {
    range.zoom(frame / 30 % 2 ? 1 / 0.94 : 0.94, range.from() + range.length() * 0.6);
  });
  window.range().set(window.range().latest() - 7 * 86400, window.range().latest());
  rest.restart();
  while (rest.elapsed() < 1000) QCoreApplication::processEvents(QEventLoop::AllEvents, 100);
  measure("pan in a week", window,
          [](TimeRange& range, int frame) { range.pan((frame % 60 < 30 ? -1 : 1) * range.length() / 50); });
  fmt::print("most memory: {:.0f} MiB\n", peak_memory());
  return 0;
}

}  // namespace
}  // namespace milter_manager::gui

int main(int argc, char** argv) { return milter_manager::gui::run(argc, argv); }
