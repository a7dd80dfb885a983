// SPDX-License-Identifier: GPL-3.0-or-later
// What the page says and does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { kHostile, kNow, manyHosts, quietNow, shortLog } from './logs.mjs';
import { makePage, open, recordedWeek, screenshot, seeAll, start, stop } from './world.mjs';

const kWeekNow = Date.UTC(2026, 2, 8, 22) / 1000;
const worlds = {};

before(async () => {
  worlds.week = { folder: makePage('week', recordedWeek, kWeekNow), now: kWeekNow + 60 };
  worlds.hosts = { folder: makePage('hosts', manyHosts(), kNow), now: kNow + 60 };
  worlds.quiet = { folder: makePage('quiet', quietNow(), kNow), now: kNow + 60 };
  worlds.empty = { folder: makePage('empty', '', kNow), now: kNow + 60 };
  await start();
});
after(stop);

const look = (world, how, see) => open(worlds[world].folder, { now: worlds[world].now, ...how }, see);

test('without a script the page is complete', () =>
  look('week', { script: false }, async (page) => {
    const shown = (tag) => page.locator(`figure[data-range="${tag}"] img`).first().isVisible();
    assert.deepEqual([await shown('day'), await shown('week')], [true, false]);
    await page.locator('#range-week').check();
    assert.deepEqual([await shown('day'), await shown('week')], [false, true]);
    const figure = page.locator('#week-milter-manager\\.message');
    assert.match(await figure.locator('img').first().getAttribute('alt'), /^Messages by outcome, Last week: pass 9\d\d, /);
    await figure.locator('summary').click();
    assert.equal(await figure.locator('table').nth(1).locator('tbody tr').count(), 7);
    assert.equal(await page.locator('canvas').count(), 0);
    assert.equal(await page.locator('#reload').isVisible(), false);
    assert.match(await page.locator('#age').innerText(), /^Data up to 2026-03-08 21:5\d, (a minute|\d minutes) before this page was made\.$/);
  }));

test('without a script an old address shows its range besides', () =>
  look('week', { script: false, hash: '#last-month' }, async (page) => {
    assert.ok(await page.locator('#month-milter-manager\\.message img').first().isVisible());
  }));

test('an address chooses the range', async () => {
  for (const hash of ['#last-week', '#week-milter-manager.message', '#week-%']) {
    await look('week', { hash }, async (page) => {
      assert.ok(await page.locator('#range-week').isChecked());
      assert.ok(await page.locator('#week-milter-manager\\.message').isVisible());
      assert.ok(!(await page.locator('#day-milter-manager\\.message').isVisible()));
    });
  }
});

test('the range that was chosen is chosen the next time', () =>
  look('week', {}, async (page) => {
    await page.locator('#range-year').check();
    await page.reload();
    assert.ok(await page.locator('#range-year').isChecked());
  }));

test('dark pictures are for dark screens, light ones for print', () =>
  look('week', { script: false, theme: 'dark' }, async (page) => {
    const shown = () => page.evaluate(() => [...document.querySelectorAll('#day-milter-manager\\.message img')]
      .filter((image) => image.checkVisibility()).map((image) => image.getAttribute('src')));
    assert.deepEqual(await shown(), ['milter-manager.message.day.dark.png']);
    await page.emulateMedia({ media: 'print' });
    assert.deepEqual(await shown(), ['milter-manager.message.day.png']);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  }));

test('on paper are the pictures, also of what nobody has scrolled to', () =>
  look('week', { theme: 'dark' }, async (page) => {
    const paper = await page.pdf({ format: 'A4' });
    // A picture is an image with a mask in the file, or without one.
    const pictures = paper.toString('latin1').match(/\/Subtype \/Image/g) ?? [];
    const wanted = await page.locator('figure[data-range="day"] .picture.light').count();
    assert.ok(pictures.length >= wanted, `${pictures.length} of ${wanted} pictures are printed`);
  }));

