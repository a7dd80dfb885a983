// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QLabel>
#include <QListView>
#include <QSettings>
#include <QSplitter>
#include <QStatusBar>
#include <QStyleHints>
#include <QTabWidget>
#include <QVBoxLayout>
#include <utility>

#include "gui/chart/ticks.h"
#include "gui/pages/charts_page.h"
#include "gui/pages/evaluation_page.h"
#include "gui/pages/greylist_page.h"
#include "gui/pages/message_bar.h"
#include "gui/pages/milter_delegate.h"
#include "gui/pages/outlined_style.h"
#include "gui/pages/range_bar.h"
#include "gui/pages/spamd_page.h"
#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

constexpr int kPause = 350;          // milliseconds
constexpr int kClock = 10'000;       // milliseconds
constexpr double kFreshness = 3600;  // seconds: the analyzer runs every five minutes
constexpr double kTenYears = 3653.0 * 86400;
constexpr QSize kSize(1280, 860);

double seconds_of(std::chrono::sys_seconds time) {
  return static_cast<double>(time.time_since_epoch().count());
}
double now() { return static_cast<double>(QDateTime::currentSecsSinceEpoch()); }

}  // namespace

MainWindow::MainWindow(QSettings& settings, const Options& options)
    : settings_(settings), options_(options), recent_(settings) {
  setWindowTitle(tr("milter manager viewer"));
  range_.set_limits(now() - kTenYears, now());
  const Period first =
      period_of(options_.range,
                std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(now()))))
          .value_or(Period{});
  range_.set(seconds_of(first.from), seconds_of(first.to));

  auto* whole = new QSplitter(Qt::Horizontal, this);
  whole->setChildrenCollapsible(false);
  setCentralWidget(whole);
  make_side();
  make_pages();
  whole->setStretchFactor(1, 1);
  bar_ = new RangeBar(range_, this);
  addToolBar(bar_);
  make_file_menu();
  make_view_menu();
  make_help_menu();
  newest_ = new QLabel(this);
  statusBar()->addPermanentWidget(newest_);

  connect(bar_, &RangeBar::comparison_changed, charts_, &ChartsPage::set_comparison);
  pause_.setSingleShot(true);
  pause_.setInterval(kPause);
  connect(&range_, &TimeRange::changed, &pause_, qOverload<>(&QTimer::start));
  connect(&pause_, &QTimer::timeout, this, &MainWindow::renew_pages);
  clock_.setInterval(kClock);
  connect(&clock_, &QTimer::timeout, this, [this] { range_.advance(now()); });
  clock_.start();
  connect(&range_, &TimeRange::following_changed, this, [this](bool following) {
    if (following) range_.advance(now());
  });

  charts_->set_peaks(options_.peaks);
  choose_scheme(settings_.value(QStringLiteral("colours")).toString());
  if (!restoreGeometry(settings_.value(QStringLiteral("geometry")).toByteArray())) resize(kSize);
  charts_->set_source(nullptr);
}

MainWindow::~MainWindow() {
  // The models go before their lists: what is selected then is nobody's business any more.
  for (const QListView* list : {milter_list_, host_list_}) list->selectionModel()->disconnect(this);
  charts_->set_source(nullptr);
  for (TuningPage* page : tuning_) page->set_source(nullptr);
}

void MainWindow::make_side() {
  auto* side = new QWidget(centralWidget());
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  const auto add = [&](const QString& title, QAbstractItemModel& model, int stretch) {
    auto* label = new QLabel(title, side);
    label->setContentsMargins(10, 8, 10, 4);
    auto* list = new QListView(side);
    list->setModel(&model);
    list->setFrameShape(QFrame::NoFrame);
    list->setUniformItemSizes(true);
    list->setAccessibleName(QString(title).remove('&'));
    label->setBuddy(list);
    layout->addWidget(label);
    layout->addWidget(list, stretch);
    connect(list->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
      charts_->set_subject(chosen_host(), chosen_milter());
      ask_overview();
    });
    return std::pair(label, list);
  };
  milter_list_ = add(tr("M&ilters"), milters_, 4).second;
  std::tie(host_title_, host_list_) = add(tr("Ho&sts"), hosts_, 1);
  delegate_ = new MilterDelegate(milter_list_);
  milter_list_->setItemDelegate(delegate_);
  milter_list_->setMouseTracking(true);
  host_list_->hide();
  host_title_->hide();
}

void MainWindow::make_pages() {
  auto* middle = new QWidget(centralWidget());
  auto* layout = new QVBoxLayout(middle);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  messages_ = new MessageBar(middle);
  layout->addWidget(messages_);
  pages_ = new QTabWidget(middle);
  pages_->setDocumentMode(true);
  layout->addWidget(pages_, 1);
  charts_ = new ChartsPage(range_, pages_);
  tuning_ = {new SpamdPage(pages_), new GreylistPage(pages_), new EvaluationPage(pages_)};
  pages_->addTab(charts_, tr("Charts"));
  pages_->addTab(tuning_[0], tr("spamd children"));
  pages_->addTab(tuning_[1], tr("Greylist"));
  pages_->addTab(tuning_[2], tr("Evaluation"));
  connect(charts_, &ChartsPage::first_shown, this, &MainWindow::first_chart_shown);
}

void MainWindow::show_page(int page) { pages_->setCurrentIndex(page); }

