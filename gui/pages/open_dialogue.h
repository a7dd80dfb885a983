// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "gui/model/place.h"

class QWidget;

namespace milter_manager::gui {

// Dialogues that ask what to open. None: it was cancelled.
std::optional<Place> ask_for_folder(QWidget* parent, const QString& begin_in);
std::optional<Place> ask_for_logs(QWidget* parent, const QString& begin_in);
// A host for ssh, with a folder on it; what is wrong with the words is said while they are written.
std::optional<Place> ask_for_host(QWidget* parent);
// A manager's controller socket or metrics address.
std::optional<Place> ask_for_manager(QWidget* parent);

}  // namespace milter_manager::gui