test('the summary is what the recorded week holds', () =>
  look('week', {}, async (page) => {
    const card = page.locator('.card.yesterday');
    assert.equal(await card.locator('h3').innerText(), 'Yesterday 2026-03-07');
    const text = async (selector) => (await card.locator(selector).allInnerTexts()).map((one) => one.replace(/\s+/g, ' '));
    const [all] = await text('.all b');
    const parts = (await text('.parts b')).map(Number);
    assert.equal(parts.reduce((sum, part) => sum + part, 0), Number(all));
    assert.deepEqual((await text('tbody th')), ['milter-greylist', 'opendkim', 'spamass-milter']);
    const today = await page.locator('.card.today .all b').innerText();
    assert.ok(Number(today) > 0);
  }));

test('what evaluation would have rejected, hosts and lost lines are told', () =>
  look('hosts', {}, async (page) => {
    const trial = page.locator('.card.today table').nth(1);
    assert.match(await trial.locator('caption').innerText(), /In evaluation/);
    const [seen, rejected] = (await trial.locator('tbody td').allInnerTexts()).map((cell) => Number(cell.replace(',', '')));
    assert.ok(seen > 0 && rejected > 0 && rejected < seen);
    const hosts = (await page.locator('section[aria-labelledby="hosts"] tbody tr').allInnerTexts()).map((row) => row.split('\t').map((cell) => cell.trim()));
    assert.deepEqual(hosts.map(([name, , , manager]) => [name, manager]), [['mx1', 'reports'], ['mx2', 'reports'], ['db<b>3</b>', 'no line of it']]);
    assert.match(await page.locator('#notices').innerText(), /^[\d,]+ statistics lines of today never reached the log/);
    assert.match(await page.locator('.card.today .lost').innerText(), /log lines lost/);
  }));

test('hostile names of milters are text and nothing else', async () => {
  for (const how of [{}, { script: false }, { language: 'ja' }]) {
    await look('hosts', how, async (page) => {
      await seeAll(page);
      const names = await page.evaluate(() => [...document.querySelectorAll('section.graphs > h3')].map((heading) => heading.textContent));
      for (const name of kHostile.slice(0, 5)) assert.ok(names.includes(name), `${name} is not among ${names}`);
      assert.equal(await page.evaluate(() => window.harm), undefined);
      assert.equal(await page.evaluate(() => document.querySelectorAll('[onerror], a[href^="javascript"], main b:not(.all b, dd b, .key b), script[src]').length), 0);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `a name makes the page ${wide} pixels too wide`);
    });
  }
});

test('a milter that is heard of no more stays, and its graphs say why they are empty', () =>
  look('hosts', {}, async (page) => {
    const section = page.locator('section.graphs', { has: page.locator('h3', { hasText: 'heard of no more' }) });
    assert.match(await section.locator('[id="day-milter.status.heard%20of%20no%20more"]').innerText(), /Milter unknown: nothing has been heard of it since 2026-03-06 2\d:\d\d\./);
  }));

test('an empty graph says why: no connections, no data', async () => {
  await look('quiet', {}, async (page) => {
    assert.match(await page.locator('#day-milter-manager\\.status').innerText(), /No connection reached milter manager in this time\./);
    assert.equal(await page.locator('#notices').isVisible(), false);
  });
  await look('empty', {}, async (page) => {
    assert.match(await page.locator('#notices').innerText(), /No log line has been read yet/);
    assert.match(await page.locator('#day-milter-manager\\.status').innerText(), /No such event has ever been seen\./);
    await screenshot(page, 'empty');
  });
});

test('a page that is not made anew any more says so', () =>
  open(worlds.week.folder, { now: kWeekNow + 3 * 3600 }, async (page) => {
    assert.match(await page.locator('#age').innerText(), /3 hours ago\.$/);
    assert.match(await page.locator('#notices').innerText(), /This page was made 3 hours ago\. Does milter-manager-log-analyzer still run\?/);
  }));

