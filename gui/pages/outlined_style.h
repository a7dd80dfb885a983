// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace milter_manager::gui {

// Fusion, which draws outlines darker than the ground: on a black one nobody sees where a control begins. Here controls have
// outlines of the letters' colour (WCAG 2.1, 1.4.11: three to one) when that is asked for.
class OutlinedStyle : public QProxyStyle {
  Q_OBJECT
 public:
  OutlinedStyle();

  // What is shown already is to be polished anew by who calls (QApplication::setPalette() does).
  void set_outlined(bool is_outlined) { is_outlined_ = is_outlined; }

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;

 private:
  void draw_slider(const QStyleOptionComplex& option, QPainter& painter, const QWidget* widget) const;

  bool is_outlined_ = false;
};

}  // namespace milter_manager::gui
