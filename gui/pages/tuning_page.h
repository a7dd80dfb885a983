// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>
#include <QString>
#include <QWidget>

#include "gui/chart/palette.h"
#include "gui/source/source.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace milter_manager::gui {

class MessageBar;

// What the pages that find a setting have in common: messages above, the answer in large letters, the lines for the
// configuration with a button that copies them. They ask their source when they are looked at, and once for a period.
class TuningPage : public QWidget {
  Q_OBJECT

 public:
  explicit TuningPage(QWidget* parent = nullptr);

  void set_source(Source* source);
  void set_period(const Period& period);
  virtual void set_scheme(Scheme scheme) = 0;

  QString configuration() const;

 protected:
  void showEvent(QShowEvent* event) override;

  // Asks the source for what the page is about.
  virtual void ask(Source& source, const Period& period) = 0;
  // There is nothing to show any more, and no answer is waited for.
  virtual void clear() = 0;

  // Asks anew, as when the milter was changed.
  void renew();
  void tell(const QString& failure, const std::vector<std::string>& cautions = {});
  void set_answer(const QString& answer, const QString& explanation);
  void set_configuration(const QString& lines);
  // From above: messages, what can be chosen, the answer, what it rests on, the configuration.
  QVBoxLayout* choices() const { return choices_; }
  QVBoxLayout* body() const { return body_; }
  // The box to choose a milter in, which asks anew; at most one. Another source empties it. `all`: what can be chosen. `chosen`: "" for none.
  QComboBox* make_milter_box();
  void fill_milters(const std::vector<std::string>& all, const std::string& chosen);

 private:
  Source* source_ = nullptr;
  Period period_;
  bool is_stale_ = true;
  MessageBar* messages_;
  QComboBox* milters_ = nullptr;
  QVBoxLayout* choices_;
  QVBoxLayout* body_;
  QLabel* answer_;
  QLabel* explanation_;
  QLabel* configuration_;
  QPushButton* copy_;
};

}  // namespace milter_manager::gui
