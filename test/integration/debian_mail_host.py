# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator of a Debian mail host has written into its files, and its services, started by the packages' own scripts.
Only on a host of the test's own (own_host.py)."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import own_host
from processes import listening, wait_for

VIRUS = "OUR-OWN-VIRUS-FOR-TESTS"  # what stands in a mail that has it
VIRUS_NAME = "Own.Test.Virus"
DOMAIN = "example.org"
SPOOL = pathlib.Path("/var/spool/postfix")  # smtpd sees nothing else

MILTERS = ["clamav-milter", "opendkim", "opendmarc", "spamass-milter", "amavisd-milter", "rspamd"]
SOCKETS = {
    "clamav-milter": "unix:/var/run/clamav/clamav-milter.ctl",
    "opendkim": "unix:/run/opendkim/opendkim.sock",
    "opendmarc": "unix:/run/opendmarc/opendmarc.sock",
    "spamass-milter": "unix:/var/spool/postfix/spamass/spamass.sock",
    "amavisd-milter": "unix:/var/lib/amavis/amavisd-milter.sock",
    "rspamd": "inet:11332@localhost",
}


def run(*argv, **options):
    """Runs a program that must succeed, and returns what it wrote."""
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=120, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def start_service(name):
    """By its script. That it runs is seen from its socket: ClamAV's programs wait for a signal from what they start, which may come
    before they are ready for it."""
    try:
        # Not a pipe: daemons keep what their script's output is.
        status = subprocess.run([f"/etc/init.d/{name}", "start"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, check=False, timeout=20).returncode
    except subprocess.TimeoutExpired:
        status = "no end"
    if status != 0:
        print(f"/etc/init.d/{name} start: {status}", file=sys.stderr)


def append(path, text):
    with open(path, "a", encoding="ascii") as out:
        out.write(text)


def replace(path, pattern, text):
    path = pathlib.Path(path)
    old = path.read_text(encoding="utf-8")
    new, count = re.subn(pattern, text, old, flags=re.MULTILINE)
    assert count, f"{path} has nothing like {pattern}"
    path.write_text(new, encoding="utf-8")


def is_socket(spec):
    return pathlib.Path(spec.removeprefix("unix:")).is_socket()


def configure():
    """Little beyond what the packages bring: no network, a database of one virus, a key, and what shall be rejected."""
    pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
    pathlib.Path("/etc/hosts").write_text(f"127.0.0.1 localhost\n{own_host.ADDRESS} {own_host.NAME} mx\n", encoding="ascii")
    pathlib.Path("/etc/mailname").write_text(f"{own_host.NAME}\n", encoding="ascii")

    # The script starts clamd only where there seem to be two databases of the makers'.
    for name in ("main.inc", "daily.inc"):
        pathlib.Path("/var/lib/clamav", name).mkdir()
    pathlib.Path("/var/lib/clamav/own.ndb").write_text(f"{VIRUS_NAME}:0:*:{VIRUS.encode().hex()}\n", encoding="ascii")
    replace("/etc/clamav/clamav-milter.conf", "^OnInfected .*", "OnInfected Reject")

    run("opendkim-genkey", "-b", "1024", "-d", DOMAIN, "-s", "mail", "-D", "/etc/dkimkeys")
    shutil.chown("/etc/dkimkeys/mail.private", "opendkim", "opendkim")
    append("/etc/opendkim.conf", f"Domain {DOMAIN}\nSelector mail\nKeyFile /etc/dkimkeys/mail.private\nNameservers 127.0.0.1\n")
    replace("/etc/opendkim.conf", "^TrustAnchorFile", "#TrustAnchorFile")  # its names are not signed
    append("/etc/opendmarc.conf", "RejectFailures true\nSPFSelfValidate true\n")

    replace("/etc/default/spamd", '^OPTIONS=.*', 'OPTIONS="--local --max-children 2 --min-children 1"')
    append("/etc/default/spamass-milter", 'OPTIONS="${OPTIONS} -r 15"\n')

    # Its clamd shall read amavisd's files, and the manager write to its milter's socket.
    run("usermod", "-aG", "amavis", "clamav")
    append("/etc/default/amavisd-milter", 'MILTERSOCKETMODE="0660"\n')
    replace("/etc/amavis/conf.d/15-content_filter_mode", r"^#(@bypass_virus_checks_maps = \()\n#", r"\1\n")
    replace("/etc/amavis/conf.d/50-user", "^use strict;", "use strict;\n$final_virus_destiny = D_REJECT;\n$virus_admin = undef;\n$max_servers = 1;")

    local = pathlib.Path("/etc/rspamd/local.d")
    (local / "tld").write_text("com\nnet\norg\nexample\n", encoding="ascii")
    (local / "options.inc").write_text(f'url_tld = "{local}/tld";\nfilters = "chartable,dkim,regexp";\n', encoding="ascii")
    (local / "worker-normal.inc").write_text("count = 1;\n", encoding="ascii")
    (local / "milter_headers.conf").write_text('use = ["x-spamd-result"];\n', encoding="ascii")


def configure_manager(share):
    """As its package would: its user, its folders, its configuration; then what is this host's own."""
    run("systemd-sysusers", share / "systemd/milter-manager.sysusers")
    groups = ["opendkim", "opendmarc", "amavis", "postfix"]
    run("usermod", "-aG", ",".join(groups), "milter-manager")
    etc = pathlib.Path("/etc/milter-manager")
    etc.mkdir()
    shutil.copy(share / "milter-manager.conf", etc)
    for name in ("applicable-conditions", "defaults"):
        shutil.copytree(share / name, etc / name)
    (etc / "milter-manager.local.conf").write_text(f"""\
security.effective_user = "milter-manager"
manager.connection_spec = "unix:{SPOOL}/milter-manager/milter-manager.sock"
manager.unix_socket_group = "postfix"
controller.connection_spec = "unix:/run/milter-manager/controller.sock"
""", encoding="ascii")
    for folder, group in ((SPOOL / "milter-manager", "postfix"), (pathlib.Path("/run/milter-manager"), "milter-manager")):
        folder.mkdir(mode=0o750)
        shutil.chown(folder, "milter-manager", group)


def show_milters(*manager):
    """Of --show-config: each milter's settings, as they are written."""
    shown, milters = run(*manager, "--config-dir", "/etc/milter-manager", "--show-config"), {}
    for name, settings in re.findall(r'^define_milter\("([^"]*)"\) do \|milter\|\n(.*?)^end$', shown, re.MULTILINE | re.DOTALL):
        milters[name] = dict(re.findall(r"^  milter\.(\w+) = (.*)$", settings, re.MULTILINE))
    return milters


def start_names(processes):
    """The only names there are: two hosts, a key, and a domain that wants mail without good signatures rejected."""
    record = pathlib.Path("/etc/dkimkeys/mail.txt").read_text(encoding="ascii")
    key = "".join(re.findall(r'"([^"]*)"', record))
    processes.start("dnsmasq", [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces",
        "--listen-address=127.0.0.1", "--address=/#/", f"--host-record=client.far.example,far.example,{own_host.OUTSIDE}",
        f"--host-record={own_host.NAME},{DOMAIN},{own_host.ADDRESS}", f"--txt-record=far.example,v=spf1 ip4:{own_host.OUTSIDE} -all",
        f"--txt-record=mail._domainkey.{DOMAIN},{key}", f"--txt-record=_dmarc.{DOMAIN},v=DMARC1; p=none",
        "--txt-record=_dmarc.strict.example,v=DMARC1; p=reject"], ready=lambda: listening(53))


def start_milters():
    """And what stands behind them, by the packages' own scripts."""
    for name in ("clamav-daemon", "spamd", "amavis", *MILTERS):
        start_service(name)
    for socket in ("/var/run/clamav/clamd.ctl", "/var/lib/amavis/amavisd.sock", *SOCKETS.values()):
        if not socket.startswith("inet:"):
            wait_for(lambda socket=socket: is_socket(socket), socket)
    for port in (783, 11332, 11333):
        wait_for(lambda port=port: listening(port), f"listener on port {port}")


def start_postfix(processes, sink_port):
    """Debian's own configuration but for whom it is for, where mail goes, and the milters. smtpd is in its chroot."""
    run("postconf", "-e", f"myhostname={own_host.NAME}", "mydestination=", f"relay_domains={DOMAIN}", "alias_maps=", "alias_database=",
        f"relay_transport=lmtp:[127.0.0.1]:{sink_port}", f"default_transport=lmtp:[127.0.0.1]:{sink_port}", "inet_protocols=ipv4",
        f"inet_interfaces=127.0.0.1,{own_host.ADDRESS}",
        "smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination", "smtpd_milters=unix:milter-manager/milter-manager.sock", "milter_default_action=tempfail")
    shutil.copy("/etc/resolv.conf", SPOOL / "etc")
    a_minute_ago = time.time() - 60  # Postfix waits until its configuration is two seconds old
    os.utime("/etc/postfix/main.cf", (a_minute_ago, a_minute_ago))
    run("postfix", "check")
    processes.start("postfix", ["/usr/lib/postfix/sbin/master", "-d", "-e", "600"], ready=lambda: listening(25))
