// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/outlined_style.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>

namespace milter_manager::gui {
namespace {

constexpr int kGroove = 6;  // dots

void outline(QPainter& painter, const QRect& rect, const QStyleOption& option) {
  painter.save();
  painter.setPen(option.palette.color(QPalette::WindowText));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(rect.adjusted(0, 0, -1, -1));
  painter.restore();
}

}  // namespace

OutlinedStyle::OutlinedStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

void OutlinedStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                  const QWidget* widget) const {
  QProxyStyle::drawPrimitive(element, option, painter, widget);
  if (!is_outlined_) return;
  switch (element) {
    case PE_Frame:
    case PE_FrameLineEdit:
    case PE_PanelButtonCommand:
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
      return outline(*painter, option->rect, *option);
    default:
      return;
  }
}

void OutlinedStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                                const QWidget* widget) const {
  QProxyStyle::drawControl(element, option, painter, widget);
  if (!is_outlined_ || element != CE_TabBarTabShape) return;
  outline(*painter, option->rect, *option);
  if (!(option->state & State_Selected)) return;
  const QRect mark(option->rect.left(), option->rect.top(), option->rect.width(), 3);
  painter->fillRect(mark, option->palette.color(QPalette::Highlight));
}

void OutlinedStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                       QPainter* painter, const QWidget* widget) const {
  QProxyStyle::drawComplexControl(control, option, painter, widget);
  if (!is_outlined_) return;
  switch (control) {
    case CC_ComboBox:
    case CC_SpinBox:
      return outline(*painter, option->rect, *option);
    case CC_Slider:
      return draw_slider(*option, *painter, widget);
    default:
      return;
  }
}

void OutlinedStyle::draw_slider(const QStyleOptionComplex& option, QPainter& painter,
                                const QWidget* widget) const {
  const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(&option);
  if (!slider || slider->orientation != Qt::Horizontal) return;
  QRect groove = proxy()->subControlRect(CC_Slider, slider, SC_SliderGroove, widget);
  groove = QRect(groove.left(), groove.center().y() - kGroove / 2, groove.width(), kGroove);
  outline(painter, groove, option);
  QStyleOptionSlider above(*slider);
  above.subControls = SC_SliderHandle;
  QProxyStyle::drawComplexControl(CC_Slider, &above, &painter, widget);
  outline(painter, proxy()->subControlRect(CC_Slider, slider, SC_SliderHandle, widget), option);
}

}  // namespace milter_manager::gui
