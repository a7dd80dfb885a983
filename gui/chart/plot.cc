// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/plot.h"

#include <QGestureEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QPainter>
#include <QPinchGesture>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <limits>

namespace milter_manager::gui {
namespace {

constexpr double kKeyPan = 0.1;        // of the range
constexpr double kKeyZoom = 1.25;      // a key, a notch of the wheel
constexpr double kNotch = 120;         // of QWheelEvent::angleDelta()
constexpr double kLeastSelection = 6;  // dots

}  // namespace

Plot::Plot(TimeRange& range, QWidget* parent) : QWidget(parent), range_(range) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAttribute(Qt::WA_AcceptTouchEvents);
  grabGesture(Qt::PinchGesture);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  drawing_.set_look(Scheme::light, font());
  connect(&range_, &TimeRange::changed, this, &Plot::renew);
  connect(&range_, &TimeRange::pointed_changed, this, qOverload<>(&QWidget::update));
}

void Plot::set_scheme(Scheme scheme) {
  drawing_.set_look(scheme, font());
  renew();
}

void Plot::set_content(const ChartContent* content) {
  content_ = content;
  renew();
}

int Plot::columns() const { return std::max(1, static_cast<int>(drawing_.plot_in(rect()).width())); }

void Plot::renew() {
  picture_ = QPixmap();
  update();
}

double Plot::time_at(double x) const {
  return Mapping{drawing_.plot_in(rect()), range_.from(), range_.to(), 1, 1}.time(x);
}

void Plot::point_at(double x) {
  const double time = time_at(x);
  const bool is_inside = time >= range_.from() && time <= range_.to();
  range_.set_pointed(is_inside ? time : std::numeric_limits<double>::quiet_NaN());
}

void Plot::paintEvent(QPaintEvent* /*event*/) {
  if (picture_.isNull() || picture_.size() != size() * devicePixelRatioF()) {
    picture_ = QPixmap(size() * devicePixelRatioF());
    picture_.setDevicePixelRatio(devicePixelRatioF());
    QPainter painter(&picture_);
    if (content_) {
      drawing_.draw(painter, rect(), *content_, range_.from(), range_.to());
    } else {
      painter.fillRect(rect(), drawing_.palette().paper);
    }
  }
  QPainter painter(this);
  painter.drawPixmap(0, 0, picture_);
  draw_pointer(painter);
  if (hasFocus()) {
    painter.setPen(QPen(drawing_.palette().accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void Plot::draw_pointer(QPainter& painter) {
  const QRectF plot = drawing_.plot_in(rect());
  const Mapping mapping{plot, range_.from(), range_.to(), 1, 1};
  const ChartPalette& palette = drawing_.palette();
  if (selected_from_) {
    QColor veil = palette.accent;
    veil.setAlpha(60);
    painter.fillRect(
        QRectF(QPointF(*selected_from_, plot.top()), QPointF(selected_to_, plot.bottom())).normalized(),
        veil);
  }
  const double time = range_.pointed();
  if (std::isnan(time) || time < range_.from() || time > range_.to()) return;
  const double x = mapping.x(time);
  painter.setPen(QPen(palette.ink, 1, Qt::DotLine));
  painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
}

void Plot::resizeEvent(QResizeEvent* /*event*/) { renew(); }

void Plot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange) renew();
  QWidget::changeEvent(event);
}

bool Plot::pinch(QEvent* event) {
  if (event->type() == QEvent::NativeGesture) {
    const auto* gesture = static_cast<QNativeGestureEvent*>(event);
    if (gesture->gestureType() != Qt::ZoomNativeGesture) return false;
    range_.zoom(1 / std::clamp(1 + gesture->value(), 0.2, 5.0), time_at(gesture->position().x()));
    return true;
  }
  if (event->type() != QEvent::Gesture) return false;
  const QGesture* found = static_cast<QGestureEvent*>(event)->gesture(Qt::PinchGesture);
  if (!found) return false;
  const auto* gesture = static_cast<const QPinchGesture*>(found);
  panned_from_.reset();
  const QPointF centre = mapFromGlobal(gesture->centerPoint());
  const QPointF before = mapFromGlobal(gesture->lastCenterPoint());
  if (gesture->state() == Qt::GestureUpdated && gesture->scaleFactor() > 0) {
    range_.pan(time_at(before.x()) - time_at(centre.x()));
    range_.zoom(1 / gesture->scaleFactor(), time_at(centre.x()));
  }
  return true;
}

bool Plot::event(QEvent* event) { return pinch(event) || QWidget::event(event); }

void Plot::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
  if (event->modifiers() & Qt::ShiftModifier) {
    selected_from_ = selected_to_ = event->position().x();
  } else {
    panned_from_ = event->position().x();
    setCursor(Qt::ClosedHandCursor);
  }
}

void Plot::mouseMoveEvent(QMouseEvent* event) {
  const double x = event->position().x();
  if (panned_from_) {
    range_.pan(time_at(*panned_from_) - time_at(x));
    panned_from_ = x;
  }
  if (selected_from_) selected_to_ = x;
  point_at(x);
  update();
}

void Plot::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mouseReleaseEvent(event);
  if (selected_from_) {
    const double from = time_at(std::min(*selected_from_, selected_to_));
    const double to = time_at(std::max(*selected_from_, selected_to_));
    const bool is_wide = std::abs(*selected_from_ - selected_to_) >= kLeastSelection;
    selected_from_.reset();
    if (is_wide) range_.set(from, to);
  }
  panned_from_.reset();
  unsetCursor();
  update();
}