test('the page of a log that has ended is not called late, and does not load itself anew', () =>
  open(makePage('ended', shortLog(), undefined, '--complete'), { now: kWeekNow + 300 * 86400, timers: true }, async (page) => {
    const loads = [];
    page.on('load', () => loads.push(1));
    await page.clock.runFor(900 * 1000);
    assert.equal(loads.length, 0);
    assert.equal(await page.locator('#age').innerText(), 'A log that ended at 2026-03-08 17:04.');
    assert.equal(await page.locator('#notices').isVisible(), false);
    assert.equal(await page.locator('#reload').isVisible(), false);
    assert.match(await page.locator('.card.today h3').innerText(), /^Last day 2026-03-08$/);
  }));

test('the page loads itself anew every five minutes, unless somebody switched that off', () =>
  look('week', { timers: true }, async (page) => {
    const loads = [];
    page.on('load', () => loads.push(1));
    await page.clock.runFor(299 * 1000);
    assert.equal(loads.length, 0);
    await Promise.all([page.waitForEvent('load'), page.clock.runFor(10 * 1000)]);
    await page.locator('#reload-on').uncheck();
    await page.clock.runFor(900 * 1000);
    assert.equal(loads.length, 1);
    await page.reload();
    assert.equal(await page.locator('#reload-on').isChecked(), false);
  }));

test('the policy stops a script that is not the page\'s', async () => {
  const { folder, now } = worlds.hosts;
  const server = http.createServer((request, answer) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    if (!fs.existsSync(file)) { answer.writeHead(404); answer.end(); return; }
    answer.writeHead(200, { 'Content-Type': file.endsWith('.html') ? 'text/html' : 'image/png' });
    let contents = fs.readFileSync(file);
    if (file.endsWith('.html')) contents = contents.toString().replace('</main>', '<script>window.harm = 1</script><p style="color:red" onclick="window.harm=2" id="bait">x</p></main>');
    answer.end(contents);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}/`;
  try {
    await assert.rejects(open(folder, { now, url }, async (page) => {
      await page.locator('#bait').click();
      assert.equal(await page.evaluate(() => window.harm), undefined);
      assert.notEqual(await page.locator('#bait').evaluate((bait) => getComputedStyle(bait).color), 'rgb(255, 0, 0)');
      assert.ok(await page.locator('figure img').count() > 0);
    }), (error) => {
      // The three that were planted, and nothing of the page itself.
      const said = error.message.split('\n').filter((line) => line.startsWith('console: '));
      assert.equal(said.length, 3, error.message);
      return said.every((line) => /violates the following Content Security Policy directive/.test(line));
    });
  } finally {
    server.close();
  }
});

test('over HTTP the page asks for its own pictures only, and for none that a chart or another range hides', async () => {
  const { folder, now } = worlds.week;
  const asked = [], missing = [];
  const server = http.createServer((request, answer) => {
    asked.push(request.url);
    const file = path.join(folder, decodeURIComponent(request.url));
    const there = fs.existsSync(file);
    if (!there) missing.push(request.url);
    answer.writeHead(there ? 200 : 404, { 'Content-Type': file.endsWith('.html') ? 'text/html' : 'image/png' });
    answer.end(there ? fs.readFileSync(file) : '');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}/`;
  try {
    await open(folder, { now, url }, seeAll);
    assert.deepEqual(asked.filter((one) => !/^\/(index\.html|[\w.%-]+\.day\.png)$/.test(one)), []);
    // A browser without scripts waits with no picture.
    await open(folder, { now, url, script: false }, seeAll);
    assert.ok(asked.length > 20);
    assert.deepEqual(asked.filter((one) => !/^\/(index\.html|[\w.%-]+\.png)$/.test(one)), []);
    assert.deepEqual(missing, []);
  } finally {
    server.close();
  }
});
