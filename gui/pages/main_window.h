// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QTimer>
#include <memory>

#include "gui/chart/palette.h"
#include "gui/chart/time_range.h"
#include "gui/model/hosts.h"
#include "gui/model/milters.h"
#include "gui/model/recent_places.h"
#include "gui/pages/options.h"
#include "gui/source/source.h"

class QActionGroup;
class QLabel;
class QListView;
class QMenu;
class QSettings;
class QTabWidget;

namespace milter_manager::gui {

class ChartsPage;
class MessageBar;
class MilterDelegate;
class RangeBar;
class TuningPage;
struct Picture;

// The window: milters and hosts on the left, the range above, charts and tuning pages in the middle. It knows sources and models;
// nothing in it reads a file.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  // `settings` must outlive it.
  explicit MainWindow(QSettings& settings, const Options& options = {});
  ~MainWindow() override;

  void open(const Place& place);
  const Source* source() const { return source_.get(); }
  TimeRange& range() { return range_; }
  Scheme scheme() const { return scheme_; }

 public slots:
  void set_scheme(milter_manager::gui::Scheme scheme);
  // 0: charts; 1, 2, 3: children, greylist, evaluation.
  void show_page(int page);

 signals:
  // Somebody chose another language, "en" or "ja": the window is to be made anew.
  void language_chosen(const QString& language);
  // The first chart of what was opened last is drawn.
  void first_chart_shown();

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  void make_side();
  void make_pages();
  void make_file_menu();
  void make_view_menu();
  void make_help_menu();
  void fill_recent();
  void choose_scheme(const QString& word);
  void ask_contents();
  void ask_overview();
  void take_contents(const Contents& contents);
  void renew_pages();
  // "" for all. The result is "", or a sentence: there is none of this name.
  QString select_milter(const std::string& milter);
  QString select_host(const std::string& host);
  void export_as(Format format);
  void print_page();
  Picture picture() const;
  void tell(const QString& failure);
  Period period() const;
  std::string chosen_milter() const;
  std::string chosen_host() const;

  QSettings& settings_;
  Options options_;
  Scheme scheme_ = Scheme::light;
  TimeRange range_;
  Milters milters_;
  Hosts hosts_;
  RecentPlaces recent_;
  QListView* milter_list_ = nullptr;
  QListView* host_list_ = nullptr;
  QLabel* host_title_ = nullptr;
  MilterDelegate* delegate_ = nullptr;
  MessageBar* messages_ = nullptr;
  QTabWidget* pages_ = nullptr;
  ChartsPage* charts_ = nullptr;
  std::vector<TuningPage*> tuning_;
  RangeBar* bar_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QLabel* newest_ = nullptr;
  QTimer pause_;  // the list and the tuning pages follow the range when it rests
  QTimer clock_;
  QFuture<Result<Overview>> overview_;
  bool is_fresh_ = true;  // no contents of this source yet
  int opened_ = 0;        // sources: an answer of one before comes too late
  // The last member: pages let go of it first.
  std::unique_ptr<Source> source_;
};

}  // namespace milter_manager::gui
