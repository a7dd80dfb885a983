// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/palette.h"

namespace milter_manager::gui {

const ChartPalette& chart_palette(Scheme scheme) {
  const auto of = [](QRgb rgb) { return QColor::fromRgb(rgb); };
  static const ChartPalette light{false,        of(0xffffff), of(0x1c1c1c), of(0x5c5c5c), of(0x8a8a8a),
                                  of(0xe4e4e4), of(0xf3f3f3), of(0x2459b3), of(0xb3261e), 1};
  static const ChartPalette dark{true,         of(0x1a1f25), of(0xe6e9ed), of(0xa3adb8), of(0x737b85),
                                 of(0x323941), of(0x242b33), of(0x6ea1ff), of(0xff8a80), 1};
  static const ChartPalette contrast{true,         of(0x000000), of(0xffffff), of(0xffffff), of(0xffffff),
                                     of(0x6a6a6a), of(0x262626), of(0xffff00), of(0xff9c8f), 1.6};
  switch (scheme) {
    case Scheme::dark:
      return dark;
    case Scheme::contrast:
      return contrast;
    case Scheme::light:
      break;
  }
  return light;
}

QPalette widget_palette(Scheme scheme) {
  const ChartPalette& of = chart_palette(scheme);
  const bool is_light = scheme == Scheme::light;
  const QColor ground = is_light                 ? QColor::fromRgb(0xf4f4f5)
                        : scheme == Scheme::dark ? QColor::fromRgb(0x21272e)
                                                 : of.paper;
  const QColor raised = is_light                 ? QColor::fromRgb(0xfafafa)
                        : scheme == Scheme::dark ? QColor::fromRgb(0x2c343d)
                                                 : of.paper;
  QPalette palette(of.ink, raised, raised.lighter(140), of.axis, of.axis, of.ink, of.ink, of.paper, ground);
  palette.setColor(QPalette::Link, of.accent);
  palette.setColor(QPalette::Highlight, of.accent);
  palette.setColor(QPalette::HighlightedText, of.paper);
  palette.setColor(QPalette::AlternateBase, of.unknown);
  palette.setColor(QPalette::ToolTipBase, raised);
  palette.setColor(QPalette::ToolTipText, of.ink);
  palette.setColor(QPalette::PlaceholderText, of.faint);
  palette.setColor(QPalette::Light, is_light ? QColor::fromRgb(0xffffff) : raised.lighter(115));
  palette.setColor(QPalette::Midlight, is_light ? QColor::fromRgb(0xececee) : raised);
  palette.setColor(QPalette::Mid, scheme == Scheme::contrast ? of.ink
                                  : is_light                 ? QColor::fromRgb(0xc4c4c8)
                                                             : QColor::fromRgb(0x48525d));
  palette.setColor(QPalette::Dark, scheme == Scheme::contrast ? of.ink : of.axis);
  palette.setColor(QPalette::Shadow, of.axis);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, of.axis);
  }
  return palette;
}

}  // namespace milter_manager::gui
