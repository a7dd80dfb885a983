// SPDX-License-Identifier: GPL-3.0-or-later
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QTest>
#include <catch2/catch.hpp>

#include "gui/pages/evaluation_page.h"
#include "gui/pages/greylist_page.h"
#include "gui/pages/spamd_page.h"
#include "known_source.h"

namespace milter_manager::gui {
namespace {

template <class Page>
struct Fixture {
  Fixture() {
    page.resize(1000, 700);
    page.set_period({KnownSource::kNewest - std::chrono::hours(24), KnownSource::kNewest});
    page.show();
  }
  ~Fixture() { page.set_source(nullptr); }
  void open() {
    page.set_source(&source);
    QTest::qWait(200);
  }
  std::string texts() {
    QStringList all;
    for (const QLabel* label : page.template findChildren<QLabel*>()) {
      if (label->isVisible()) all += label->text();
    }
    return all.join('\n').toStdString();
  }
  void copy() {
    for (QPushButton* button : page.template findChildren<QPushButton*>()) {
      if (button->text().contains("Copy")) QTest::mouseClick(button, Qt::LeftButton);
    }
  }
  Page page;
  KnownSource source;  // goes first: unanswered questions end with it
};

using Catch::Contains;

TEST_CASE("the page on spamd's children says at once what so many of them would do") {
  Fixture<SpamdPage> fixture;
  fixture.open();
  auto* slider = fixture.page.findChild<QSlider*>();
  REQUIRE(fixture.page.children().rowCount() > 2);
  // Two at once, always: one child lets mails wait, three let none.
  slider->setValue(1);
  CHECK_THAT(fixture.texts(), Contains("--max-children=1: ") && Contains("80"));
  const QString one = fixture.page.configuration();
  slider->setValue(3);
  CHECK_THAT(fixture.texts(), Contains("--max-children=3: 0") && Contains("240"));
  CHECK(one != fixture.page.configuration());
  CHECK_THAT(fixture.texts(), Contains("Only one day is in these logs."));
  fixture.copy();
  CHECK(QGuiApplication::clipboard()->text() == SpamdChildren::configuration(3));
}

TEST_CASE("arrows on the slider change the number of children") {
  Fixture<SpamdPage> fixture;
  fixture.open();
  auto* slider = fixture.page.findChild<QSlider*>();
  slider->setValue(2);
  QTest::keyClick(slider, Qt::Key_Right);
  CHECK(fixture.page.configuration() == SpamdChildren::configuration(3));
}

TEST_CASE("the page on greylisting says for each delay who is caught, and how long the others wait") {
  Fixture<GreylistPage> fixture;
  fixture.open();
  auto* slider = fixture.page.findChild<QSlider*>();
  REQUIRE(fixture.page.delays().rowCount() == 60);
  slider->setValue(5);
  CHECK_THAT(fixture.texts(), Contains("33") && Contains("never pass"));
  CHECK_THAT(fixture.page.configuration().toStdString(), Contains("greylist 5m"));
  slider->setValue(10);
  CHECK_THAT(fixture.page.configuration().toStdString(), Contains("greylist 10m"));
}

TEST_CASE("the page on evaluation says what enforcement would have done, and how to enforce") {
  Fixture<EvaluationPage> fixture;
  fixture.open();
  REQUIRE(fixture.page.evaluations().rowCount() == 1);
  CHECK_THAT(fixture.texts(), Contains("clamav-milter would have refused"));
  CHECK_THAT(fixture.page.configuration().toStdString(), Contains("clamav-milter"));
}

TEMPLATE_TEST_CASE("a tuning page tells why there is no answer, and offers no configuration", "", SpamdPage,
                   GreylistPage, EvaluationPage) {
  Fixture<TestType> fixture;
  fixture.source.failure = "Archives tell nothing of single mails: open the log files.";
  fixture.open();
  CHECK_THAT(fixture.texts(), Contains("Archives tell nothing of single mails: open the log files."));
  CHECK(fixture.page.configuration().isEmpty());
  // The reason goes when there is an answer.
  fixture.source.failure.reset();
  fixture.open();
  CHECK_THAT(fixture.texts(), !Contains("Archives tell nothing"));
  CHECK_FALSE(fixture.page.configuration().isEmpty());
}

TEMPLATE_TEST_CASE("a tuning page waits for a source that never answers without freezing", "", SpamdPage,
                   GreylistPage, EvaluationPage) {
  Fixture<TestType> fixture;
  fixture.source.hangs = true;
  fixture.open();
  CHECK_THAT(fixture.texts(), Contains("Reading"));
  CHECK(fixture.page.configuration().isEmpty());
}

}  // namespace
}  // namespace milter_manager::gui
