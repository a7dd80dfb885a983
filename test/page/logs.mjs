// SPDX-License-Identifier: GPL-3.0-or-later
// Logs with what a page has to show: two days of three hosts, milters of hostile names, one in evaluation, one that is heard
// of no more, lines that were lost.

export const kEnd = Date.UTC(2026, 2, 8, 18) / 1000; // of the log, Unix time
export const kNow = kEnd + 4 * 60;
export const kHostile = [
  `<script>window.harm = 'script'</script>`,
  `"><img src=x onerror="window.harm='handler'">`,
  `</script><script>window.harm='end of script'</script><!--`,
  `javascript:window.harm='link'`,
  `{{{style}}}`,
  `${'w'.repeat(180)}`,
  `\u202eevil\u202c`,
];

const stamp = (time) => new Date(time * 1000).toISOString().replace('Z', '+00:00');

export function manyHosts() {
  const lines = [];
  const write = (time, host, text, program = 'milter-manager[77]') => lines.push([time, `${stamp(time)} ${host} ${program}: ${text}`]);
  const begin = kEnd - 44 * 3600;
  const milters = ['opendkim', 'spamass-milter', 'milter-greylist', ...kHostile];
  const written = { mx1: 0, mx2: 0 };
  let tag = 1;
  for (let minute = begin; minute < kEnd; minute += 60) {
    const step = (minute - begin) / 60;
    for (const host of ['mx1', 'mx2']) {
      const say = (text, lost = false) => {
        if (!lost) write(minute + 20, host, `[statistics] ${text}`);
        written[host] += 1;
      };
      if (step % (host === 'mx1' ? 3 : 7) === 0) {
        const session = tag++;
        const status = ['pass', 'pass', 'reject', 'accept', 'temporary-failure', 'discard', 'quarantine'][step % 7];
        for (const [i, name] of milters.entries()) {
          if (i >= 3 && step % 60 !== 0) continue; // the hostile ones are asked rarely
          const verdict = i === 1 ? status : 'pass';
          if (i < 4) say(`[milter][message][end-of-message][${verdict}][enforced][answer][2][${verdict === 'reject' ? 1 : 0}][0][0.2][0.1][${minute + 20}](${session}.1.${tag++}): Q${session}: -: ${name}`);
          say(`[milter][end][end-of-message][${verdict}][0.2](${tag}): ${name}`);
        }
        say(`[milter][message][end-of-message][${step % 2 ? 'reject' : 'pass'}][evaluated][answer][2][${step % 2}][0][0.2][0.1][${minute + 20}](${session}.1.${tag++}): Q${session}: -: on trial`);
        if (step < 60) say(`[milter][end][end-of-message][pass][0.2](${tag++}): heard of no more`);
        say(`[milter][header][add](${tag}): <X-Spam-Flag>=<YES>: spamass-milter`, step > 2400 && step % 9 === 0);
        say(`[message][end][end-of-message][${status}][0.5][${4000 + 100 * (step % 50)}][2][0](${session}.1): Q${session}`);
        say(`[session][end][end-of-message][${status === 'quarantine' ? 'pass' : status}][0.7](${session})`);
      }
      say(`[milter][load][60][${minute + 50}][2][1][0.5][2][0.1][0.4][0.9][3][0][0]: spamass-milter`);
      write(minute + 50, host, `[statistics] [heartbeat][60][${minute + 50}][${written[host]}][${tag}][1][2][0]`);
      written[host] += 1;
    }
    if (step % 10 === 0) write(minute + 55, 'db<b>3</b>', 'just another program', 'postgres[5]');
  }
  write(kEnd + 120, 'mx1', 'connect from unknown[192.0.2.1]', 'postfix/smtpd[9]');
  write(kEnd + 120, 'mx2', 'connect from unknown[192.0.2.1]', 'postfix/smtpd[9]');
  return lines.sort(([a], [b]) => a - b).map(([, line]) => line + '\n').join('');
}

// Mail that stopped, while the log and milter manager went on.
export function quietNow() {
  const lines = [];
  const begin = kEnd - 30 * 3600;
  let written = 0;
  for (let time = begin; time < kEnd; time += 60) {
    const say = (second, text) => {
      lines.push(`${stamp(time + second)} mx1 milter-manager[77]: [statistics] ${text}\n`);
      written += 1;
    };
    if (time < begin + 2 * 3600) {
      say(10, '[milter][end][end-of-message][pass][0.2](2): opendkim');
      say(10, '[session][end][end-of-message][pass][0.7](1)');
    }
    say(50, `[heartbeat][60][${time + 50}][${written}][1][0][0][0]`);
  }
  lines.push(`${stamp(kEnd + 120)} mx1 cron[9]: still here\n`);
  return lines.join('');
}

// A log of 20 hours that begins and ends in the midst of rows of every range, with what happened in its first and its last
// minute: [accepted, rejected].
export const kShort = { begin: Date.UTC(2026, 2, 7, 21, 1) / 1000, minutes: 20 * 60 + 3, first: [30, 7], last: [20, 5] };

export function shortLog() {
  const lines = [];
  let session = 1;
  for (let minute = 0; minute < kShort.minutes; minute += 1) {
    const time = kShort.begin + 60 * minute;
    const [pass, reject] = minute === 0 ? kShort.first : minute === kShort.minutes - 1 ? kShort.last : [0, 0];
    for (const [status, count] of [['pass', pass], ['reject', reject]]) {
      for (let i = 0; i < count; i += 1) {
        lines.push(`${stamp(time + 1)} mx1 milter-manager[77]: [statistics] [session][end][end-of-message][${status}][0.7](${session++})\n`);
      }
    }
    lines.push(`${stamp(time + 50)} mx1 cron[9]: still here\n`);
  }
  return lines.join('');
}
