// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/ssh_fetch.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <algorithm>
#include <csignal>

#include "gui/model/place.h"
#include "gui/source/archive_unpacker.h"

namespace milter_manager::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Ssh)
};

// Whatever shell the user has there, it starts this one. No single quote, no "!" and no line feed may be in it: csh takes neither of the
// latter between quotes.
const QString kCommand = QStringLiteral(
    R"(exec /bin/sh -c 'IFS= read -r folder; )"
    R"(folder="${folder:-/var/lib/milter-manager/statistics}"; )"
    R"(cd -- "$folder" || exit 3; )"
    R"(set --; )"
    R"(for file in *.rrd */*.rrd; do test -f "$file" && set -- "$@" "$file"; done; )"
    R"(if test $# -eq 0; then echo "$folder: there is no archive in this folder" >&2; exit 3; fi; )"
    R"(exec tar -cf - -- "$@"')");
// tar fills up its last block, and no more.
constexpr qint64 kMostBehind = qint64{16} << 20;

tl::unexpected<Error> wrong(const QString& sentence) { return failure(sentence.toStdString()); }

// The last line that ssh, or the host, has said.
QString last_line(const QByteArray& complaints) {
  const QList<QByteArray> lines = complaints.trimmed().split('\n');
  return QString::fromUtf8(lines.back()).simplified().left(300);
}

// Ends the process for sure: nothing of it may be left behind.
class Running {
 public:
  explicit Running(QProcess& process) : process_(process) {}
  ~Running() {
    if (process_.state() == QProcess::NotRunning) return;
    process_.kill();
    constexpr int kSoon = 5000;  // milliseconds
    process_.waitForFinished(kSoon);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  QProcess& process_;
};

}  // namespace

Result<void> fetch_archives(const SshFetch& what, const std::string& target, std::atomic<qint64>& bytes,
                            const IsCancelled& is_cancelled) {
  // Who made the place has looked; here it is what stands between a text and an option of ssh's.
  if (!is_ssh_host(what.host)) return wrong(Words::tr("%1: this is no name of a host").arg(what.host));
  const auto seconds = std::max<qint64>(std::chrono::ceil<std::chrono::seconds>(what.patience).count(), 1);
  QProcess ssh;
  const Running running(ssh);
  ssh.setProgram(QStringLiteral("ssh"));
  ssh.setArguments({"-T", "-C", "-o", "BatchMode=yes", "-o", QStringLiteral("ConnectTimeout=%1").arg(seconds),
                    "--", what.host, kCommand});
#ifdef __linux__
  // A program that ends does not wait for this thread: ssh ends with it.
  ssh.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
#endif
  ssh.start();
  if (!ssh.waitForStarted()) return wrong(Words::tr("ssh cannot be started: %1").arg(ssh.errorString()));
  ssh.write(what.folder.toUtf8() + '\n');
  ssh.closeWriteChannel();

  ArchiveUnpacker unpacker(target);
  QByteArray complaints;
  qint64 behind = 0;  // bytes
  QElapsedTimer silence;
  silence.start();
  constexpr int kLook = 100;  // milliseconds
  for (bool is_over = false; !is_over;) {
    if (is_cancelled()) return wrong(Words::tr("%1: cancelled").arg(what.host));
    // After the end there may be something left to read.
    is_over = ssh.state() == QProcess::NotRunning;
    if (!is_over) ssh.waitForReadyRead(kLook);
    const QByteArray more = ssh.readAllStandardOutput();
    const QByteArray words = ssh.readAllStandardError();
    complaints = (complaints + words).right(4096);
    bytes += more.size();
    if (unpacker.is_finished()) behind += more.size();
    if (behind > kMostBehind)
      return wrong(Words::tr("%1 goes on behind the end of its archives").arg(what.host));
    if (auto taken = unpacker.feed({more.constData(), static_cast<std::size_t>(more.size())}); !taken)
      return wrong(QStringLiteral("%1: %2").arg(what.host, QString::fromStdString(taken.error().message)));
    if (!more.isEmpty()) silence.restart();
    if (silence.elapsed() > what.patience.count())
      return wrong(Words::tr("%1 has said nothing for %n second(s)", nullptr, static_cast<int>(seconds))
                       .arg(what.host));
  }
  if (ssh.exitStatus() != QProcess::NormalExit || ssh.exitCode() != 0) {
    const QString complaint = last_line(complaints);
    return wrong(complaint.isEmpty()
                     ? Words::tr("%1: ssh ended with status %2").arg(what.host).arg(ssh.exitCode())
                     : QStringLiteral("%1: %2").arg(what.host, complaint));
  }
  if (!unpacker.is_finished()) return wrong(Words::tr("%1: the archives came in part only").arg(what.host));
  return {};
}

}  // namespace milter_manager::gui
