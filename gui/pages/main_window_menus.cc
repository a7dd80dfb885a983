// SPDX-License-Identifier: GPL-3.0-or-later
#include <QActionGroup>
#include <QApplication>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPrintDialog>
#include <QPrinter>
#include <QSettings>
#include <QStandardPaths>
#include <QStatusBar>

#include "gui/pages/charts_page.h"
#include "gui/pages/main_window.h"
#include "gui/pages/open_dialogue.h"
#include "gui/pages/picture.h"

namespace milter_manager::gui {
namespace {

constexpr int kPictureWidth = 1400;

struct SchemeWord {
  const char* word;  // in settings
  const char* text;
};
constexpr SchemeWord kSchemes[] = {
    {"", QT_TRANSLATE_NOOP("milter_manager::gui::MainWindow", "&As the desktop")},
    {"light", QT_TRANSLATE_NOOP("milter_manager::gui::MainWindow", "&Light")},
    {"dark", QT_TRANSLATE_NOOP("milter_manager::gui::MainWindow", "&Dark")},
    {"contrast", QT_TRANSLATE_NOOP("milter_manager::gui::MainWindow", "High &contrast")},
};

bool is_desktop_dark() {
  static const bool is_dark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
  return is_dark;
}

}  // namespace

void MainWindow::make_file_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&File"));
  const auto add_open = [&](const QString& text, const QKeySequence& key,
                            std::optional<Place> (*ask)(QWidget*)) {
    QAction* action = menu->addAction(text);
    action->setShortcut(key);
    connect(action, &QAction::triggered, this, [this, ask] {
      if (const auto place = ask(this)) open(*place);
    });
  };
  add_open(tr("Open &folder …"), QKeySequence::Open,
           [](QWidget* parent) { return ask_for_folder(parent, QStringLiteral("/var/lib/milter-manager")); });
  add_open(tr("Open &host (ssh) …"), QKeySequence(Qt::CTRL | Qt::Key_H), &ask_for_host);
  add_open(tr("Open &log files …"), QKeySequence(Qt::CTRL | Qt::Key_L),
           [](QWidget* parent) { return ask_for_logs(parent, QStringLiteral("/var/log")); });
  add_open(tr("Open running &manager …"), QKeySequence(Qt::CTRL | Qt::Key_M), &ask_for_manager);
  recent_menu_ = menu->addMenu(tr("Open &recent"));
  fill_recent();
  menu->addSeparator();
  QMenu* exports = menu->addMenu(tr("&Export"));
  connect(exports->addAction(tr("As &picture (PNG) …")), &QAction::triggered, this,
          [this] { export_as(Format::png); });
  connect(exports->addAction(tr("As &drawing (SVG) …")), &QAction::triggered, this,
          [this] { export_as(Format::svg); });
  QAction* table = exports->addAction(tr("As &tables (CSV) …"));
  connect(table, &QAction::triggered, this, [this] { export_as(Format::csv); });
  QAction* printing = menu->addAction(tr("&Print …"));
  printing->setShortcut(QKeySequence::Print);
  connect(printing, &QAction::triggered, this, &MainWindow::print_page);
  menu->addSeparator();
  QAction* quit = menu->addAction(tr("&Quit"));
  quit->setShortcut(QKeySequence::Quit);
  connect(quit, &QAction::triggered, this, &QWidget::close);
}

void MainWindow::fill_recent() {
  if (!recent_menu_) return;
  recent_menu_->clear();
  for (int row = 0; row < recent_.rowCount(); ++row) {
    const Place place = recent_.place(row);
    // An "&" in a name is no key.
    connect(recent_menu_->addAction(title_of(place).replace('&', QStringLiteral("&&"))), &QAction::triggered,
            this, [this, place] { open(place); });
  }
  recent_menu_->setEnabled(recent_.rowCount() > 0);
  if (recent_.rowCount() == 0) return;
  recent_menu_->addSeparator();
  connect(recent_menu_->addAction(tr("&Forget these")), &QAction::triggered, this, [this] {
    recent_.clear();
    fill_recent();
  });
}

