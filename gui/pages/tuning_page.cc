// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/tuning_page.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/pages/message_bar.h"

namespace milter_manager::gui {
namespace {

constexpr double kAnswerSize = 1.5;  // times the usual letters

}  // namespace

TuningPage::TuningPage(QWidget* parent)
    : QWidget(parent),
      messages_(new MessageBar(this)),
      choices_(new QVBoxLayout),
      body_(new QVBoxLayout),
      answer_(new QLabel(this)),
      explanation_(new QLabel(this)),
      configuration_(new QLabel(this)),
      copy_(new QPushButton(tr("&Copy as configuration"), this)) {
  auto* page = new QVBoxLayout(this);
  page->setContentsMargins(0, 0, 0, 0);
  page->addWidget(messages_);
  auto* inner = new QVBoxLayout;
  inner->setContentsMargins(14, 12, 14, 14);
  inner->setSpacing(10);
  page->addLayout(inner, 1);
  inner->addLayout(choices_);
  QFont large = answer_->font();
  large.setPointSizeF(large.pointSizeF() * kAnswerSize);
  answer_->setFont(large);
  for (QLabel* label : {answer_, explanation_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    inner->addWidget(label);
  }
  inner->addLayout(body_, 1);
  auto* row = new QHBoxLayout;
  configuration_->setTextFormat(Qt::PlainText);
  configuration_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  configuration_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  configuration_->setFrameShape(QFrame::StyledPanel);
  configuration_->setMargin(8);
  configuration_->setAccessibleName(tr("Lines for the configuration"));
  row->addWidget(configuration_, 1);
  row->addWidget(copy_, 0, Qt::AlignTop);
  inner->addLayout(row);
  connect(copy_, &QPushButton::clicked, this,
          [this] { QGuiApplication::clipboard()->setText(configuration()); });
  set_configuration({});
}

void TuningPage::set_source(Source* source) {
  source_ = source;
  // Names are those of one source.
  if (milters_) milters_->clear();
  clear();
  tell({});
  renew();
}

void TuningPage::set_period(const Period& period) {
  if (period == period_) return;
  period_ = period;
  renew();
}

void TuningPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (is_stale_) renew();
}

void TuningPage::renew() {
  is_stale_ = !isVisible() || !source_;
  if (is_stale_) return;
  set_answer(tr("Reading …"), {});
  set_configuration({});
  ask(*source_, period_);
}

void TuningPage::tell(const QString& failure, const std::vector<std::string>& cautions) {
  QStringList sentences{failure};
  for (const std::string& caution : cautions) sentences += QString::fromStdString(caution);
  messages_->set_messages(sentences);
  if (!failure.isEmpty()) {
    clear();
    set_answer(tr("No answer from here"), {});
  }
}

void TuningPage::set_answer(const QString& answer, const QString& explanation) {
  answer_->setText(answer);
  explanation_->setText(explanation);
  explanation_->setVisible(!explanation.isEmpty());
}

void TuningPage::set_configuration(const QString& lines) {
  configuration_->setText(lines);
  configuration_->setVisible(!lines.isEmpty());
  copy_->setVisible(!lines.isEmpty());
}

QString TuningPage::configuration() const { return configuration_->text(); }

QComboBox* TuningPage::make_milter_box() {
  milters_ = new QComboBox(this);
  milters_->setAccessibleName(tr("Milter"));
  milters_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(milters_, &QComboBox::activated, this, &TuningPage::renew);
  return milters_;
}

void TuningPage::fill_milters(const std::vector<std::string>& all, const std::string& chosen) {
  milters_->clear();
  for (const std::string& milter : all) milters_->addItem(QString::fromStdString(milter));
  int row = milters_->findText(QString::fromStdString(chosen));
  if (row < 0 && !chosen.empty()) {
    row = milters_->count();
    milters_->addItem(QString::fromStdString(chosen));
  }
  if (row >= 0) milters_->setCurrentIndex(row);
  milters_->setEnabled(milters_->count() > 1);
}

}  // namespace milter_manager::gui
