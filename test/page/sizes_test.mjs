// SPDX-License-Identifier: GPL-3.0-or-later
// The page on screens of all sizes, in both themes and languages, and what axe says of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kNow, manyHosts, quietNow } from './logs.mjs';
import { kSizes, makePage, open, recordedWeek, screenshot, seeAll, start, stop, violations } from './world.mjs';

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

for (const world of ['week', 'hosts']) {
  for (const size of Object.keys(kSizes)) {
    for (const theme of ['light', 'dark']) {
      for (const language of ['en', 'ja']) {
        test(`${world}: a ${size} shows the page, ${theme}, ${language}, asks for nothing, says nothing on the console`, () =>
          look(world, { size, theme, language }, async (page) => {
            await screenshot(page, `${world}-${size}-${theme}-${language}`);
            const [wide, high] = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight]);
            assert.ok(wide <= 0, `the page is ${wide} pixels wider than the window`);
            assert.ok(high > 2000);
            assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), theme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(16, 20, 24)');
          }));
      }
    }
  }
}

test('at any width the summary shows its tables whole, and no period stands alone', () =>
  look('week', {}, async (page) => {
    for (let width = 360; width <= 2560; width += 40) {
      await page.setViewportSize({ width, height: 800 });
      const seen = await page.evaluate(() => ({
        cut: [...document.querySelectorAll('.card .wide')].filter((one) => one.scrollWidth > one.clientWidth).length,
        tops: [...document.querySelectorAll('.cards > *')].map((card) => card.offsetTop),
      }));
      const rows = [...new Set(seen.tops)].map((top) => seen.tops.filter((one) => one === top).length);
      assert.equal(seen.cut, 0, `tables are cut at ${width}`);
      assert.equal(new Set(rows).size, 1, `rows of unequal length at ${width}: ${rows}`);
    }
  }));

for (const [world, how] of [
  ['week', { size: 'wall', theme: 'light', language: 'en' }], ['week', { size: 'phone', theme: 'dark', language: 'ja' }],
  ['hosts', { size: 'tablet', theme: 'dark', language: 'en' }],
  ['quiet', { theme: 'light' }], ['empty', { theme: 'dark' }],
]) {
  test(`axe finds no violation: ${world}, ${Object.values(how).join(', ')}`, () =>
    look(world, how, async (page) => {
      await seeAll(page);
      await page.evaluate(() => { for (const details of [...document.querySelectorAll('details')].slice(0, 8)) details.open = true; });
      await screenshot(page, `${world}-whole-${Object.values(how).join('-')}`, true);
      assert.deepEqual(await violations(page), []);
    }));
}

test('axe finds no violation without a script', () =>
  look('week', { stripped: true }, async (page) => {
    await screenshot(page, 'week-without-script', true);
    assert.deepEqual(await violations(page), []);
  }));
