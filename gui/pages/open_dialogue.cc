// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/open_dialogue.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace milter_manager::gui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("OpenDialogue", text); }

struct Field {
  QString label;
  QString example;
};

// Asks for words until they are a place, or somebody cancels.
std::optional<Place> ask(QWidget* parent, const QString& title, const QString& explanation,
                         const std::vector<Field>& fields,
                         const std::function<QString(const QStringList&)>& join) {
  QDialog dialog(parent);
  dialog.setWindowTitle(title);
  auto* form = new QFormLayout(&dialog);
  auto* about = new QLabel(explanation, &dialog);
  about->setWordWrap(true);
  form->addRow(about);
  std::vector<QLineEdit*> edits;
  for (const Field& field : fields) {
    auto* edit = new QLineEdit(&dialog);
    edit->setPlaceholderText(field.example);
    edit->setMinimumWidth(dialog.fontMetrics().averageCharWidth() * 48);
    form->addRow(field.label, edit);
    edits.push_back(edit);
  }
  auto* wrong = new QLabel(&dialog);
  wrong->setTextFormat(Qt::PlainText);
  wrong->setWordWrap(true);
  form->addRow(wrong);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Open | QDialogButtonBox::Cancel, &dialog);
  form->addRow(buttons);
  QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
  QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);

  std::optional<Place> place;
  const auto check = [&] {
    QStringList written;
    for (const QLineEdit* edit : edits) written += edit->text().trimmed();
    place.reset();
    QString why;
    if (!written.front().isEmpty()) {
      if (auto parsed = parse_place({join(written)})) {
        place = std::move(*parsed);
      } else {
        why = QString::fromStdString(parsed.error().message);
      }
    }
    wrong->setText(why);
    buttons->button(QDialogButtonBox::Open)->setEnabled(place.has_value());
  };
  for (QLineEdit* edit : edits) QObject::connect(edit, &QLineEdit::textChanged, &dialog, check);
  check();
  return dialog.exec() == QDialog::Accepted ? place : std::nullopt;
}

}  // namespace

std::optional<Place> ask_for_folder(QWidget* parent, const QString& begin_in) {
  const QString folder = QFileDialog::getExistingDirectory(
      parent, words(QT_TRANSLATE_NOOP("OpenDialogue", "Open a folder of archives")), begin_in);
  if (folder.isEmpty()) return std::nullopt;
  return Place{Place::Kind::folder, {folder}, {}, {}};
}

std::optional<Place> ask_for_logs(QWidget* parent, const QString& begin_in) {
  const QStringList logs = QFileDialog::getOpenFileNames(
      parent, words(QT_TRANSLATE_NOOP("OpenDialogue", "Open log files")), begin_in);
  if (logs.isEmpty()) return std::nullopt;
  return Place{Place::Kind::logs, logs, {}, {}};
}

std::optional<Place> ask_for_host(QWidget* parent) {
  return ask(
      parent, words(QT_TRANSLATE_NOOP("OpenDialogue", "Open archives on a host")),
      words(QT_TRANSLATE_NOOP(
          "OpenDialogue", "ssh fetches the archives. It must reach the host without asking for a password.")),
      {{words(QT_TRANSLATE_NOOP("OpenDialogue", "&Host:")), QStringLiteral("admin@mail.example.com")},
       {words(QT_TRANSLATE_NOOP("OpenDialogue", "&Folder there:")),
        QStringLiteral("/var/lib/milter-manager")}},
      [](const QStringList& written) {
        const QString& folder = written[1];
        return QStringLiteral("ssh://") + written[0] +
               (folder.isEmpty() || folder.startsWith('/') ? folder : '/' + folder);
      });
}

std::optional<Place> ask_for_manager(QWidget* parent) {
  return ask(parent, words(QT_TRANSLATE_NOOP("OpenDialogue", "Open a running manager")),
             words(QT_TRANSLATE_NOOP(
                 "OpenDialogue",
                 "Its controller socket (controller.connection_spec) or the address of its metrics.")),
             {{words(QT_TRANSLATE_NOOP("OpenDialogue", "&Address:")),
               QStringLiteral("unix:/run/milter-manager/controller.sock")}},
             [](const QStringList& written) { return written[0]; });
}

}  // namespace milter_manager::gui
