# SPDX-License-Identifier: GPL-3.0-or-later
"""A Postfix of its own: private configuration, queue and ports; delivers by LMTP to a sink; rewrites nothing."""
import os
import pathlib
import shutil
import subprocess
import time

from processes import free_port, listening

MASTER = "/usr/lib/postfix/sbin/master"
MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {dir}
maillog_file = {dir}/maillog
myhostname = mx.test
mydomain = test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = static:all
default_transport = lmtp:[127.0.0.1]:{sink}
relay_transport = lmtp:[127.0.0.1]:{sink}
local_transport = error:no local delivery
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_tls_security_level = none
smtp_tls_security_level = none
lmtp_tls_security_level = none
disable_dns_lookups = yes
smtp_host_lookup = native
local_header_rewrite_clients =
remote_header_rewrite_domain =
message_drop_headers =
append_dot_mydomain = no
append_at_myorigin = no
swap_bangpath = no
recipient_delimiter =
enable_original_recipient = no
biff = no
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_junk_command_limit = 1000
notify_classes =
milter_default_action = tempfail
"""
MASTER_CF = """\
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """milters: one list for each SMTP port, as in smtpd_milters ("inet:127.0.0.1:10025"); see `ports`."""

    def __init__(self, directory, sink_port, milters):
        if not os.access(MASTER, os.X_OK):
            raise AssertionError("Postfix is not installed: run test/install-packages")
        self.directory = pathlib.Path(directory)
        self.ports = [free_port() for _ in milters]
        self.conf = self.directory / "conf"
        for name in ("conf", "queue", "data"):
            (self.directory / name).mkdir(mode=0o755, parents=True)
        shutil.chown(self.directory / "data", "postfix")
        services = "".join(f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_milters={which}\n"
                           for port, which in zip(self.ports, milters))
        for name, text in (("main.cf", MAIN_CF.format(dir=self.directory, sink=sink_port)),
                           ("master.cf", services + MASTER_CF)):
            path = self.conf / name
            path.write_text(text, encoding="ascii")
            a_minute_ago = time.time() - 60  # Postfix waits until its configuration is two seconds old
            os.utime(path, (a_minute_ago, a_minute_ago))
        subprocess.run(["postfix", "-c", self.conf, "check"], check=True)

    def start(self, processes, longest=600):
        """longest: seconds. A master that nobody stopped leaves by itself."""
        processes.start("postfix", [MASTER, "-c", self.conf, "-d", "-e", f"{longest:.0f}"],
                        ready=lambda: all(listening(port) for port in self.ports))

    def log(self):
        return (self.directory / "maillog").read_text(encoding="utf-8", errors="replace")
