// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <optional>

#include "gui/model/place.h"
#include "gui/pages/options.h"

class QSettings;

namespace milter_manager::gui {

class MainWindow;

// The window, and another one of the same place after a change of language: texts are made with their widgets.
class Session : public QObject {
 public:
  // Makes the program speak a language, "en", "ja"; "" for the desktop's.
  using Speak = std::function<void(const QString& language)>;

  // `settings` must outlive it.
  Session(QSettings& settings, const Options& options, Speak speak);
  ~Session() override;

  void show(const std::optional<Place>& place);
  // Of the command line, or else what was chosen last; "": none.
  QString language() const;
  // Null before show().
  MainWindow* window() const { return window_.get(); }

 private:
  void change_language(const QString& language);

  QSettings& settings_;
  Options options_;
  Speak speak_;
  std::unique_ptr<MainWindow> window_;
};

}  // namespace milter_manager::gui
