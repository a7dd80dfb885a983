# SPDX-License-Identifier: GPL-3.0-or-later
"""opendkim, once as signer and once as verifier, with a key of its own and no DNS."""
import pathlib
import re
import subprocess

from processes import free_port, listening

SIGN = """\
Socket inet:{port}@127.0.0.1
Mode s
Syslog no
KeyTable file:{dir}/KeyTable
SigningTable refile:{dir}/SigningTable
InternalHosts file:{dir}/every-host
ExternalIgnoreList file:{dir}/every-host
Canonicalization relaxed/relaxed
RequireSafeKeys no
PidFile {dir}/sign.pid
"""
VERIFY = """\
Socket inet:{port}@127.0.0.1
Mode v
Syslog no
InternalHosts file:{dir}/no-host
TestDNSData file:{dir}/dns
AuthservID mx.test
AlwaysAddARHeader yes
PidFile {dir}/verify.pid
On-Default accept
"""


class Opendkim:
    """After start(): `signer` and `verifier` are their ports."""

    def __init__(self, directory, domain, selector="sel"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(mode=0o755)
        self.signer, self.verifier = free_port(), free_port()
        subprocess.run(["opendkim-genkey", "-b", "2048", "-d", domain, "-s", selector, "-D", self.directory], check=True)
        record = (self.directory / f"{selector}.txt").read_text(encoding="ascii")
        self._write("dns", f"{selector}._domainkey.{domain} " + "".join(re.findall(r'"([^"]*)"', record)) + "\n")
        self._write("KeyTable", f"key {domain}:{selector}:{self.directory}/{selector}.private\n")
        self._write("SigningTable", f"*@{domain} key\n")
        self._write("every-host", "127.0.0.0/8\n")
        self._write("no-host", "")
        self._write("sign.conf", SIGN.format(dir=self.directory, port=self.signer))
        self._write("verify.conf", VERIFY.format(dir=self.directory, port=self.verifier))

    def _write(self, name, text):
        (self.directory / name).write_text(text, encoding="ascii")

    def start(self, processes):
        for name, port in (("sign", self.signer), ("verify", self.verifier)):
            processes.start(f"opendkim-{name}", ["opendkim", "-f", "-x", self.directory / f"{name}.conf"],
                            ready=lambda port=port: listening(port), wake=port)