void MainWindow::open(const Place& place) {
  // Lists that get empty ask nothing any more.
  is_fresh_ = true;
  ++opened_;
  overview_.cancel();
  charts_->set_source(nullptr);
  for (TuningPage* page : tuning_) page->set_source(nullptr);
  milters_.set_contents({});
  hosts_.set_hosts({});
  tell({});
  newest_->clear();
  source_ = make_source(place);
  setWindowTitle(tr("%1 — milter manager viewer").arg(title_of(place)));
  recent_.add(place);
  fill_recent();
  connect(source_.get(), &Source::progress, this,
          [this](const QString& sentence) { statusBar()->showMessage(sentence); });
  connect(source_.get(), &Source::changed, this, &MainWindow::ask_contents);
  for (TuningPage* page : tuning_) page->set_period(period());
  ask_contents();
  // Charts need not wait for what else there is: they are what is looked at first.
  charts_->set_subject(options_.host, options_.milter);
  charts_->set_source(source_.get());
  for (TuningPage* page : tuning_) page->set_source(source_.get());
}

void MainWindow::ask_contents() {
  if (!source_) return;
  on_answer(source_->contents(), this, [this, opened = opened_](Result<Contents> answer) {
    if (opened != opened_) return;
    if (!answer) return tell(QString::fromStdString(answer.error().message));
    take_contents(*answer);
  });
}

void MainWindow::take_contents(const Contents& contents) {
  milters_.set_contents(contents);
  hosts_.set_hosts(contents.hosts);
  const bool has_hosts = !contents.hosts.empty();
  host_list_->setVisible(has_hosts);
  host_title_->setVisible(has_hosts);
  QStringList sentences;
  for (const std::string& failure : contents.failures) sentences += QString::fromStdString(failure);
  if (contents.newest) {
    newest_->setText(
        tr("Numbers up to %1")
            .arg(moment_text(seconds_of(*contents.newest), 0, QTimeZone::systemTimeZone(), QLocale())));
  }
  if (is_fresh_) {
    is_fresh_ = false;
    // Those of the command line, for the first source.
    sentences += select_host(std::exchange(options_.host, {}));
    sentences += select_milter(std::exchange(options_.milter, {}));
    charts_->set_subject(chosen_host(), chosen_milter());
    const double newest = contents.newest ? seconds_of(*contents.newest) : now();
    const double oldest =
        contents.first ? std::min(seconds_of(*contents.first), newest - 86400) : newest - kTenYears;
    // Who is brought up to date is followed; what has ended long ago is looked at where it ends.
    const bool is_fresh = source_->is_live() && newest > now() - kFreshness;
    range_.set_limits(std::max(oldest, newest - kTenYears), is_fresh ? now() : newest);
    const auto wanted =
        period_of(options_.range,
                  std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(range_.latest()))));
    if (wanted) range_.set(seconds_of(wanted->from), seconds_of(wanted->to));
    range_.set_following(is_fresh);
  }
  messages_->set_messages(sentences);
  if (!milter_list_->currentIndex().isValid()) select_milter({});
  ask_overview();
}

void MainWindow::ask_overview() {
  if (!source_ || is_fresh_) return;
  overview_.cancel();
  overview_ = source_->overview(chosen_host(), period());
  on_answer(overview_, this, [this](Result<Overview> answer) {
    if (answer) milters_.set_overview(*answer);
  });
}

void MainWindow::renew_pages() {
  for (TuningPage* page : tuning_) page->set_period(period());
  ask_overview();
}

QString MainWindow::select_milter(const std::string& milter) {
  const int row = std::max(milters_.row_of(milter), 0);
  milter_list_->setCurrentIndex(milters_.index(row));
  return milter.empty() || row > 0
             ? QString()
             : tr("There is no milter \"%1\" here.").arg(QString::fromStdString(milter));
}

QString MainWindow::select_host(const std::string& host) {
  const int row = hosts_.row_of(host);
  if (row < 0) return tr("There is no host \"%1\" here.").arg(QString::fromStdString(host));
  if (row > 0) host_list_->setCurrentIndex(hosts_.index(row));
  return {};
}

void MainWindow::tell(const QString& failure) { messages_->set_messages({failure}); }

Period MainWindow::period() const {
  return {std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(range_.from()))),
          std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(range_.to())))};
}

std::string MainWindow::chosen_milter() const {
  const QModelIndex index = milter_list_->currentIndex();
  return index.isValid() ? milters_.milter(index.row()) : std::string();
}

std::string MainWindow::chosen_host() const {
  const QModelIndex index = host_list_->currentIndex();
  return index.isValid() ? hosts_.host(index.row()) : std::string();
}

void MainWindow::set_scheme(Scheme scheme) {
  scheme_ = scheme;
  if (auto* style = qobject_cast<OutlinedStyle*>(QApplication::style()))
    style->set_outlined(scheme == Scheme::contrast);
  QApplication::setPalette(widget_palette(scheme));
  charts_->set_scheme(scheme);
  delegate_->set_scheme(scheme);
  for (TuningPage* page : tuning_) page->set_scheme(scheme);
  milter_list_->viewport()->update();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  settings_.setValue(QStringLiteral("geometry"), saveGeometry());
  QMainWindow::closeEvent(event);
}

}  // namespace milter_manager::gui
