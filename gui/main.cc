// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <QApplication>
#include <QIcon>
#include <QLibraryInfo>
#include <QLocale>
#include <QSettings>
#include <QTranslator>
#include <cstdio>
#include <memory>

#include "gui/pages/headless.h"
#include "gui/pages/options.h"
#include "gui/pages/outlined_style.h"
#include "gui/pages/session.h"
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
  // NOLINTBEGIN(clang-analyzer-cplusplus.NewDeleteLeaks): the application owns its style
  QApplication::setStyle(new OutlinedStyle);
  QGuiApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("milter-manager-viewer")));
  // NOLINTEND(clang-analyzer-cplusplus.NewDeleteLeaks)
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
  QSettings settings(QStringLiteral("milter-manager"), QStringLiteral("viewer"));
  Session session(settings, *options, [&](const QString& language) { speech.choose(language); });
  speech.choose(session.language());
  session.show(place);
  return QApplication::exec();
}

}  // namespace
}  // namespace milter_manager::gui

int main(int argc, char** argv) { return milter_manager::gui::run(argc, argv); }
