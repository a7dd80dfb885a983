// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QObject>
#include <QString>
#include <memory>

#include "core/result.h"
#include "gui/model/chart.h"
#include "gui/model/contents.h"
#include "gui/model/place.h"
#include "gui/model/tuning.h"

namespace milter_manager::gui {

// Where the viewer's numbers come from. All questions are answered later, in the order in which they get ready: nothing here waits
// for a disk, a host or a manager. To be used on the GUI's thread.
//
//   on_answer(source->charts(query), this, [this](Result<ChartData> answer) { … });   // answer.h
//
// Trouble is an Error with a sentence for the page; the next question is tried anew. Who goes on to another period cancels the
// future, and reading stops soon; whether or not, an answer to an old question may still come, so compare ChartData::period. A future whose
// source is destroyed is cancelled.
class Source : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  const Place& place() const { return place_; }
  // Whether it changes by itself (changed()): a running manager, archives that are brought up to date.
  virtual bool is_live() const = 0;

  virtual QFuture<Result<Contents>> contents() = 0;
  virtual QFuture<Result<Overview>> overview(const std::string& host, const Period& period) = 0;
  virtual QFuture<Result<ChartData>> charts(const ChartQuery& query) = 0;

  // For the tuning pages. `milter`: "" for the one with "spamass" ("greylist") in its name. A source that can't know says so in its Error,
  // and which source would.
  virtual QFuture<Result<WorkersMaterial>> workers(const Period& period, const std::string& milter) = 0;
  virtual QFuture<Result<GreylistMaterial>> greylist(const Period& period, const std::string& milter) = 0;
  virtual QFuture<Result<EvaluationMaterial>> evaluation(const Period& period) = 0;

 signals:
  // There is news: ask again. At most once a second.
  void changed();
  // What goes on, for the status bar: "Fetching from mail.example.com: 12 MiB". "": nothing any more.
  void progress(const QString& sentence);

 protected:
  Source(Place place, QObject* parent) : QObject(parent), place_(std::move(place)) {}

 private:
  Place place_;
};

// Opens nothing yet: the first question does.
std::unique_ptr<Source> make_source(const Place& place);

}  // namespace milter_manager::gui
