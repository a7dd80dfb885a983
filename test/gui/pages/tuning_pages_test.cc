// SPDX-License-Identifier: GPL-3.0-or-later
#include <QClipboard>
#include <QComboBox>
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
    settle();
  }
  void settle() {
    int rounds = 0;
    const auto is_answered = [&] {
      return source.hangs ? ++rounds > 3 : texts().find("Reading") == std::string::npos;
    };
    REQUIRE(QTest::qWaitFor(is_answered, 20'000));
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

TEST_CASE("a period without mails takes back the setting that the one before had") {
  Fixture<SpamdPage> fixture;
  fixture.open();
  REQUIRE_FALSE(fixture.page.configuration().isEmpty());
  const auto make_nothing = GENERATE(
      +[](WorkersMaterial& material) { material.hosts.clear(); },
      +[](WorkersMaterial& material) { material.hosts.begin()->second = {}; });
  fixture.source.change_workers = make_nothing;
  fixture.page.set_period({KnownSource::kNewest - std::chrono::hours(48), KnownSource::kNewest});
  fixture.settle();
  CHECK_THAT(fixture.texts(), Contains("Nothing is known of its work in this period."));
  CHECK(fixture.page.children().rowCount() == 0);
  CHECK(fixture.page.configuration().isEmpty());
  CHECK_FALSE(fixture.page.findChild<QSlider*>()->isEnabled());
}

TEST_CASE("a computation that is under way does not come back over a period without mails") {
  Fixture<SpamdPage> fixture;
  const auto has_answer = [&] { return fixture.source.asked_milters.size() == 1; };
  fixture.page.set_source(&fixture.source);
  REQUIRE(has_answer());
  // The first answer is there and its curve is computed; then comes the second one.
  QCoreApplication::processEvents();
  fixture.source.change_workers = [](WorkersMaterial& material) { material.hosts.clear(); };
  fixture.page.set_period({KnownSource::kNewest - std::chrono::hours(48), KnownSource::kNewest});
  fixture.settle();
  CHECK_FALSE(QTest::qWaitFor([&] { return fixture.page.children().rowCount() > 0; }, 300));
  CHECK_THAT(fixture.texts(), Contains("Nothing is known of its work in this period."));
}

TEST_CASE("children that were too few already are told with the answer") {
  Fixture<SpamdPage> fixture;
  fixture.open();
  CHECK_THAT(fixture.texts(), !Contains("too few children already"));
  fixture.source.change_workers = [](WorkersMaterial& material) {
    report::SpamdLines& spamd = material.hosts.begin()->second.spamd;
    spamd.most_children = 1;
    spamd.reached_maximum = 3;
  };
  fixture.open();
  REQUIRE(fixture.page.children().is_saturated());
  CHECK_THAT(fixture.texts(), Contains("There were too few children already: these waits hold time spent "
                                       "queueing. Try more for some days."));
}

TEMPLATE_TEST_CASE("the milter that is looked at is forgotten with its source", "", SpamdPage, GreylistPage) {
  Fixture<TestType> fixture;
  fixture.open();
  KnownSource other;
  other.change_workers = [](WorkersMaterial& material) {
    material.milter.clear();
    material.milters.clear();
  };
  fixture.page.set_source(&other);
  fixture.settle();
  CHECK(other.asked_milters == std::vector<std::string>{""});
  for (const QComboBox* box : fixture.page.template findChildren<QComboBox*>()) {
    if (box->accessibleName() == "Milter") CHECK(box->findText("") < 0);
  }
  fixture.page.set_source(nullptr);
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
