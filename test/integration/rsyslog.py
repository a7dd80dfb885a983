# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslogd with a configuration of its own: a socket to log to, and a file in each of its usual templates."""
import pathlib

CONFIGURATION = """\
global(workDirectory="{directory}" localHostname="mail")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}" CreatePath="off" UseSpecialParser="off" IgnoreTimestamp="off" RateLimit.Interval="0"
      UsePIDFromSystem="off")
action(type="omfile" file="{directory}/traditional.log" template="RSYSLOG_TraditionalFileFormat")
action(type="omfile" file="{directory}/rfc3339.log" template="RSYSLOG_FileFormat")
action(type="omfile" file="{directory}/rfc5424.log" template="RSYSLOG_SyslogProtocol23Format")
"""


class Rsyslog:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.socket = self.directory / "log"
        self.logs = [self.directory / f"{name}.log" for name in ("traditional", "rfc3339", "rfc5424")]

    def start(self, processes):
        configuration = self.directory / "rsyslog.conf"
        configuration.write_text(CONFIGURATION.format(directory=self.directory, socket=self.socket), encoding="ascii")
        processes.start("rsyslogd", ["rsyslogd", "-n", "-f", configuration, "-i", self.directory / "pid"],
                        ready=self.socket.exists, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC"})

    def holds(self, text):
        """Whether every file holds it."""
        return all(log.exists() and text in log.read_bytes() for log in self.logs)
