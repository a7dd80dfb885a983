// SPDX-License-Identifier: GPL-3.0-or-later
// The charts that take the pictures' places.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kShort, shortLog } from './logs.mjs';
import { charts, makePage, open, recordedWeek, screenshot, start, stop } from './world.mjs';

const kNow = Date.UTC(2026, 2, 8, 22) / 1000;
const kId = '#week-milter-manager\\.message';
let folder, shortFolder;

before(async () => {
  folder = makePage('charts', recordedWeek, kNow);
  shortFolder = makePage('short', shortLog(), undefined, '--complete');
  await start();
});
after(stop);

const chart = (how, see) => open(folder, { now: kNow + 60, hash: '#last-week', ...how }, async (page) => {
  const figure = page.locator(kId);
  await figure.scrollIntoViewIfNeeded();
  await figure.locator('canvas').waitFor();
  return see(page, figure);
});
const key = (figure) => figure.locator('.key button').allInnerTexts();
const total = (figure) => figure.locator('.key b').first().innerText();

const charted = (name, how, see) => test(name, { skip: charts ? false : 'built without uPlot' }, () => chart(how, see));

test('this build has the charts that it was told to have', () => assert.equal(process.env.CHARTS, process.env.CHARTS_WANTED));

charted('a chart takes the picture\'s place, and tells the sums that the table tells', {}, async (page, figure) => {
  assert.equal(await figure.locator('img').first().isVisible(), false);
  await figure.locator('summary').click();
  const table = await figure.locator('table').first().locator('tbody tr').allInnerTexts();
  const of = Object.fromEntries(table.map((row) => row.split('\t').map((cell) => cell.trim())));
  for (const text of await key(figure)) {
    const [, label, sum] = /^(.*) ([\d,]+)$/.exec(text);
    // Four digits of each point.
    assert.ok(Math.abs(Number(sum.replace(',', '')) - Number(of[label].replace(',', ''))) <= 1, `${text}: ${of[label]}`);
  }
  await screenshot(page, 'charts-week');
});

// The rows in which a log begins and ends are known in part, and count for that part: on the page, in the pictures' legends
// (log_analyzer_drawing), and here.
const short = (range, see) => open(shortFolder,
  { now: kShort.begin + 400 * 86400, hash: `#last-${range}` }, async (page) => {
    const figure = page.locator(`#${range}-milter-manager\\.status`);
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('canvas').waitFor();
    return see(page, figure);
  });
const kAll = [0, 1].map((i) => kShort.first[i] + kShort.last[i]);

for (const range of ['day', 'week', 'month', 'year']) {
  test(`the sums of a ${range}'s chart are the table's, though its log begins and ends in the midst of a row`, { skip: charts ? false : 'built without uPlot' },
    () => short(range, async (page, figure) => {
      await figure.locator('summary').click();
      const totals = await figure.locator('table').first().locator('tbody tr').allInnerTexts();
      assert.deepEqual(totals.map((row) => row.split('\t').map((cell) => cell.trim())).filter(([, total]) => total !== '0').map(([label, total]) => `${label} ${total}`),
        [`pass ${kAll[0]}`, `reject ${kAll[1]}`]);
      assert.deepEqual((await key(figure)).map((text) => text.replace(/\s+/g, ' ').trim()), [`pass ${kAll[0]}`, `reject ${kAll[1]}`]);
    }));
}

for (const [part, from, to, counts] of [['first', 0, 0.5, kShort.first], ['last', 0.5, 1, kShort.last]]) {
  test(`the ${part} part of a chart has the sums of that part`, { skip: charts ? false : 'built without uPlot' }, () => short('day', async (page, figure) => {
    const box = await figure.locator('.u-over').boundingBox();
    await page.mouse.move(box.x + box.width * from + 1, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to - 1, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(1, 1);
    await page.waitForFunction((before) => document.querySelector('#day-milter-manager\\.status .key b').textContent !== before, String(kAll[0]));
    assert.deepEqual(await figure.locator('.key b').allInnerTexts(), counts.map(String));
  }));
}

charted('the numbers under the pointer are told, with their time', {}, async (page, figure) => {
  const box = await figure.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(await figure.locator('output').innerText(), /^2026-03-0[45] \d\d:\d\d$/);
  for (const text of await key(figure)) assert.match(text, / (\d|0\.\d+|–)/);
  await screenshot(page, 'charts-hover');
});

charted('dragging zooms, and all charts of the range with it; a double click shows all', {}, async (page, figure) => {
  const whole = await total(figure);
  const other = page.locator('#week-milter-manager\\.report');
  await other.locator('canvas').waitFor();
  const others = await total(other);
  const box = await figure.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(1, 1);
  await page.waitForFunction(([id, text]) => document.querySelector(`${id} .key b`).textContent !== text, [kId, whole]);
  assert.notEqual(await total(other), others);
  await screenshot(page, 'charts-zoomed');
  await page.mouse.dblclick(box.x + box.width / 2, box.y + 40);
  await page.mouse.move(1, 1);
  await page.waitForFunction(([id, text]) => document.querySelector(`${id} .key b`).textContent === text, [kId, whole]);
  assert.equal(await total(other), others);
});

charted('keys read, zoom and show all', {}, async (page, figure) => {
  const whole = await total(figure);
  await figure.locator('[role="group"]').focus();
  await page.keyboard.press('ArrowLeft');
  const last = await figure.locator('output').innerText();
  await page.keyboard.press('ArrowLeft');
  const before = await figure.locator('output').innerText();
  assert.match(last, /^2026-03-08 /);
  assert.ok(before < last);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.keyboard.press('Escape');
  assert.equal(await total(figure), whole);
});

charted('buttons do what keys do', {}, async (page, figure) => {
  const whole = await total(figure);
  await figure.hover();
  const [closer, , all] = await figure.locator('.tools button').all();
  await closer.click();
  assert.notEqual(await total(figure), whole);
  await all.click();
  assert.equal(await total(figure), whole);
});

charted('a series that is switched off is drawn no more', {}, async (page, figure) => {
  const canvas = figure.locator('canvas');
  const image = () => canvas.evaluate((one) => one.toDataURL());
  const all = await image();
  await figure.locator('.key button').first().click();
  assert.equal(await figure.locator('.key button').first().getAttribute('aria-pressed'), 'false');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  assert.notEqual(await image(), all);
});

charted('charts follow the screen to dark, and print is of pictures', {}, async (page, figure) => {
  const swatch = () => figure.locator('.key i').first().evaluate((one) => one.style.background);
  const light = await swatch();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction(([id, colour]) => document.querySelector(`${id} .key i`).style.background !== colour, [kId, light]);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await figure.locator('.chart').isVisible(), false);
  assert.equal(await figure.locator('.picture.light').isVisible(), true);
});

charted('charts speak Japanese, and the server\'s time wherever the browser is', { language: 'ja', timezoneId: 'Asia/Tokyo' }, async (page, figure) => {
  assert.match((await key(figure)).join(), /通過 [\d,]+/);
  await figure.locator('[role="group"]').focus();
  await page.keyboard.press('ArrowLeft');
  assert.match(await figure.locator('output').innerText(), /^2026-03-08 2[01]:\d\d$/);
});
