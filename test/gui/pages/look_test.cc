// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTest>
#include <QVBoxLayout>
#include <catch2/catch.hpp>

#include "gui/pages/outlined_style.h"
#include "gui/pages/series_look.h"
#include "milter-manager-log-analyzer/drawing/theme.h"
#include "milter-manager-log-analyzer/graph_table.h"

namespace milter_manager::gui {
namespace {

std::optional<ChartKind> chart_of(log_analyzer::Subject subject) {
  switch (subject) {
    case log_analyzer::Subject::status:
      return ChartKind::status;
    case log_analyzer::Subject::messages:
      return ChartKind::message;
    case log_analyzer::Subject::report:
      return ChartKind::report;
    case log_analyzer::Subject::evaluation:
      return ChartKind::evaluation;
    case log_analyzer::Subject::greylist:
      return ChartKind::greylist;
    case log_analyzer::Subject::sessions:
    case log_analyzer::Subject::load:
    case log_analyzer::Subject::errors:
      return ChartKind::load;
    default:
      return std::nullopt;
  }
}

TEST_CASE("a series has the colour that it has on the statistics page") {
  int compared = 0;
  for (const auto& graph : log_analyzer::graph_definitions()) {
    const auto kind = chart_of(graph.subject);
    if (!kind) continue;
    for (const auto& style : graph.series) {
      INFO(style.source);
      const SeriesLook look = series_look(*kind, style.source, 0);
      CHECK(look.colour.light == style.colour.light);
      CHECK(look.colour.dark == style.colour.dark);
      CHECK(look.is_dashed == style.dashed);
      CHECK(look.is_area == (graph.shape == log_analyzer::Shape::stack));
      ++compared;
    }
  }
  CHECK(compared > 70);
}

TEST_CASE("the grounds are those of the statistics page's pictures") {
  for (const log_analyzer::Theme& theme : log_analyzer::themes()) {
    const ChartPalette& palette = chart_palette(theme.is_dark ? Scheme::dark : Scheme::light);
    CHECK(palette.paper == QColor::fromRgb(theme.paper));
    CHECK(palette.ink == QColor::fromRgb(theme.ink));
    CHECK(palette.faint == QColor::fromRgb(theme.faint));
    CHECK(palette.axis == QColor::fromRgb(theme.axis));
    CHECK(palette.grid == QColor::fromRgb(theme.grid));
    CHECK(palette.unknown == QColor::fromRgb(theme.unknown));
  }
}

double luminance(const QColor& colour) {
  const auto linear = [](double part) {
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double light = std::max(luminance(a), luminance(b)), dark = std::min(luminance(a), luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

TEST_CASE("texts can be read in every scheme: WCAG's 4.5, and 7 in high contrast") {
  for (const Scheme scheme : {Scheme::light, Scheme::dark, Scheme::contrast}) {
    const double least = scheme == Scheme::contrast ? 7 : 4.5;
    const ChartPalette& palette = chart_palette(scheme);
    CHECK(contrast(palette.ink, palette.paper) >= 7);
    CHECK(contrast(palette.faint, palette.paper) >= least);
    CHECK(contrast(palette.accent, palette.paper) >= least);
    CHECK(contrast(palette.alarm, palette.paper) >= least);
    const QPalette widgets = widget_palette(scheme);
    for (const auto& [text, ground] : {std::pair{QPalette::WindowText, QPalette::Window},
                                       {QPalette::ButtonText, QPalette::Button},
                                       {QPalette::Text, QPalette::Base},
                                       {QPalette::HighlightedText, QPalette::Highlight},
                                       {QPalette::ToolTipText, QPalette::ToolTipBase}}) {
      INFO(static_cast<int>(scheme) << " " << static_cast<int>(text));
      CHECK(contrast(widgets.color(text), widgets.color(ground)) >= least);
    }
  }
}

// Of the picture's columns at one height: the highest contrast with the ground between them.
double edge_contrast(QWidget& widget, int left, int right, int y) {
  const QImage image = widget.grab().toImage();
  double highest = 0;
  for (int x = left; x <= right; ++x)
    highest = std::max(
        highest, contrast(image.pixelColor(x, y), widget_palette(Scheme::contrast).color(QPalette::Window)));
  return highest;
}

TEST_CASE("controls can be seen in high contrast: WCAG's 3 to the ground") {
  OutlinedStyle style;
  style.set_outlined(true);
  QWidget ground;
  ground.setPalette(widget_palette(Scheme::contrast));
  auto* layout = new QVBoxLayout(&ground);
  const std::initializer_list<QWidget*> controls = {new QComboBox,      new QSpinBox,    new QLineEdit,
                                                    new QPlainTextEdit, new QPushButton, new QListWidget};
  for (QWidget* control : controls) layout->addWidget(control);
  auto* slider = new QSlider(Qt::Horizontal);
  layout->addWidget(slider);
  ground.setStyle(&style);
  for (QWidget* child : ground.findChildren<QWidget*>()) child->setStyle(&style);
  ground.resize(400, 600);
  ground.show();
  REQUIRE(QTest::qWaitForWindowExposed(&ground));
  for (QWidget* control : controls) {
    INFO(control->metaObject()->className());
    CHECK(edge_contrast(*control, 0, 1, control->height() / 2) >= 3);
    CHECK(edge_contrast(*control, control->width() - 2, control->width() - 1, control->height() / 2) >= 3);
  }
  // The groove, far from the handle, which is at its left end.
  double groove = 0;
  for (int y = 0; y < slider->height(); ++y)
    groove = std::max(groove, edge_contrast(*slider, slider->width() / 2, slider->width() / 2, y));
  CHECK(groove >= 3);
}

}  // namespace
}  // namespace milter_manager::gui
