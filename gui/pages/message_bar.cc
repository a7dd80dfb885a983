// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/message_bar.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QStyle>
#include <QToolButton>

namespace milter_manager::gui {
namespace {

constexpr int kMostSentences = 3;

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), label_(new QLabel(this)) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 6, 6, 6);
  label_->setWordWrap(true);
  // What archives and hosts say is never taken for markup.
  label_->setTextFormat(Qt::PlainText);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  layout->addWidget(label_, 1);
  auto* close = new QToolButton(this);
  close->setAutoRaise(true);
  close->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
  const QString words = QCoreApplication::translate("MessageBar", "Put this message away");
  close->setToolTip(words);
  close->setAccessibleName(words);
  layout->addWidget(close, 0, Qt::AlignTop);
  connect(close, &QToolButton::clicked, this, [this] {
    put_away_ = label_->text();
    hide();
  });
  hide();
}

void MessageBar::set_messages(const QStringList& sentences) {
  QStringList shown;
  int more = 0;
  for (const QString& sentence : sentences) {
    if (sentence.isEmpty() || shown.contains(sentence)) continue;
    if (shown.size() < kMostSentences) {
      shown.append(sentence);
    } else {
      ++more;
    }
  }
  if (more > 0) shown.append(QCoreApplication::translate("MessageBar", "And %n more.", nullptr, more));
  const QString text = shown.join('\n');
  label_->setText(text);
  setAccessibleName(text);
  if (text != put_away_) put_away_.clear();
  setVisible(!text.isEmpty() && put_away_.isEmpty());
}

QString MessageBar::text() const { return label_->text(); }

void MessageBar::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const bool is_dark = palette().color(QPalette::Window).lightness() < 128;
  const QColor alarm = chart_palette(is_dark ? Scheme::dark : Scheme::light).alarm;
  QColor ground = alarm;
  ground.setAlpha(28);
  painter.fillRect(rect(), ground);
  painter.fillRect(QRect(0, 0, 4, height()), alarm);
  QFrame::paintEvent(event);
}

}  // namespace milter_manager::gui
