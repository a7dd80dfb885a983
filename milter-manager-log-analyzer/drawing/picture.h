// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "milter-manager-log-analyzer/drawing/legend.h"
#include "milter-manager-log-analyzer/drawing/sizes.h"
#include "milter-manager-log-analyzer/drawing/theme.h"
#include "milter-manager-log-analyzer/drawing/typesetter.h"
#include "milter-manager-log-analyzer/page/language.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

// What is on a picture, whatever its colours.
struct Sheet {
  const GraphDefinition* definition = nullptr;
  const Window* window = nullptr;
  std::string title;
  // Written across the drawing: why there is nothing. Without it the window has events.
  std::string reason;
  const Language* language = &languages()[0];  // of all words but these
};

struct Size {  // CSS pixels
  int width = 0;
  int height = 0;
};

// Of the picture, without drawing it.
Size size_of(const Sheet& sheet);

// The PNG file: the sheet with its legend: what is drawn is what the legend counts. Series that were never above 0 are not drawn, but
// named below the legend. Series that are no events have a drawing of their own where the definition has a second unit.
//
// No part of it is librrd's: its drawing cannot be told how high one reject among thousands of mails is to be, and takes several
// times as long.
std::string draw(const Sheet& sheet, const Theme& theme, Typesetter& typesetter);

// What the picture's legend says.
Legend legend_of(const Sheet& sheet);

// Tells sheets apart: the same for the same picture, in each theme. It is the note in the picture's file.
std::string sheet_note(const Sheet& sheet, const Theme& theme);

// "milter: status: clamav-milter"
std::string title_of(const GraphDefinition& definition, const std::string& milter,
                     const Language& language = languages()[0]);

}  // namespace milter_manager::log_analyzer
