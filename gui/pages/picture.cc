// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/picture.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QPrinter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QTimeZone>
#include <algorithm>
#include <cstdio>

#include "gui/chart/drawing.h"
#include "gui/chart/ticks.h"
#include "gui/model/csv.h"

namespace milter_manager::gui {
namespace {

constexpr double kChartHeight = 240;  // dots
constexpr double kGap = 12;
constexpr double kMargin = 16;
constexpr int kLogicalDpi = 96;

// In dots, not in points: those would grow with a printer's resolution, although the painter is scaled to it.
QFont picture_font() {
  QFont font = QGuiApplication::font();
  font.setPixelSize(QFontInfo(font).pixelSize());
  return font;
}

double heading_height() { return 2 * QFontMetricsF(picture_font()).height() + kGap; }

double height_of(const Picture& picture, double width) {
  Drawing drawing;
  drawing.set_look(picture.scheme, picture_font());
  double height = 2 * kMargin + heading_height();
  for (const ChartContent& chart : picture.charts) {
    height += kChartHeight + kGap + drawing.draw_legend(nullptr, QRectF(0, 0, width - 2 * kMargin, 0), chart);
  }
  return height;
}

QString period_text(const Picture& picture) {
  const QLocale locale;
  const QTimeZone zone = QTimeZone::systemTimeZone();
  const double length = picture.to - picture.from;
  //: from a moment to a moment
  return QCoreApplication::translate("Picture", "%1 to %2")
      .arg(moment_text(picture.from, length, zone, locale), moment_text(picture.to, length, zone, locale));
}

Error cannot_write(const QString& path, const QString& why) {
  return {QCoreApplication::translate("Picture", "%1 can't be written: %2").arg(path, why).toStdString()};
}

}  // namespace

std::uint32_t picture_columns(int width) {
  Drawing drawing;
  drawing.set_look(Scheme::light, picture_font());
  const double columns = drawing.plot_in(QRectF(0, 0, width - 2 * kMargin, kChartHeight)).width();
  return static_cast<std::uint32_t>(std::max(columns, 1.0));
}

void draw_picture(QPainter& painter, const QRectF& whole, const Picture& picture) {
  Drawing drawing;
  drawing.set_look(picture.scheme, picture_font());
  painter.fillRect(whole, drawing.palette().paper);
  const QRectF inner = whole.adjusted(kMargin, kMargin, -kMargin, -kMargin);
  QFont bold(picture_font());
  bold.setBold(true);
  const double line = QFontMetricsF(bold).height();
  painter.setFont(bold);
  painter.setPen(drawing.palette().ink);
  painter.drawText(QRectF(inner.left(), inner.top(), inner.width(), line), Qt::AlignLeft, picture.heading);
  painter.setFont(picture_font());
  painter.setPen(drawing.palette().faint);
  painter.drawText(QRectF(inner.left(), inner.top() + line, inner.width(), line), Qt::AlignLeft,
                   period_text(picture));
  double legends = 0;
  for (const ChartContent& chart : picture.charts)
    legends += drawing.draw_legend(nullptr, inner, chart) + kGap;
  const double rest = inner.height() - heading_height() - legends;
  const double height = rest / static_cast<double>(std::max<std::size_t>(picture.charts.size(), 1));
  double y = inner.top() + heading_height();
  for (const ChartContent& chart : picture.charts) {
    drawing.draw(painter, QRectF(inner.left(), y, inner.width(), height), chart, picture.from, picture.to);
    y += height;
    y += drawing.draw_legend(&painter, QRectF(inner.left(), y, inner.width(), 0), chart) + kGap;
  }
}

QString suffix_of(Format format) {
  switch (format) {
    case Format::png:
      return QStringLiteral("png");
    case Format::svg:
      return QStringLiteral("svg");
    case Format::csv:
      break;
  }
  return QStringLiteral("csv");
}

QByteArray to_png(const Picture& picture, int width, double pixel_ratio) {
  const QSizeF size(width, height_of(picture, width));
  QImage image((size * pixel_ratio).toSize(), QImage::Format_RGB32);
  image.setDevicePixelRatio(pixel_ratio);
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  draw_picture(painter, QRectF(QPointF(), size), picture);
  painter.end();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return bytes;
}

QByteArray to_svg(const Picture& picture, int width) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  const QRect whole(0, 0, width, static_cast<int>(height_of(picture, width)));
  generator.setSize(whole.size());
  generator.setViewBox(whole);
  generator.setResolution(kLogicalDpi);
  generator.setTitle(picture.heading);
  generator.setDescription(period_text(picture));
  QPainter painter(&generator);
  draw_picture(painter, whole, picture);
  painter.end();
  return bytes;
}

void print(const Picture& picture, QPrinter& printer) {
  QPainter painter(&printer);
  // Letters and lines are so large as on the screen.
  const double scale = printer.resolution() / static_cast<double>(kLogicalDpi);
  painter.scale(scale, scale);
  const QRectF page = printer.pageRect(QPrinter::DevicePixel);
  Picture on_paper = picture;
  on_paper.scheme = Scheme::light;
  draw_picture(painter, QRectF(0, 0, page.width() / scale, page.height() / scale), on_paper);
}

Result<void> write_file(const QString& path, const QByteArray& bytes) {
  if (path == QLatin1String("-")) {
    QFile output;
    if (!output.open(stdout, QIODevice::WriteOnly) || output.write(bytes) != bytes.size() ||
        !output.flush()) {
      return tl::unexpected(
          cannot_write(QCoreApplication::translate("Picture", "Standard output"), output.errorString()));
    }
    return {};
  }
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
    return tl::unexpected(cannot_write(path, file.errorString()));
  }
  return {};
}

Result<QStringList> write_tables(const QString& path, const std::vector<ChartData>& charts) {
  QStringList paths;
  for (const ChartData& chart : charts) {
    QString name = path;
    if (charts.size() > 1 && path != QLatin1String("-")) {
      const QFileInfo whole(path);
      const std::string_view kind = name_of(chart.kind);
      name = whole.path() + '/' + whole.completeBaseName() + '-' +
             QString::fromUtf8(kind.data(), static_cast<qsizetype>(kind.size())) + '.' +
             (whole.suffix().isEmpty() ? suffix_of(Format::csv) : whole.suffix());
    }
    if (auto written = write_file(name, QByteArray::fromStdString(to_csv(chart))); !written) {
      return tl::unexpected(written.error());
    }
    paths += name;
  }
  return paths;
}

}  // namespace milter_manager::gui
