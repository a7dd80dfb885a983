// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QSettings>
#include <QStyleFactory>
#include <QTranslator>
#include <cstdio>
#include <memory>

#include "gui/pages/headless.h"
#include "gui/pages/main_window.h"
#include "gui/pages/options.h"
#include "gui/source/source.h"

namespace milter_manager::gui {
namespace {

void complain(const std::string& message) { fmt::print(stderr, "milter-manager-viewer: {}\n", message); }

// Makes the program speak a language; "" for the desktop's.
class Speech {
 public:
  void choose(const QString& language) {
    const QLocale locale = language.isEmpty() ? QLocale::system() : QLocale(language);
    QLocale::setDefault(locale);
    for (QTranslator* translator : {&own_, &qts_}) QCoreApplication::removeTranslator(translator);
    const bool is_japanese = locale.language() == QLocale::Japanese;
    const QString word = is_japanese ? QStringLiteral("ja") : QStringLiteral("en");
    if (own_.load(QStringLiteral(":/translations/milter-manager-viewer_") + word + QStringLiteral(".qm"))) {
      QCoreApplication::installTranslator(&own_);
    }
    if (qts_.load(QLocale(word), QStringLiteral("qtbase"), QStringLiteral("_"),
                  QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
      QCoreApplication::installTranslator(&qts_);
    }
  }

 private:
  QTranslator own_, qts_;
};

// The window, and another one after a change of language.
class Session : public QObject {
 public:
  Session(const Options& options, Speech& speech) : options_(options), speech_(speech) {}

  void show(const std::optional<Place>& place) {
    window_ = std::make_unique<MainWindow>(settings_, options_);
    connect(window_.get(), &MainWindow::language_chosen, this, [this](const QString& language) {
      settings_.setValue(QStringLiteral("language"), language);
      const std::optional<Place> again =
          window_->source() ? std::optional(window_->source()->place()) : std::nullopt;
      speech_.choose(language);
      // The old one still is in its own menu's signal.
      window_->hide();
      window_.release()->deleteLater();
      show(again);
    });
    window_->show();
    if (place) window_->open(*place);
  }
  QString language() const {
    return options_.language.isEmpty() ? settings_.value(QStringLiteral("language")).toString()
                                       : options_.language;
  }

 private:
  Options options_;
  Speech& speech_;
  QSettings settings_{QStringLiteral("milter-manager"), QStringLiteral("viewer")};
  std::unique_ptr<MainWindow> window_;
};

int export_to_file(const Place& place, const Options& options) {
  const std::unique_ptr<Source> source = make_source(place);
  const auto written = export_charts(*source, options);
  if (!written) {
    complain(written.error().message);
    return 1;
  }
  return 0;
}

int run(int argc, char** argv) {
  int status = 0;
  const auto options = read_options(argc, argv, MILTER_MANAGER_VERSION, status);
  if (!options) return status;
  // A picture needs no screen.
  if (options->format && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
    qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QCoreApplication::setApplicationName(QStringLiteral("milter-manager-viewer"));
  QCoreApplication::setApplicationVersion(QStringLiteral(MILTER_MANAGER_VERSION));
  QGuiApplication::setDesktopFileName(QStringLiteral("milter-manager-viewer"));
  // It takes its colours from the palette, all of them.
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QGuiApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("milter-manager-viewer")));
  Speech speech;
  std::optional<Place> place;
  if (!options->place.isEmpty()) {
    auto parsed = parse_place(options->place);
    if (!parsed) {
      complain(parsed.error().message);
      return 2;
    }
    place = std::move(*parsed);
  }
  if (options->format) {
    speech.choose(options->language);
    return export_to_file(*place, *options);
  }
  Session session(*options, speech);
  speech.choose(session.language());
  session.show(place);
  return QApplication::exec();
}

}  // namespace
}  // namespace milter_manager::gui

int main(int argc, char** argv) { return milter_manager::gui::run(argc, argv); }