void MainWindow::make_view_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&View"));
  const char* const pages[] = {QT_TR_NOOP("&Charts"), QT_TR_NOOP("&spamd children"), QT_TR_NOOP("&Greylist"),
                               QT_TR_NOOP("&Evaluation")};
  for (int page = 0; page < 4; ++page) {
    QAction* action = menu->addAction(tr(pages[page]));
    action->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + page)));
    connect(action, &QAction::triggered, this, [this, page] { show_page(page); });
  }
  menu->addSeparator();
  const auto add = [&](const QString& text, const QKeySequence& key, auto act) {
    QAction* action = menu->addAction(text);
    action->setShortcut(key);
    connect(action, &QAction::triggered, this, act);
    return action;
  };
  constexpr double kZoom = 1.6;
  const auto middle = [this] { return (range_.from() + range_.to()) / 2; };
  add(tr("Zoom &in"), QKeySequence::ZoomIn, [this, middle] { range_.zoom(1 / kZoom, middle()); });
  add(tr("Zoom &out"), QKeySequence::ZoomOut, [this, middle] { range_.zoom(kZoom, middle()); });
  add(tr("&Back in time"), QKeySequence(Qt::ALT | Qt::Key_Left),
      [this] { range_.pan(-range_.length() / 4); });
  add(tr("&Forward in time"), QKeySequence(Qt::ALT | Qt::Key_Right),
      [this] { range_.pan(range_.length() / 4); });
  add(tr("&Whole time"), QKeySequence(Qt::CTRL | Qt::Key_0),
      [this] { range_.set(range_.earliest(), range_.latest()); });
  add(tr("&Read anew"), QKeySequence::Refresh, [this] {
    charts_->renew();
    ask_contents();
  });
  QAction* peaks = menu->addAction(tr("&Peaks, not means"));
  peaks->setCheckable(true);
  peaks->setChecked(options_.peaks);
  connect(peaks, &QAction::toggled, charts_, &ChartsPage::set_peaks);
  menu->addSeparator();

  QMenu* colours = menu->addMenu(tr("Co&lours"));
  auto* schemes = new QActionGroup(this);
  const QString chosen = settings_.value(QStringLiteral("colours")).toString();
  for (const SchemeWord& scheme : kSchemes) {
    const QString word = QString::fromLatin1(scheme.word);
    QAction* action = colours->addAction(tr(scheme.text));
    action->setCheckable(true);
    action->setChecked(word == chosen);
    schemes->addAction(action);
    connect(action, &QAction::triggered, this, [this, word] {
      settings_.setValue(QStringLiteral("colours"), word);
      options_.scheme.reset();
      choose_scheme(word);
    });
  }
  QMenu* languages = menu->addMenu(tr("La&nguage"));
  // Each in its own letters: who can't read the others finds it.
  for (const auto& [word, text] : {std::pair("en", "English"), std::pair("ja", "日本語")}) {
    connect(languages->addAction(QString::fromUtf8(text)), &QAction::triggered, this,
            [this, word = QString::fromLatin1(word)] {
              // The window in the other language is where this one is.
              settings_.setValue(QStringLiteral("geometry"), saveGeometry());
              emit language_chosen(word);
            });
  }
}

void MainWindow::choose_scheme(const QString& word) {
  if (options_.scheme) return set_scheme(*options_.scheme);
  const bool is_dark = word == QLatin1String("dark") || (word.isEmpty() && is_desktop_dark());
  set_scheme(word == QLatin1String("contrast") ? Scheme::contrast : is_dark ? Scheme::dark : Scheme::light);
}

void MainWindow::make_help_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Help"));
  QAction* keys = menu->addAction(tr("&Mouse and keys"));
  keys->setShortcut(QKeySequence::HelpContents);
  connect(keys, &QAction::triggered, this, [this] {
    QMessageBox::information(
        this, tr("Mouse and keys"),
        tr("Drag a chart to move in time, turn the wheel to zoom, hold Shift and drag to zoom to a stretch, "
           "double-click to "
           "zoom in.\n\nIn a chart: Left and Right, Page Up and Page Down move; Plus and Minus zoom; Home "
           "and End go to the "
           "beginning and the end; Ctrl with Left and Right moves the cross-hair, Escape hides "
           "it.\n\nAnywhere: Ctrl+1 to "
           "Ctrl+4 choose a page, Alt with Left and Right move in time, Ctrl+0 shows all, F5 reads anew."));
  });
  connect(menu->addAction(tr("&About")), &QAction::triggered, this, [this] {
    QMessageBox::about(
        this, tr("milter manager viewer"),
        tr("milter-manager-viewer %1 shows what milters did over months and years, and finds settings for "
           "spamd and greylisting.\n\nFree software under the GNU General Public License, version 3 or "
           "later.")
            .arg(QCoreApplication::applicationVersion()));
  });
}

Picture MainWindow::picture() const {
  Picture picture;
  picture.charts = charts_->contents();
  picture.heading = source_ ? title_of(source_->place()) : QString();
  if (const std::string milter = chosen_milter(); !milter.empty()) {
    picture.heading += QStringLiteral(" — ") + QString::fromStdString(milter);
  }
  picture.from = range_.from();
  picture.to = range_.to();
  picture.scheme = scheme_;
  return picture;
}

void MainWindow::export_as(Format format) {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  const QString suffix = suffix_of(format);
  QFileDialog dialogue(this, tr("Export"), folder, QStringLiteral("*.") + suffix);
  dialogue.setAcceptMode(QFileDialog::AcceptSave);
  dialogue.setDefaultSuffix(suffix);
  dialogue.selectFile(QStringLiteral("milter-manager.") + suffix);
  if (dialogue.exec() != QDialog::Accepted || dialogue.selectedFiles().isEmpty()) return;
  const QString path = dialogue.selectedFiles().front();
  QString names = path;
  Result<void> written;
  if (format == Format::csv) {
    const auto paths = write_tables(path, charts_->numbers());
    if (paths) {
      names = paths->join(QStringLiteral(", "));
    } else {
      written = tl::unexpected(paths.error());
    }
  } else {
    const Picture shown = picture();
    written = write_file(path, format == Format::png ? to_png(shown, kPictureWidth, devicePixelRatioF())
                                                     : to_svg(shown, kPictureWidth));
  }
  if (!written) return tell(QString::fromStdString(written.error().message));
  statusBar()->showMessage(tr("Written: %1").arg(names));
}

void MainWindow::print_page() {
  QPrinter printer(QPrinter::HighResolution);
  printer.setPageOrientation(QPageLayout::Landscape);
  QPrintDialog dialog(&printer, this);
  if (dialog.exec() == QDialog::Accepted) print(picture(), printer);
}

}  // namespace milter_manager::gui
