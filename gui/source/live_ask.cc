// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QNetworkProxy>
#include <QTcpSocket>

#include "core/control/client.h"
#include "core/net/connection_spec.h"
#include "gui/source/live_source.h"

namespace milter_manager::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Live)
};

tl::unexpected<Error> wrong(const QString& sentence) { return failure(sentence.toStdString()); }

// With whom it was.
tl::unexpected<Error> trouble(const QString& address, const std::string& message) {
  return wrong(QStringLiteral("%1: %2").arg(address, QString::fromStdString(message)));
}

}  // namespace

Result<ManagerState> ask_controller(const std::string& connection_spec, std::chrono::milliseconds patience) {
  const QString address = QString::fromStdString(connection_spec);
  const auto place = net::parse_connection_spec(connection_spec);
  if (!place) return tl::unexpected(place.error());
  const auto reply = control::ask(*place, {control::CommandKind::get_status, ""}, patience);
  if (!reply) return trouble(address, reply.error().message);
  if (reply->kind != control::ReplyKind::status) return trouble(address, reply->text);
  auto state = parse_status(reply->text);
  if (!state) return trouble(address, state.error().message);
  return state;
}

Result<ManagerState> ask_metrics(const QString& address, std::chrono::milliseconds patience) {
  constexpr qsizetype kMost = qsizetype{32} << 20;
  const QDeadlineTimer deadline(patience);
  const auto left = [&] { return static_cast<int>(deadline.remainingTime()); };
  const qsizetype colon = address.lastIndexOf(':');
  QString host = address.left(colon);
  if (host.startsWith('[') && host.endsWith(']')) host = host.mid(1, host.size() - 2);
  QTcpSocket socket;
  socket.setProxy(QNetworkProxy::NoProxy);
  socket.connectToHost(host, address.mid(colon + 1).toUShort());
  if (!socket.waitForConnected(left())) return trouble(address, socket.errorString().toStdString());
  // The old version of HTTP: the answer comes in one piece, and the connection is closed behind it.
  socket.write("GET /metrics HTTP/1.0\r\nHost: " + address.toUtf8() + "\r\n\r\n");
  QByteArray answer;
  while (socket.state() == QAbstractSocket::ConnectedState && answer.size() <= kMost) {
    if (deadline.hasExpired()) return wrong(Words::tr("%1 does not answer").arg(address));
    socket.waitForReadyRead(left());
    answer += socket.readAll();
  }
  answer += socket.readAll();
  const qsizetype end = answer.indexOf("\r\n\r\n");
  if (answer.size() > kMost || end < 0 || !answer.startsWith("HTTP/1."))
    return wrong(Words::tr("%1 is no metrics address").arg(address));
  if (answer.mid(9, 3) != "200")
    return wrong(
        Words::tr("%1 answers: %2").arg(address, QString::fromUtf8(answer.left(answer.indexOf('\r')))));
  auto state = parse_metrics({answer.constData() + end, static_cast<std::size_t>(answer.size() - end)});
  if (!state) return trouble(address, state.error().message);
  return state;
}

}  // namespace milter_manager::gui
