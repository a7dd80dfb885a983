// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QImage>
#include <QPrinter>
#include <QProcess>
#include <QRegularExpression>
#include <QTabWidget>
#include <QTranslator>
#include <catch2/catch.hpp>

#include "gui/pages/chart_content.h"
#include "gui/pages/picture.h"
#include "gui/pages/session.h"
#include "known_source.h"
#include "test/gui/model/folder.h"
#include "test/gui/model/waiting.h"
#include "test/gui/pages/window_fixture.h"

namespace milter_manager::gui {
namespace {

QByteArray bytes_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// A window that shows archives of two kinds.
struct Fixture : WindowFixture {
  Fixture() {
    for (const auto kind : {archive::Kind::manager_status, archive::Kind::manager_message})
      make_archive(folder.path().toStdString(), kind, "", kNewest - 7200, kNewest);
    window.open(place());
    REQUIRE(wait_for_chart());
    // Once the menu's pictures have curves.
    REQUIRE(QTest::qWaitFor([this] { return window.range().latest() <= kNewest + 60.0; }, kWindowPatience));
    QTest::qWait(300);
  }
  Place place() const { return {Place::Kind::folder, {folder.path()}, {}, {}}; }
  QString written() const { return window.statusBar()->currentMessage(); }
  QTemporaryDir folder, out;
};

int colours(const QImage& image) {
  QSet<QRgb> seen;
  for (int y = 0; y < image.height(); y += 3) {
    for (int x = 0; x < image.width(); x += 3) seen.insert(image.pixel(x, y));
  }
  return static_cast<int>(seen.size());
}

TEST_CASE("what is seen is exported as a picture, a drawing and tables") {
  Fixture fixture;
  const QString png = fixture.out.filePath("seen.png");
  fixture.choose("As picture (PNG) …", [&](QDialog& dialogue) { choose_file(dialogue, png); });
  const QImage image(png);
  CHECK(image.width() == 1400);
  CHECK(image.height() > 480);
  CHECK(colours(image) > 8);
  CHECK(fixture.written() == "Written: " + png);

  // Who writes no suffix gets the right one.
  fixture.choose("As drawing (SVG) …",
                 [&](QDialog& dialogue) { choose_file(dialogue, fixture.out.filePath("seen")); });
  const QByteArray svg = bytes_of(fixture.out.filePath("seen.svg"));
  CHECK(svg.startsWith("<?xml"));
  CHECK(svg.contains("How connections ended"));
  CHECK(svg.contains("How messages ended"));

  fixture.choose("As tables (CSV) …",
                 [&](QDialog& dialogue) { choose_file(dialogue, fixture.out.filePath("seen.csv")); });
  const QByteArray status = bytes_of(fixture.out.filePath("seen-status.csv"));
  CHECK(status.contains("reject"));
  CHECK(status.count('\n') > 20);
  CHECK_FALSE(bytes_of(fixture.out.filePath("seen-message.csv")).isEmpty());
  // The names that they have got, not the one that was asked for.
  CHECK(fixture.written().contains("seen-status.csv"));
  CHECK(fixture.written().contains("seen-message.csv"));
}

TEST_CASE("a file that cannot be written is told in the window") {
  Fixture fixture;
  QDir folder(fixture.out.filePath("gone"));
  REQUIRE(folder.mkpath("."));
  const char* const entry = GENERATE("As picture (PNG) …", "As drawing (SVG) …", "As tables (CSV) …");
  // It vanishes when the name is chosen, and nothing is written yet.
  fixture.choose(entry, [&](QDialog& dialogue) {
    choose_file(dialogue, folder.filePath("seen"));
    CHECK(folder.removeRecursively());
  });
  CHECK(messages_of(fixture.window).find("gone/seen") != std::string::npos);
  CHECK(messages_of(fixture.window).find("can't be written") != std::string::npos);
  CHECK_FALSE(fixture.written().startsWith("Written"));
}

Picture known_picture() {
  KnownSource source;
  Picture picture;
  picture.heading = "mail.example.com";
  picture.to = 1'777'000'000;
  picture.from = picture.to - 86400;
  const Period period{at(1'777'000'000 - 86400), at(1'777'000'000)};
  for (const ChartKind kind : {ChartKind::status, ChartKind::report, ChartKind::load, ChartKind::message}) {
    const auto data = wait_for(source.charts({kind, "", "", period, 500, false}));
    picture.charts.push_back(
        chart_content({std::make_shared<const ChartData>(*data), nullptr}, {}, period, 500));
  }
  return picture;
}

QByteArray printed(const Picture& picture, const QString& path, QPageLayout::Orientation orientation) {
  QPrinter printer(QPrinter::HighResolution);
  printer.setOutputFormat(QPrinter::PdfFormat);
  printer.setOutputFileName(path);
  printer.setPageSize(QPageSize(QPageSize::A4));
  printer.setPageOrientation(orientation);
  print(picture, printer);
  return bytes_of(path);
}

// That the page has those words, and that all its words are upright lines of some ten points within it.
void check_words(const QString& pdf, QStringList expected) {
  QProcess reader;
  reader.start("pdftotext", {"-bbox", pdf, "-"});
  REQUIRE(reader.waitForFinished());
  const QString text = QString::fromUtf8(reader.readAllStandardOutput());
  static const QRegularExpression page_size("<page width=\"([0-9.]+)\" height=\"([0-9.]+)\">");
  static const QRegularExpression word(
      "<word xMin=\"([-0-9.]+)\" yMin=\"([-0-9.]+)\" xMax=\"([-0-9.]+)\" yMax=\"([-0-9.]+)\">(.*)</word>");
  const auto page = page_size.match(text);
  REQUIRE(page.hasMatch());
  for (const auto& found : word.globalMatch(text)) {
    const double left = found.captured(1).toDouble(), top = found.captured(2).toDouble();
    const double right = found.captured(3).toDouble(), bottom = found.captured(4).toDouble();
    CAPTURE(found.captured(5).toStdString(), left, top, right, bottom);
    CHECK(bottom - top > 6);
    CHECK(bottom - top < 16);
    CHECK(
        (left > 0 && top > 0 && right < page.captured(1).toDouble() && bottom < page.captured(2).toDouble()));
    expected.removeAll(found.captured(5));
  }
  CHECK(expected.join(", ").toStdString() == "");
}

TEST_CASE("charts are printed on one page, upright or across") {
  const QTemporaryDir out;
  const auto orientation = GENERATE(QPageLayout::Landscape, QPageLayout::Portrait);
  Picture empty;
  empty.to = 1'777'000'000;
  empty.from = empty.to - 86400;
  const QByteArray blank = printed(empty, out.filePath("blank.pdf"), orientation);
  Picture picture = known_picture();
  const QByteArray paper = printed(picture, out.filePath("charts.pdf"), orientation);
  CHECK(paper.startsWith("%PDF-"));
  CHECK(paper.count("/Type /Page\n") == 1);
  check_words(out.filePath("charts.pdf"), {"mail.example.com", "connections", "accept", "06:00"});
  CHECK(paper.size() > blank.size() + 5000);
  // Paper is light, whatever the screen is.
  picture.scheme = Scheme::dark;
  CHECK(std::abs(printed(picture, out.filePath("dark.pdf"), orientation).size() - paper.size()) < 64);
}

TEST_CASE("the window prints what it shows to a file that is named in the dialogue") {
  Fixture fixture;
  const QString pdf = fixture.out.filePath("seen.pdf");
  fixture.choose("Print …", [&](QDialog& dialogue) {
    auto* name = dialogue.findChild<QLineEdit*>("filename");
    REQUIRE(name != nullptr);
    name->setText(pdf);
    dialogue.accept();
  });
  CHECK(bytes_of(pdf).startsWith("%PDF-"));
  check_words(pdf, {"connections", "messages", "accept", "reject"});
}

// Knows one word.
class OneWord : public QTranslator {
 public:
  QString translate(const char* /*context*/, const char* text, const char*, int) const override {
    return qstrcmp(text, "Charts") == 0 ? QStringLiteral("グラフ") : QString();
  }
  bool isEmpty() const override { return false; }
};

TEST_CASE(
    "another language is that of the whole window at once, and of the next start, with the same place open") {
  const QTemporaryDir home, folder;
  make_archive(folder.path().toStdString(), archive::Kind::manager_status, "", kNewest - 7200, kNewest);
  QSettings settings(home.filePath("settings.ini"), QSettings::IniFormat);
  OneWord japanese;
  const auto speak = [&](const QString& language) {
    if (language == "ja") QCoreApplication::installTranslator(&japanese);
  };
  Session session(settings, {}, speak);
  CHECK(session.language().isEmpty());
  const Place place{Place::Kind::folder, {folder.path()}, {}, {}};
  session.show(place);
  const QPointer<MainWindow> before = session.window();
  before->resize(1111, 777);
  const auto tab = [&] { return session.window()->findChild<QTabWidget*>()->tabText(0); };
  CHECK(tab() == "Charts");
  menu_entry(*before, "日本語")->trigger();
  CHECK(session.window() != before.data());
  CHECK(session.window()->isVisible());
  CHECK(tab() == "グラフ");
  CHECK(session.window()->size() == QSize(1111, 777));
  REQUIRE(session.window()->source() != nullptr);
  CHECK(session.window()->source()->place() == place);
  CHECK(QTest::qWaitFor([&] { return before.isNull(); }, kWindowPatience));
  CHECK(Session(settings, {}, speak).language() == "ja");
  Options options;
  options.language = "en";
  CHECK(Session(settings, options, speak).language() == "en");
}

}  // namespace
}  // namespace milter_manager::gui
