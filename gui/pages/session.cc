// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/session.h"

#include <QSettings>
#include <utility>

#include "gui/pages/main_window.h"

namespace milter_manager::gui {
namespace {

const QString kLanguage = QStringLiteral("language");

}  // namespace

Session::Session(QSettings& settings, const Options& options, Speak speak)
    : settings_(settings), options_(options), speak_(std::move(speak)) {}

Session::~Session() = default;

void Session::show(const std::optional<Place>& place) {
  window_ = std::make_unique<MainWindow>(settings_, options_);
  connect(window_.get(), &MainWindow::language_chosen, this, &Session::change_language);
  window_->show();
  if (place) window_->open(*place);
}

QString Session::language() const {
  return options_.language.isEmpty() ? settings_.value(kLanguage).toString() : options_.language;
}

void Session::change_language(const QString& language) {
  settings_.setValue(kLanguage, language);
  const std::optional<Place> again =
      window_->source() ? std::optional(window_->source()->place()) : std::nullopt;
  speak_(language);
  // The old one still is in its own menu's signal.
  window_->hide();
  window_.release()->deleteLater();
  show(again);
}

}  // namespace milter_manager::gui
