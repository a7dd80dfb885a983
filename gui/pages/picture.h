// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <vector>

#include "core/result.h"
#include "gui/chart/content.h"
#include "gui/model/chart.h"

class QPainter;
class QPrinter;
class QRectF;

namespace milter_manager::gui {

// Charts as they go into files and onto paper: one below the other, each with its legend.
struct Picture {
  std::vector<ChartContent> charts;
  QString heading;  // what this is of: "mail.example.com — all milters, 1 May to 8 May 2026"
  double from = 0, to = 1;
  Scheme scheme = Scheme::light;
};

// How columns of dots curves have in a picture so wide, so that they can be decimated to as many.
std::uint32_t picture_columns(int width);

void draw_picture(QPainter& painter, const QRectF& whole, const Picture& picture);

enum class Format : std::uint8_t { png, svg, csv };
QString suffix_of(Format format);

// A picture as a file's bytes. `width`: in dots; the height follows from how many charts there are.
QByteArray to_png(const Picture& picture, int width, double pixel_ratio = 1);
QByteArray to_svg(const Picture& picture, int width);
void print(const Picture& picture, QPrinter& printer);

// Writes the file, or leaves what there was: never a half. "-": standard output. Error: a sentence with the path.
Result<void> write_file(const QString& path, const QByteArray& bytes);

// The tables of charts: a file each. Of several the kind's name goes into theirs: "mail.csv" → "mail-status.csv". Returns the paths.
Result<QStringList> write_tables(const QString& path, const std::vector<ChartData>& charts);

}  // namespace milter_manager::gui