void Plot::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return QWidget::mouseDoubleClickEvent(event);
  const bool is_out = event->modifiers() & Qt::ShiftModifier;
  range_.zoom(is_out ? 2 : 0.5, time_at(event->position().x()));
}

void Plot::wheelEvent(QWheelEvent* event) {
  const QPointF turned = event->angleDelta();
  if (event->modifiers() & Qt::ShiftModifier) {
    range_.pan(-(turned.x() + turned.y()) / kNotch * kKeyPan * range_.length());
  } else if (std::abs(turned.x()) > std::abs(turned.y())) {
    range_.pan(-turned.x() / kNotch * kKeyPan * range_.length());
  } else {
    range_.zoom(std::pow(kKeyZoom, -turned.y() / kNotch), time_at(event->position().x()));
  }
  event->accept();
}

void Plot::step_pointer(int columns) {
  const double dot = range_.length() / this->columns();
  const double now = range_.pointed();
  const double begin = std::isnan(now) ? (range_.from() + range_.to()) / 2 : now + columns * dot;
  range_.set_pointed(std::clamp(begin, range_.from(), range_.to()));
}

void Plot::keyPressEvent(QKeyEvent* event) {
  const bool is_pointer = event->modifiers() & Qt::ControlModifier;
  const double middle = std::isnan(range_.pointed())
                            ? (range_.from() + range_.to()) / 2
                            : std::clamp(range_.pointed(), range_.from(), range_.to());
  constexpr int kPointerStep = 8;
  switch (event->key()) {
    case Qt::Key_Left:
      return is_pointer ? step_pointer(-kPointerStep) : range_.pan(-kKeyPan * range_.length());
    case Qt::Key_Right:
      return is_pointer ? step_pointer(kPointerStep) : range_.pan(kKeyPan * range_.length());
    case Qt::Key_PageUp:
      return range_.pan(-range_.length());
    case Qt::Key_PageDown:
      return range_.pan(range_.length());
    case Qt::Key_Home:
      return range_.set(range_.earliest(), range_.earliest() + range_.length());
    case Qt::Key_End:
      return range_.set(range_.latest() - range_.length(), range_.latest());
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return range_.zoom(1 / kKeyZoom, middle);
    case Qt::Key_Minus:
      return range_.zoom(kKeyZoom, middle);
    case Qt::Key_Escape:
      return range_.set_pointed(std::numeric_limits<double>::quiet_NaN());
    default:
      QWidget::keyPressEvent(event);
  }
}

void Plot::leaveEvent(QEvent* /*event*/) { range_.set_pointed(std::numeric_limits<double>::quiet_NaN()); }

}  // namespace milter_manager::gui
